"""What a hyperparameter was drawn from, by its values."""

import pytest

from results.importing.inferred_space import dimension_of, space_of
from search_spaces import Choice, Float, Int

WIDE = [10 ** (-4 + place / 5) for place in range(20)]


@pytest.mark.parametrize(
    ("values", "dimension"),
    [
        ([0.9, 0.9, 0.9], Choice([0.9])),
        (["sgd", "adam", "sgd"], Choice(["adam", "sgd"])),
        ([True, False, True, True], Choice([False, True])),
        ([[64], [64, 32], [64]], Choice([[64, 32], [64]])),
        (["none", 0.1, 0.2], Choice([0.1, 0.2, "none"])),
        ([0.0, 0.5, 0.5, 0.0], Choice([0.0, 0.5])),
        ([64, 16, 128], Choice([16, 64, 128])),
        ([3, 17, 5, 29], Int(3, 29)),
        ([3, 17, 5, 31], Int(3, 31, log=True)),
        ([0.1, 0.5, 0.9], Float(0.1, 0.9)),
        ([-1.0, 0.5, 20.0], Float(-1.0, 20.0)),
        (WIDE, Float(WIDE[0], WIDE[-1], log=True)),
    ],
)
def test_values_show_what_they_were_drawn_from(values, dimension):
    assert dimension_of(values) == dimension


def test_a_stored_dimension_counts_for_more_than_the_values():
    tried = [{"lr": 0.1}, {"lr": 0.2}]

    space = space_of(tried, tried, {"lr": Float(1e-4, 1.0, log=True)})

    assert space.dimensions == {"lr": Float(1e-4, 1.0, log=True)}


def test_a_hyperparameter_that_only_some_have_is_conditional_on_what_tells_them_apart():
    configs = [
        {"momentum": 0.5, "optimizer": "sgd", "nesterov": True},
        {"optimizer": "adam"},
        {"momentum": 0.9, "optimizer": "sgd", "nesterov": False},
    ]

    space = space_of(configs, configs, {})

    assert all(space.holds(config) for config in configs)
    assert not space.holds({"optimizer": "adam", "momentum": 0.5, "nesterov": True})


def test_without_an_explanation_it_is_there_without_a_condition():
    configs = [{"lr": 0.1, "momentum": 0.5}, {"lr": 0.1}, {"lr": 0.2, "momentum": 0.7}]

    assert not space_of(configs, configs, {}).conditions


def test_a_trial_that_failed_before_it_had_all_its_values_explains_nothing():
    whole = [{"lr": 0.1, "optimizer": "sgd"}, {"lr": 0.5, "optimizer": "adam"}]

    space = space_of([*whole, {"lr": 0.9}], whole, {})

    assert not space.conditions
    assert space.dimensions["lr"] == Float(0.1, 0.9)
