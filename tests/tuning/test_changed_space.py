"""A run that goes on in another space: what was tried there counts, and nothing is lost."""

import shutil
import tomllib

import pytest

from results import load
from results.ranking import configuration_ids
from tests.tuning import faults
from tuning.runs import resume

NARROW = ("--samples", "6", "--set", "lr=1e-4..3e-3:log", "--concurrent", "1", "--no-confirm")


@pytest.fixture(scope="module")
def narrow(tmp_path_factory):
    """A search whose best lr lies beyond its range, and its task."""
    from tests.tuning.conftest import SCRIPTED

    directory = tmp_path_factory.mktemp("narrow")
    task = directory / "scripted.py"
    task.write_text(SCRIPTED)
    search = faults.start(directory / "run", "--task", str(task), *NARROW)
    search.communicate(timeout=100)
    return directory / "run"


@pytest.fixture
def run(narrow, tmp_path):
    """The directory of a copy of it."""
    return shutil.copytree(narrow, tmp_path / "run")


def test_a_range_is_widened_and_what_was_tried_counts(run):
    before = faults.reported(run)

    found = faults.run_command("resume", str(run), "--set", "lr=1e-4..1:log", "--samples", "6")

    assert found.returncode == 0, found.stderr
    assert "6 of the 6 trials before the change of the space lie in the space" in found.stderr
    after = load(run)
    assert len(after.trials) == 12
    assert before <= faults.reported(run)
    assert faults.every_epoch_once(after)
    assert len(set(configuration_ids(after.trials))) == 12
    assert (after.trials["config/lr"].iloc[6:] > 3e-3).all()
    assert after.recommendation().config["lr"] > 3e-3
    settings = tomllib.loads((run / "run.toml").read_text())
    assert settings["space"]["lr"]["high"] == 1.0
    assert settings["earlier"][0]["num_begun"] == 6
    assert (run / "epochs.jsonl").read_text().count("space_changed") == 1


def test_trials_outside_a_smaller_space_are_put_aside(run):
    lrs = sorted(load(run).trials["config/lr"])

    found = faults.run_command(
        "resume", str(run), "--set", f"lr={lrs[2]!r}..1:log", "--samples", "2"
    )

    assert found.returncode == 0, found.stderr
    after = load(run)
    assert len(after.outside) == 2
    assert len(after.trials) == 6
    assert after.trials["config/lr"].min() == lrs[2]
    assert len(after.ranking()) == 6
    again = faults.run_command("resume", str(run))
    assert again.stdout.startswith(f"{run} is finished: there is nothing to resume")


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("lr=0.5..1", "leaves no trial of the run in the space"),
        ("momentum=0.1..0.5", "the space samples momentum, which neither"),
        ("lr=1..0.1", "low must be below high"),
    ],
)
def test_a_space_in_which_nothing_would_count_is_refused(run, setting, problem):
    before = (run / "run.toml").read_bytes()

    with pytest.raises(ValueError, match=problem):
        resume(run, samples=2, settings=[setting])

    assert (run / "run.toml").read_bytes() == before


def test_a_changed_space_needs_configurations_to_add(run):
    with pytest.raises(ValueError, match="add --samples"):
        resume(run, settings=["lr=1e-4..1:log"])
