"""A search with random options; hundreds are run by hand."""

import pytest

from benchmarks import random_searches
from benchmarks.random_searches import Case

pytestmark = pytest.mark.usefixtures("ray_running")


def test_what_is_random_ends_in_an_answer_that_holds(tmp_path):
    case = Case(1, tmp_path / "case")

    case.play()

    assert case.said[0].startswith("--task ")
    assert case.wrong == []


def test_what_must_not_be_is_told(tmp_path, monkeypatch):
    def broken(*arguments):
        raise KeyError("drop")

    monkeypatch.setattr(random_searches.faults, "done", broken)
    case = Case(1, tmp_path / "case")

    case.play()

    (fault,) = case.wrong
    assert "KeyError: 'drop'" in fault
