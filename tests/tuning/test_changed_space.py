"""A run that goes on in another space: what was tried there counts, and nothing is lost."""

import shutil
import tomllib

import pytest

from record.lines import FAILED, FINISHED, SEARCH, status_line, trial_line
from results import load
from results.ranking import configuration_ids
from tests.tuning import faults
from tuning.options import make_options
from tuning.plan import RunPlan
from tuning.runs import resume
from tuning.space_change import in_changed_space

NARROW = ("--samples", "6", "--set", "lr=1e-4..3e-3:log", "--concurrent", "1", "--no-confirm")


@pytest.fixture(scope="module")
def narrow(tmp_path_factory, ray_running):
    """A search whose best lr lies beyond its range, and its task."""
    from tests.tuning.conftest import SCRIPTED

    directory = tmp_path_factory.mktemp("narrow")
    task = directory / "scripted.py"
    task.write_text(SCRIPTED)
    faults.searched(directory / "run", "--task", str(task), *NARROW)
    return directory / "run"


@pytest.fixture
def run(narrow, tmp_path):
    """The directory of a copy of it."""
    return shutil.copytree(narrow, tmp_path / "run")


def test_a_range_is_widened_and_what_was_tried_counts(run):
    before = faults.reported(run)

    found = faults.done("resume", str(run), "--set", "lr=1e-4..1:log", "--samples", "6")

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

    found = faults.done("resume", str(run), "--set", f"lr={lrs[2]!r}..1:log", "--samples", "2")

    assert found.returncode == 0, found.stderr
    after = load(run)
    assert len(after.outside) == 2
    assert len(after.trials) == 6
    assert after.trials["config/lr"].min() == lrs[2]
    assert len(after.ranking()) == 6
    again = faults.done("resume", str(run))
    assert again.stdout.startswith(f"{run} is finished: there is nothing to resume")


def test_a_kill_within_a_second_widening_loses_nothing(run, tmp_path):
    task = run.parent / "slow.py"
    slow = (run / "task.py").read_text().replace("        yield", "        SLEEP\n        yield")
    task.write_text(slow.replace("SLEEP", "__import__('time').sleep(0.1)"))
    (run / "task.py").write_text(task.read_text())
    settings = (run / "run.toml").read_text()
    spec = tomllib.loads(settings)["options"]["task"]
    (run / "run.toml").write_text(settings.replace(f'"{spec}"', f'"{task}"'))
    first, second = (("--set", f"lr=1e-4..{high}:log", "--samples", "5") for high in ("0.03", "1"))
    assert faults.done("resume", str(run), *first).returncode == 0
    whole = shutil.copytree(run, tmp_path / "whole")

    assert faults.done("resume", str(whole), *second).returncode == 0
    faults.kill_while(("resume", str(run), *second), run, "space_changed", num_lines=4)
    assert faults.done("resume", str(run)).returncode == 0

    one, other = load(whole), load(run)
    assert len(other.trials) == 16
    assert len(set(configuration_ids(other.trials))) == 16
    assert faults.every_epoch_once(other)
    assert one.trials.filter(like="config/").equals(other.trials.filter(like="config/"))
    assert one.trials["val_loss"].equals(other.trials["val_loss"])


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


def test_a_trial_that_failed_once_and_was_tried_again_counts():
    plan = RunPlan.make(make_options({"samples": 2}))
    begun = trial_line(
        "s00000", {"lr": 0.01, "batch_size": 32}, attempt=1, stage=SEARCH, seed=1, control=False
    )
    failed, finished = (status_line("s00000", ended) for ended in (FAILED, FINISHED))

    changed = in_changed_space(plan, ["lr=1e-3..10:log"], [begun, failed, begun, finished])

    assert changed.history.num_begun == 1
    with pytest.raises(ValueError, match="leaves no trial of the run in the space"):
        in_changed_space(plan, ["lr=1e-3..10:log"], [begun, failed])


def test_known_configurations_that_have_not_begun_are_tried_where_the_space_still_holds_them():
    known = tuple({"lr": lr, "batch_size": 32} for lr in (0.01, 0.9, 0.02))
    plan = RunPlan.make(make_options({"samples": 8, "try_first": known}))
    begun = plan.trials[0]
    line = trial_line("s00000", begun.config, attempt=1, stage=SEARCH, seed=0, control=True)

    changed = in_changed_space(plan, ["lr=1e-4..0.5:log"], [line])

    assert [t.config for t in changed.trials if t.enqueued] == [{"lr": 0.02, "batch_size": 32}]
    assert changed.trials[0].trial_id == "s00001"


def test_a_run_whose_space_never_changed_says_nothing_of_it(narrow, tmp_path):
    run = shutil.copytree(narrow, tmp_path / "run")

    found = faults.done("resume", str(run), "--samples", "1")

    assert found.returncode == 0, found.stderr
    assert "change of the space" not in found.stderr
    assert "" not in found.stderr.splitlines()


def test_a_changed_space_needs_configurations_to_add(run):
    with pytest.raises(ValueError, match="add --samples"):
        resume(run, settings=["lr=1e-4..1:log"])
