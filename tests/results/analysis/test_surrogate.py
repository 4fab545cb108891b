import numpy as np
import pytest

from results.analysis.surrogate import fit_surrogate

GRID = np.linspace(0, 1, 41)[:, None]


def bowl(points, centre=0.4):
    return 8 * (points[:, 0] - centre) ** 2


def fitted(seed, num=30, noise=0.05):
    rng = np.random.default_rng(seed)
    points = rng.random((num, 1))
    return fit_surrogate(points, bowl(points) + rng.normal(0, noise, num), rng)


def test_lowest_point_of_a_bowl_is_found():
    surface = fitted(seed=0)

    assert GRID[surface.mean(GRID).argmin(), 0] == pytest.approx(0.4, abs=0.06)


def test_ninety_percent_of_the_draws_hold_the_lowest_point_about_as_often_as_they_say():
    held = 0
    for seed in range(30):
        draws = fitted(seed).draws(GRID, 200, np.random.default_rng(seed))
        low, high = np.quantile(GRID[draws.argmin(axis=1), 0], [0.05, 0.95])
        held += low - 0.0125 <= 0.4 <= high + 0.0125

    assert 24 <= held <= 30


def test_infinitely_bad_points_repel_but_do_not_bend_the_rest():
    rng = np.random.default_rng(0)
    points = rng.random((40, 1))
    target = np.where(points[:, 0] > 0.6, np.inf, bowl(points) + rng.normal(0, 0.02, 40))

    surface = fit_surrogate(points, target, rng)

    assert GRID[surface.mean(GRID).argmin(), 0] == pytest.approx(0.4, abs=0.06)


def test_draws_agree_with_the_mean():
    surface = fitted(seed=3)

    draws = surface.draws(GRID, 4000, np.random.default_rng(0))

    assert draws.mean(axis=0) == pytest.approx(surface.mean(GRID), abs=0.05)


def test_same_points_and_seed_give_the_same_surface():
    first, second = fitted(seed=5), fitted(seed=5)

    assert first.mean(GRID).tolist() == second.mean(GRID).tolist()


def test_equal_losses_give_a_surface_without_a_slope():
    rng = np.random.default_rng(0)
    points = rng.random((12, 2))

    surface = fit_surrogate(points, np.ones(12), rng)

    assert surface.mean(points) == pytest.approx(np.ones(12), abs=0.2)
