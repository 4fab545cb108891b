"""A run whose trials are trained longer: the best go on, and come out as if asked for at once."""

import json
import shutil
import tomllib
from pathlib import Path

import pytest

from record.lines import (
    CONFIRM,
    FINISHED,
    INTERRUPTED,
    SEARCH,
    STOPPED,
    epoch_line,
    status_line,
    trial_line,
)
from results import load
from tests.tuning import faults
from trainable.task import TaskFile
from tuning.longer import made_longer, raise_lines
from tuning.options import OptionError, make_options
from tuning.plan import RunPlan
from tuning.progress import Progress
from tuning.reproduce import reproduce
from tuning.runs import resume

RUN = Path("runs/first")


@pytest.fixture(scope="module")
def short(tmp_path_factory, ray_running):
    """A search with warm-up whose two best trials have left their checkpoints."""
    directory = tmp_path_factory.mktemp("short") / "run"
    search = faults.searched(
        directory,
        *("--samples", "9", "--epochs", "3", "--set", "warmup_epochs=2", "--searcher", "sobol"),
        *("--scheduler", "none", "--keep-checkpoints", "2", "--no-confirm"),
    )
    assert search.returncode == 0, search.stderr
    return directory


def edited(run, **options):
    """The same run with other options in its run.toml."""
    text = (run / "run.toml").read_text()
    for name, value in options.items():
        line = next(line for line in text.splitlines() if line.startswith(f"{name} = "))
        text = text.replace(line, f"{name} = {json.dumps(value)}")
    (run / "run.toml").write_text(text)
    return run


def test_the_best_go_on_to_the_very_curves_that_more_epochs_give(short, tmp_path):
    run = edited(shutil.copytree(short, tmp_path / "run"), scheduler="asha")
    before = load(run)
    best = list(before.ranking()["trial_id"][:3])
    kept = {path.name for path in (run / "checkpoints").iterdir()}
    assert kept == set(best[:2])

    found = faults.done("resume", str(run), "--epochs", "7")

    assert found.returncode == 0, found.stderr
    assert (
        "3 of the 9 trials that ran 3 epochs go on to 7, 1 of them from the start" in found.stderr
    )
    after = load(run)
    finished = after.trials[after.trials["status"] == "finished"]
    assert set(finished["trial_id"]) == set(best)
    assert (finished["epochs"] == 7).all()
    assert set(after.trials["status"]) == {"finished", "stopped"}
    assert faults.every_epoch_once(after)
    assert after.rungs[-1] == after.budget == 7
    assert reproduce(run, rank=1).matches
    again = [
        line
        for line in map(json.loads, (run / "epochs.jsonl").read_text().splitlines())
        if line["kind"] == "epoch" and line["trial_id"] in kept
    ]
    assert len(again) == 2 * 7
    assert tomllib.loads((run / "run.toml").read_text())["raised_from"] == [3]
    finished = faults.done("resume", str(run))
    assert finished.stdout.startswith(f"{run} is finished: there is nothing to resume")


TASK = TaskFile("own", Path("own.py"), "def data(): ...\ndef model(config): ...\n")


def plan(task=TASK, **values):
    options = {"samples": 6, "epochs": 3, "searcher": "sobol", "grace_epochs": 1}
    return RunPlan.make(make_options(options | values), task)


def longer(found, epochs=9, force=False):
    return made_longer(found, epochs, RUN, force=force)


@pytest.mark.parametrize(
    ("before", "epochs", "problem"),
    [
        ({}, 3, "must be more than the run's 3, got 3: trials can only go on"),
        ({"epochs": None, "steps": 90, "evals": 3}, 9, "whose budget is in --steps: search again"),
        (
            {"set": ("schedule=constant,cosine",)},
            9,
            "where schedule may be cosine: it ends at the last epoch, so that longer trials differ "
            "from the first on; search again with --config runs/first/run.toml --epochs 9 --try",
        ),
    ],
)
def test_what_would_not_be_the_same_curve_is_refused(before, epochs, problem):
    with pytest.raises(OptionError) as refused:
        longer(plan(**before), epochs, force=True)

    assert problem in str(refused.value)


