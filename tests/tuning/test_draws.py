"""Configurations that follow from space and seed, where the space was changed."""

import pytest

from search_spaces import Choice, Earlier, Float, History, Space, configurations
from search_spaces.values import identity
from tuning.draws import drawn

NARROW = Space({"lr": Float(0.01, 0.1, log=True)})
WIDE = Space({"lr": Float(0.001, 1.0, log=True)})
CHANGED = History((Earlier(NARROW, 6),))


@pytest.mark.parametrize("sampler", ["sobol", "random"])
def test_new_configurations_lie_where_nothing_is_known(sampler):
    found = drawn(WIDE, sampler, 20, 0, CHANGED)

    assert len(found) == 20
    assert not any(NARROW.holds(config) for config in found)
    assert {config["lr"] < 0.01 for config in found} == {True, False}


def test_a_shorter_list_begins_a_longer_one():
    assert drawn(WIDE, "sobol", 7, 3, CHANGED) == drawn(WIDE, "sobol", 400, 3, CHANGED)[:7]


def test_of_a_grid_nothing_comes_twice():
    narrow, wide = (
        Space({"batch_size": Choice((16, 32))}),
        Space({"batch_size": Choice((8, 16, 32))}),
    )
    history = History((Earlier(narrow, 2),))

    assert drawn(wide, "grid", 10, 0, history) == [{"batch_size": 8}]


def test_in_a_smaller_space_what_was_not_tried_comes_first():
    before = {identity(config) for config in configurations(WIDE, "sobol", 4, 0)}

    found = drawn(NARROW, "sobol", 4, 0, History((Earlier(WIDE, 4),)))

    assert len(found) == 4
    assert all(identity(config) not in before for config in found)


def test_without_a_change_it_is_the_sampler_alone():
    assert drawn(WIDE, "sobol", 5, 1, History()) == configurations(WIDE, "sobol", 5, 1)
