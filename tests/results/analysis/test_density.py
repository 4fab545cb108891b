import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.stats import multivariate_normal, norm

from results.analysis.density import Density, Readings


@pytest.fixture
def density():
    rng = np.random.default_rng(0)
    points, left = rng.random((20, 3)), rng.choice([0.0, 0.4, 1.0], 20)
    target = 8 * (points[:, 0] - 0.4) ** 2 + left * points[:, 1]
    trials, seeds = np.arange(20) // 2, np.arange(20) % 3
    return Density(Readings(points, left, target, trials, seeds, np.zeros(20)))


@pytest.fixture
def theta(density):
    rng = np.random.default_rng(1)
    return density.prior + density.width * rng.standard_normal(len(density.prior)) / 2


def test_slope_of_the_density_is_that_of_its_differences(density, theta):
    off = check_grad(
        lambda at: density.objective(at)[0], lambda at: density.objective(at)[1], theta
    )

    assert off < 1e-3 * np.abs(density.objective(theta)[1]).max() + 1e-3


def test_density_is_that_of_a_normal_distribution_times_the_priors(density, theta):
    root = density.root(theta)
    likelihood = multivariate_normal(cov=root @ root.T).logpdf(density.target)
    prior = norm(density.prior, density.width).logpdf(theta).sum()
    constants = len(density.target) * np.log(2 * np.pi) / 2
    constants += (np.log(density.width) + np.log(2 * np.pi) / 2).sum()

    assert -density.value(theta) == pytest.approx(likelihood + prior + constants)
    assert density.objective(theta)[0] == pytest.approx(density.value(theta))