@pytest.mark.parametrize(
    "source",
    [
        "def data(): ...\ndef model(config): return config['epochs']\n",
        "def train(config, checkpoint=None):\n    yield config['lr']\n",
        "def data(): ...\ndef model(config): ...\ndef scheduler(optimizer, config): ...\n",
    ],
)
def test_a_task_whose_epochs_may_depend_on_their_number_takes_the_users_word(source):
    before = plan(TaskFile("own", Path("own.py"), source), space={"lr": [0.1, 0.2]})

    with pytest.raises(ValueError, match="add --force if no epoch depends on how many follow"):
        longer(before)

    assert longer(before, force=True).epochs == 9


def record_of(found, ends=(0.1, 0.6, 0.3, 0.5, 0.4, 0.2)):
    """The record of a search in which every trial ran to its end, and of a confirming trial."""
    lines = []
    for trial, loss in zip(found.trials, ends, strict=True):
        lines += _trial(trial.trial_id, SEARCH, trial.config, loss)
    return lines + _trial("c00000", CONFIRM, found.trials[0].config, 0.05)


def _trial(trial_id, stage, config, loss):
    begun = trial_line(trial_id, config, attempt=1, stage=stage, seed=0, control=False)
    epochs = [
        epoch_line(trial_id, 1, {"epoch": epoch, "train_loss": 1.0, "val_loss": loss})
        for epoch in (1, 2, 3)
    ]
    return [begun, *epochs, status_line(trial_id, FINISHED)]


def told(lines):
    return {line["trial_id"]: line["status"] for line in lines if line["kind"] == "status"}


def test_one_in_so_many_goes_on_chosen_with_all_of_them_known():
    found = plan()

    raised = raise_lines(longer(found), record_of(found))

    go_on = {trial_id for trial_id, status in told(raised).items() if status == INTERRUPTED}
    assert go_on == set(raised[-1]["go_on"]) == {"s00000", "s00005"}
    assert told(raised)["c00000"] == STOPPED
    assert raised[-1]["epochs"] == 9


def test_without_a_stopping_rule_all_of_them_go_on():
    found = plan(scheduler="none")

    assert len(raise_lines(longer(found), record_of(found))[-1]["go_on"]) == 6


def test_those_that_are_never_stopped_go_on():
    found = plan(try_first=({"lr": 0.1, "batch_size": 32},))
    lines = record_of(found, ends=(0.9, 0.6, 0.3, 0.5, 0.4, 0.2))
    lines[0] = lines[0] | {"control": True}

    assert "s00000" in raise_lines(longer(found), lines)[-1]["go_on"]


@pytest.mark.parametrize("num_written", range(8))
def test_a_crash_while_that_is_written_changes_nothing(num_written):
    found, after = plan(), longer(plan())
    raised = raise_lines(after, record_of(found))

    again = raise_lines(after, record_of(found) + raised[:num_written])

    assert again == raised
    assert raise_lines(after, record_of(found) + raised) == []


def test_the_stopping_rule_does_not_end_those_that_were_chosen():
    found, after = plan(), longer(plan())
    lines = record_of(found)
    progress = Progress(after.stopping.start, 2, after.goal, after.counts)
    for line in [*lines, *raise_lines(after, lines)]:
        progress.apply(line)

    assert not any(progress.trials[trial_id].stops for trial_id in ("s00000", "s00005"))
    assert not progress.has_ended("s00005")
    assert progress.has_ended("s00001")
    assert progress.has_ended("c00000")


def test_it_may_be_said_with_more_configurations_and_twice(short, tmp_path):
    run = edited(shutil.copytree(short, tmp_path / "run"), scheduler="asha")

    resume(run, epochs=4, samples=2)
    after = resume(run, epochs=5)

    assert len(after.trials) == 11
    assert after.budget == 5
    settings = tomllib.loads((run / "run.toml").read_text())
    assert settings["raised_from"] == [3, 4]
    assert faults.every_epoch_once(after)
