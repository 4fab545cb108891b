"""A run for the tests of plots."""

from __future__ import annotations

from pathlib import Path

import pytest

from results import Run
from tests.results.report_runs import confirmed


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return confirmed(tmp_path / "run")
