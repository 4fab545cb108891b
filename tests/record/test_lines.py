"""What is made is sound, and what is damaged is not."""

import json
import math

import pytest

from record.lines import (
    BUDGET_RAISED,
    CONFIRM,
    CONFIRMATION_ASKED,
    CONFIRMATION_ENDED,
    FAILED,
    FINISHED,
    SEARCH,
    SEED_ROLE,
    confirmations,
    epoch_line,
    finite,
    is_sound,
    mark_line,
    planned_trial,
    read_test_line,
    stage_line,
    status_line,
    trial_line,
)

CONFIG = {"lr": 0.1, "batch_size": 32}
METRICS = {"epoch": 1, "train_loss": 0.5, "val_loss": 0.6, "seconds": 0.01, "steps": 7}
MADE = {
    "mark": mark_line(CONFIRMATION_ASKED),
    "stage": stage_line(CONFIRM, [planned_trial("c00000", CONFIG, 3, SEED_ROLE)]),
    "trial": trial_line("s00000", CONFIG, attempt=1, stage=SEARCH, seed=3, control=False),
    "epoch": epoch_line("s00000", 1, METRICS | {"accuracy": 0.9}),
    "status": status_line("s00000", FAILED, error="no luck", traceback=None, final=True),
    "test": read_test_line("c00000", {"loss": 0.7}),
}


@pytest.mark.parametrize("kind", MADE)
def test_a_line_that_is_made_is_sound_after_a_trip_through_json(kind):
    line = json.loads(json.dumps(MADE[kind])) | {"time": 1000.0}

    assert line["kind"] == kind
    assert is_sound(line)


@pytest.mark.parametrize("kind", MADE)
def test_a_line_without_its_time_is_damaged(kind):
    assert not is_sound(MADE[kind])


@pytest.mark.parametrize(
    ("kind", "damage"),
    [
        ("mark", {"name": 1}),
        ("mark", {"name": BUDGET_RAISED}),
        ("mark", {"name": BUDGET_RAISED, "go_on": [1]}),
        ("stage", {"trials": []}),
        ("stage", {"trials": [{"trial_id": "c00000"}]}),
        ("trial", {"config": "lr 0.1"}),
        ("trial", {"attempt": 0}),
        ("epoch", {"epoch": True}),
        ("epoch", {"val_loss": "0.6"}),
        ("epoch", {"steps": 2**60}),
        ("status", {"status": "finishd"}),
        ("test", {"trial_id": None}),
    ],
)
def test_a_value_of_another_type_is_damage(kind, damage):
    assert not is_sound(MADE[kind] | {"time": 1000.0} | damage)


def test_a_kind_that_is_not_known_is_no_damage():
    """A later version may have written it."""
    assert is_sound({"kind": "weather", "time": 1000.0})


def test_losses_that_are_not_finite_become_null():
    line = epoch_line("s00000", 1, METRICS | {"val_loss": math.nan, "train_loss": math.inf})

    assert (line["val_loss"], line["train_loss"]) == (None, None)
    assert is_sound(line | {"time": 1000.0})
    assert finite({"a": [1.0, -math.inf], "b": (math.nan, "x")}) == {
        "a": [1.0, None],
        "b": [None, "x"],
    }


def test_confirmations_are_found_with_the_stages_that_they_planned():
    first = [MADE["mark"], MADE["stage"], mark_line(CONFIRMATION_ENDED)]
    lines = [*first, status_line("s00000", FINISHED), MADE["mark"], mark_line("search_ended")]

    ended, under_way = confirmations(lines)

    assert (ended.stages, ended.has_ended) == ([MADE["stage"]], True)
    assert ended.trial_ids == {"c00000"}
    assert (under_way.stages, under_way.has_ended) == ([], False)
