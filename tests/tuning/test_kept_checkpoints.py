"""Whose last checkpoints are kept."""

import pytest

from record.goal import VALIDATION_LOSS, Goal
from record.lines import CONFIRM, SEARCH, epoch_line, status_line, trial_line
from tuning.kept_checkpoints import KeptCheckpoints

LOSSES = {"s0": 0.3, "s1": 0.1, "s2": 0.2, "c0": 0.05}


def kept(num, goal=VALIDATION_LOSS, statuses=()):
    found = KeptCheckpoints(num, goal)
    for trial_id, loss in LOSSES.items():
        stage = CONFIRM if trial_id.startswith("c") else SEARCH
        found.apply(trial_line(trial_id, {}, attempt=1, stage=stage, seed=0, control=False))
        found.apply(epoch_line(trial_id, 1, {"epoch": 1, "val_loss": loss, "accuracy": loss}))
        found.apply(status_line(trial_id, dict(statuses).get(trial_id, "finished")))
    return found


@pytest.mark.parametrize(
    ("num", "best"), [(0, set()), (1, {"s1"}), (2, {"s1", "s2"}), (9, {"s0", "s1", "s2"})]
)
def test_those_of_the_best_of_the_search(num, best):
    assert kept(num).best == best


def test_the_best_are_those_of_the_metric():
    assert kept(1, Goal("accuracy", "max")).best == {"s0"}


def test_of_a_trial_that_did_not_run_to_its_end_there_is_none():
    assert kept(2, statuses={"s1": "stopped"}).best == {"s0", "s2"}


def test_those_go_that_have_ended_and_are_outdone():
    found = kept(1, statuses={"s0": "stopped", "s2": "interrupted"})

    assert found.outdone(LOSSES) == {"s0", "c0"}
