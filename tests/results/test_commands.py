"""The commands that answers name are right for the run at hand."""

from dataclasses import replace
from pathlib import Path

import pytest

from results.commands import confirm_command, resume_command, search_command, wider_command
from results.run_data import RunData
from search_spaces import Space
from tests.results.report_runs import run_of


@pytest.fixture
def run(trials_of) -> RunData:
    return replace(run_of(trials_of({}), Space({})), path=Path("runs/mine"))


def commands(run):
    return [
        search_command(run, "--epochs 9"),
        wider_command(run, "lr=1e-5..1:log", 20),
        confirm_command(run),
        resume_command(run),
    ]


def test_a_run_of_ours_goes_on(run):
    assert commands(run) == [
        "python tune_main.py --config runs/mine/run.toml --epochs 9",
        "python tune_main.py resume runs/mine --set lr=1e-5..1:log --samples 20",
        "python tune_main.py confirm runs/mine",
        "python tune_main.py resume runs/mine",
    ]


def test_an_imported_run_is_searched_from_with_a_task(run):
    search = "python tune_main.py --task my_task.py --config runs/mine/run.toml"

    assert commands(replace(run, imported={"source": "study.db"})) == [
        f"{search} --epochs 9",
        f"{search} --set lr=1e-5..1:log",
        search,
        search,
    ]


def test_one_that_is_in_memory_alone_is_written_first(run):
    found = commands(replace(run, imported={"source": "study.db"}, is_stored=False))

    assert found[2] == (
        "import it with path='runs/imported', then "
        "python tune_main.py --task my_task.py --config runs/imported/run.toml"
    )
