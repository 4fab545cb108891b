"""An interval holds the best value, also where a smooth surface has it too far from a flank."""

import numpy as np
import pytest

from results.analysis.coordinates import Axis
from results.analysis.profiles import Profile
from search_spaces import Choice, Float

LINE = np.linspace(0, 1, 81)
DRAWS = 0.5 + 0.05 * np.linspace(-1.6, 1.6, 33)
"""Lowest points of drawn surfaces: their 5 % ends lie at about 0.43 and 0.57."""


def interval(left: float, right: float, centre: float = 0.0) -> tuple[float, float]:
    """Of surfaces with flanks of these curvatures, in a range from 0 to 1."""
    off = LINE - (DRAWS + centre)[:, None]
    surfaces = np.where(off < 0, left, right) * off**2
    ends = [(value - 1 / 160, value + 1 / 160) for value in LINE]
    axis = Axis("momentum", Float(0, 1))
    return Profile(axis, list(LINE), ends, surfaces, here=40).interval()


def width_around(middle: float, found: tuple[float, float]) -> tuple[float, float]:
    """How far each end lies from `middle`."""
    return middle - found[0], found[1] - middle


def test_an_interval_between_equal_flanks_is_as_far_on_both_sides() -> None:
    below, above = width_around(0.5, interval(1, 1))
    assert below == pytest.approx(above)


def test_an_interval_goes_further_where_the_flank_is_steeper() -> None:
    equal = interval(1, 1)
    low, high = interval(1, 5)
    assert low == pytest.approx(equal[0])
    assert high > equal[1] + 0.02
    assert interval(5, 1) == pytest.approx((1 - high, 1 - low)), "the other way round as well"


def test_how_much_further_does_not_depend_on_how_high_the_loss_is() -> None:
    assert interval(1, 5) == interval(100, 500)


def test_a_wall_moves_an_end_no_further_than_a_flank_seven_times_as_steep() -> None:
    assert interval(1, 1e6)[1] == interval(1, 30)[1] < 0.72


def test_where_nothing_matters_no_end_is_moved() -> None:
    assert interval(0, 0) == pytest.approx((0, 0.5), abs=0.01), "to the recommended value alone"


def test_an_end_of_the_range_has_no_flank() -> None:
    assert interval(1, 5, centre=0.45)[0] == interval(1, 1, centre=0.45)[0]


def test_choices_among_numbers_have_no_flanks() -> None:
    sizes = [16, 32, 64, 128, 256]
    surfaces = np.array([[4.0, 1.0, 0.0, 9.0, 99.0]] * 20)
    ends = [(size, size) for size in sizes]
    profile = Profile(Axis("batch_size", Choice(sizes)), sizes, ends, surfaces, here=2)
    assert profile.interval() == (64, 64)
