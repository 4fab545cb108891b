"""Runs for the tests of texts."""

import pytest

from results import load


@pytest.fixture
def small_run(script):
    written = script(epochs=27)
    written.line("mark", name="search_started")
    written.trial("s00000", {"lr": 0.1, "batch_size": 32}, [1.0] * 27)
    written.trial("s00001", {"lr": 0.2, "batch_size": 64}, [2.0] * 3, status="stopped")
    written.trial("s00002", {"lr": 1.0, "batch_size": 64}, [2.0, None], status="diverged")
    return load(written.directory)
