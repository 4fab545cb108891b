"""The time that a search may take, and the share of it that is the confirmation's."""

from types import SimpleNamespace

import pytest

from tuning.runs import is_finished
from tuning.time_budget import TimeBudget


@pytest.fixture
def clock(monkeypatch):
    """Seconds that have passed, to be set."""
    now = [100.0]
    monkeypatch.setattr("tuning.time_budget.time.monotonic", lambda: now[0])
    return now


def test_time_counts_from_the_first_trial_on(clock):
    budget = TimeBudget(30.0, confirm=True)
    clock[0] += 1000

    assert not budget.is_search_over
    budget.begin()
    assert not budget.is_search_over


def test_a_third_is_kept_for_the_confirmation(clock):
    with_share, without = TimeBudget(30.0, confirm=True), TimeBudget(30.0, confirm=False)
    with_share.begin(), without.begin()
    clock[0] += 21

    assert with_share.is_search_over
    assert not with_share.is_spent
    assert not without.is_search_over
    clock[0] += 10
    assert with_share.is_spent
    assert without.is_spent


def test_of_the_confirmations_share_two_thirds_are_for_the_race(clock):
    budget = TimeBudget(90.0, confirm=True)
    budget.begin()
    clock[0] += 69

    assert budget.is_search_over
    assert not budget.is_race_due
    clock[0] += 2
    assert budget.is_race_due


def test_without_a_limit_it_is_never_spent(clock):
    budget = TimeBudget(None, confirm=True)
    budget.begin()
    clock[0] += 1e9

    assert not budget.is_search_over
    assert not budget.is_race_due
    assert not budget.is_spent


@pytest.mark.usefixtures("ray_running")
def test_a_spent_time_budget_keeps_what_was_done(run_search, write_task):
    task = write_task("""
import time
epochs = 100
space = {"lr": [0.1, 0.2]}
def train(config, checkpoint=None):
    while True:
        time.sleep(0.1)
        yield {"train_loss": config["lr"], "val_loss": config["lr"]}
""")
    run = run_search(task=task, samples=2, searcher="grid", time_budget=3.0)

    assert "interrupted" in set(run.trials["status"])
    assert len(run.epochs) > 2


@pytest.mark.usefixtures("ray_running")
def test_a_time_budget_leaves_its_share_to_the_confirmation(
    run_search, scripted_task, tmp_path, monkeypatch
):
    """By a clock that goes on by a second with each epoch, on any machine; with one worker a single
    trial of nine at most runs on past the share."""

    def seconds() -> float:
        return sum(
            record.read_text().count('"kind": "epoch"')
            for record in tmp_path.glob("runs/*/epochs.jsonl")
        )

    monkeypatch.setattr("tuning.time_budget.time", SimpleNamespace(monotonic=seconds))
    run = run_search(
        task=scripted_task,
        samples=1000,
        searcher="sobol",
        time_budget=300.0,
        confirm=True,
        concurrent=1,
    )

    stages = run.epochs.merge(run.trials, on="trial_id")["stage"].value_counts()
    assert 180 < stages["search"] < 210
    assert stages["confirm"] >= 27  # three trials
    assert is_finished(run.path)
