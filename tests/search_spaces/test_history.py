"""What a run's space was before it was changed."""

import pytest

from search_spaces import Choice, Earlier, Float, History, Space

NARROW = Space({"lr": Float(0.01, 0.1, log=True)})
WITH_DECAY = History((Earlier(NARROW, 5),), {"weight_decay": 0.0})


def test_it_comes_back_from_run_toml():
    assert History.from_settings(WITH_DECAY.to_settings()) == WITH_DECAY
    assert History.from_settings({}) == History()
    assert History().to_settings() == {}


@pytest.mark.parametrize(
    "damage", [{"earlier": 3}, {"earlier": [1, {"space": 2}]}, {"ran_with": 1}]
)
def test_damage_is_left_out(damage):
    assert History.from_settings(damage) == History()


def test_recorded_configurations_are_completed_with_what_their_trials_ran_with():
    assert WITH_DECAY.completed({"lr": 0.05}) == {"lr": 0.05, "weight_decay": 0.0}
    assert WITH_DECAY.completed({"lr": 0.05, "weight_decay": 1.0})["weight_decay"] == 1.0


def test_an_earlier_space_holds_what_could_have_been_tried_in_it():
    assert WITH_DECAY.held({"lr": 0.05, "weight_decay": 0.0})
    assert not WITH_DECAY.held({"lr": 0.05, "weight_decay": 0.1})
    assert not WITH_DECAY.held({"lr": 0.5, "weight_decay": 0.0})


def test_the_trials_before_the_last_change_are_counted():
    later = Earlier(Space({"lr": Choice((1, 2))}), 9)

    assert History((*WITH_DECAY.earlier, later)).num_begun == 9
    assert History().num_begun == 0
