"""What the live view knows of a search."""

from __future__ import annotations

import pytest

from tests.tuning.live.lines import Clock, begun, ended, epoch, state_of, whole


def test_counts_and_epochs_saved_follow_the_record() -> None:
    state = state_of([*whole("a", [1.0] * 9), *whole("b", [1.0] * 3, "stopped"), begun("c")])

    assert state.counts == {"finished": 1, "stopped": 1}
    assert (state.epochs_done, state.epochs_saved) == (12, 6)
    assert list(state.running) == ["c"]


def test_retried_trial_is_counted_once_and_its_known_epochs_not_again() -> None:
    again = [begun("a", attempt=2), epoch("a", 1, 1.0), epoch("a", 2, 0.5), ended("a")]
    state = state_of([begun("a"), epoch("a", 1, 1.0), ended("a", "failed"), *again])

    assert state.counts["failed"] == 0
    assert state.counts["finished"] == 1
    assert (state.epochs_done, state.stage.ended) == (2, 1)


def test_a_trial_that_went_on_from_its_end_is_counted_once() -> None:
    state = state_of([*whole("a", [1.0] * 9), ended("a", "interrupted"), *whole("a", [1.0] * 12)])

    assert state.counts["interrupted"] == 0
    assert (state.counts["finished"], state.stage.ended) == (1, 1)


def test_leaders_are_full_length_first_and_never_diverged() -> None:
    state = state_of(
        [
            *whole("short", [0.1], "stopped"),
            *whole("worse", [0.9] * 9),
            *whole("best", [0.3] * 9),
            *whole("lost", [0.2], "diverged"),
        ]
    )

    assert [trial.trial_id for trial in state.leaders(5)] == ["best", "worse", "short"]


def test_time_left_follows_from_the_pace_and_the_length_of_ended_trials(clock: Clock) -> None:
    state = state_of([], planned=4, clock=clock)
    assert state.seconds_left() is None

    for line in [*whole("a", [1.0] * 9), *whole("b", [1.0] * 3, "stopped")]:
        state.apply(line)
    clock.now += 12.0  # a second per epoch; two trials of six epochs each are left

    assert state.seconds_left() == pytest.approx(12.0)


def test_time_left_leaves_out_what_starting_took(clock: Clock) -> None:
    state = state_of([], planned=2, clock=clock)
    clock.now += 60.0
    for line in whole("a", [1.0] * 9):
        state.apply(line)
    clock.now += 9.0

    assert state.seconds_left() == pytest.approx(9.0)


def test_one_trial_of_many_tells_nothing_of_the_time_left(clock: Clock) -> None:
    state = state_of(whole("a", [1.0] * 9), planned=50, clock=clock)
    clock.now += 9.0

    assert state.seconds_left() is None


def test_confirmation_counts_its_own_trials_at_full_length(clock: Clock) -> None:
    state = state_of(whole("a", [1.0] * 3, "stopped"), planned=1, clock=clock)
    state.apply({"kind": "stage", "stage": "confirm", "trials": [{}, {}]})
    state.apply({"kind": "stage", "stage": "confirm", "trials": [{}]})
    for line in whole("c", [1.0] * 9, stage="confirm"):
        state.apply(line)
    clock.now += 9.0

    assert (state.stage.name, state.stage.planned, state.stage.ended) == ("confirm", 3, 1)
    assert state.seconds_left() == pytest.approx(18.0)


def test_configurations_added_after_a_confirmation_are_counted_as_a_search() -> None:
    state = state_of(whole("a", [1.0] * 9), planned=3)
    state.apply({"kind": "stage", "stage": "confirm", "trials": [{}]})
    for line in [*whole("c", [1.0] * 9, stage="confirm"), *whole("b", [1.0] * 9)]:
        state.apply(line)

    assert (state.stage.name, state.stage.planned, state.stage.ended) == ("search", 3, 2)
