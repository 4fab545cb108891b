"""Differences between fresh seeds: how often the interval holds the truth."""

import numpy as np
import pytest
from scipy.stats import t

from results.analysis.difference import difference

STUDIES = 500
NOISES = [(3, 3, 0.05, 0.05), (3, 5, 0.05, 0.05), (4, 4, 0.02, 0.1), (3, 5, 0.1, 0.03)]
"""Seeds of each and their standard deviations."""


def num_covered(draw, truth):
    """Of STUDIES intervals those that hold the truth."""
    found = [difference(*draw()) for _ in range(STUDIES)]
    return sum(each.low <= truth <= each.high for each in found)


@pytest.mark.parametrize(("one", "other", "sd", "other_sd"), NOISES)
def test_ninety_percent_of_intervals_hold_a_share_of_the_loss(one, other, sd, other_sd, rng):
    def draw():
        return 0.095 * np.exp(rng.normal(0, sd, one)), 0.1 * np.exp(rng.normal(0, other_sd, other))

    assert 0.86 * STUDIES <= num_covered(draw, 0.05) <= 0.94 * STUDIES


@pytest.mark.parametrize(("one", "other", "sd", "other_sd"), NOISES)
def test_ninety_percent_hold_the_difference_of_a_score(one, other, sd, other_sd, rng):
    def draw():
        return rng.normal(-0.9, sd, one), rng.normal(-0.8, other_sd, other)

    assert 0.86 * STUDIES <= num_covered(draw, 0.1) <= 0.94 * STUDIES


def test_without_a_difference_one_study_in_ten_shows_one(rng):
    found = [difference(*np.exp(rng.normal(-2, 0.1, (2, 4)))) for _ in range(STUDIES)]

    real = sum(each.low > 0 or each.high < 0 for each in found)
    assert 0.06 * STUDIES <= real <= 0.14 * STUDIES


def test_the_interval_is_welchs_written_out():
    one, other = np.array([-3.0, -1.0, -2.0]), np.array([1.0, 1.5, 0.5, 1.0])
    parts = one.var(ddof=1) / 3, other.var(ddof=1) / 4
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / 2 + parts[1] ** 2 / 3)
    half = t.ppf(0.95, freedom) * np.sqrt(sum(parts))

    found = difference(one, other)

    assert (found.value, found.low, found.high) == pytest.approx((3.0, 3.0 - half, 3.0 + half))
    assert not found.is_share


def test_losses_that_chance_does_not_move_differ_by_a_number():
    found = difference([0.097] * 3, [0.1] * 3)

    assert found.low == found.value == found.high == pytest.approx(0.03)


def test_one_seed_is_too_few():
    with pytest.raises(ValueError, match="two seeds of each are the least, got 1 and 3"):
        difference([0.1], [0.1, 0.2, 0.3])
