import numpy as np
import pytest

from results.analysis.density import Readings
from results.analysis.surrogate import Surrogate

GRID = np.linspace(0, 1, 41)[:, None]


def bowl(points, centre=0.4):
    return 8 * (points[:, 0] - centre) ** 2


def readings(points, target, left=None):
    num = len(points)
    zeros = np.zeros(num)
    return Readings(
        points, zeros if left is None else left, target, np.arange(num), np.arange(num), zeros
    )


def fitted(seed, num=30, noise=0.05):
    rng = np.random.default_rng(seed)
    points = rng.random((num, 1))
    return Surrogate(readings(points, bowl(points) + rng.normal(0, noise, num)))


def test_lowest_point_of_a_bowl_is_found():
    assert GRID[fitted(seed=0).mean(GRID).argmin(), 0] == pytest.approx(0.4, abs=0.06)


def test_ninety_percent_of_the_draws_hold_the_lowest_point_about_as_often_as_they_say():
    held = 0
    for seed in range(30):
        draws = fitted(seed).draws(GRID, 200, np.random.default_rng(seed))
        low, high = np.quantile(GRID[draws.argmin(axis=1), 0], [0.05, 0.95])
        held += low - 0.0125 <= 0.4 <= high + 0.0125

    assert 24 <= held <= 30


def test_draws_agree_with_the_mean():
    surface = fitted(seed=3)

    draws = surface.draws(GRID, 4000, np.random.default_rng(0))

    assert draws.mean(axis=0) == pytest.approx(surface.mean(GRID), abs=0.05)


def test_draws_averaged_over_hyperparameters_hold_the_lowest_point_more_often():
    """Of few readings the most probable hyperparameters alone are too sure."""
    held = {True: 0, False: 0}
    for seed in range(30):
        rng = np.random.default_rng(seed)
        points = rng.random((8, 1))
        few = readings(points, bowl(points) + rng.normal(0, 0.5, 8))
        for averaged in held:
            draws = Surrogate(few, averaged).draws(GRID, 240, np.random.default_rng(seed))
            low, high = np.quantile(GRID[draws.argmin(axis=1), 0], [0.05, 0.95])
            held[averaged] += low - 0.0125 <= 0.4 <= high + 0.0125

    assert held[True] >= 26
    assert held[True] >= held[False]


def test_early_losses_tell_where_the_final_one_is_low():
    """Early losses have a slope of their own, which the few that went on show."""
    rng = np.random.default_rng(1)
    points = rng.random((40, 1))
    early = bowl(points) + 2 * points[:, 0] + 1 + rng.normal(0, 0.05, 40)
    final = bowl(points)[:8] + rng.normal(0, 0.05, 8)
    both = Readings(
        np.concatenate([points, points[:8]]),
        np.repeat([1.0, 0.0], [40, 8]),
        np.append(early, final),
        np.append(np.arange(40), np.arange(8)),
        np.append(np.arange(40), np.arange(8)),
        np.zeros(48),
    )

    assert GRID[Surrogate(both).mean(GRID).argmin(), 0] == pytest.approx(0.4, abs=0.1)


def test_evidence_tells_a_bowl_from_noise():
    rng = np.random.default_rng(0)
    points = rng.random((20, 2))

    noise = Surrogate(readings(points, rng.normal(0, 0.05, 20)))

    assert fitted(seed=0).evidence > 10
    assert noise.evidence < 1


def test_same_readings_give_the_same_surface():
    assert fitted(seed=5).mean(GRID).tolist() == fitted(seed=5).mean(GRID).tolist()


def test_equal_losses_give_a_surface_without_a_slope():
    points = np.random.default_rng(0).random((12, 2))

    assert Surrogate(readings(points, np.ones(12))).mean(points) == pytest.approx(1, abs=0.2)
