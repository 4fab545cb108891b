"""The response surface: what the final loss would be where nothing was tried, and how sure.

A Gaussian process with a Matern 5/2 kernel, one length scale per coordinate, plus white noise
(Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, chapters 2 and 5), fitted
by scikit-learn to the logarithm of the loss. Losses above the median are set to it: how bad a bad
configuration is says nothing about where the best one lies, and the cliff of divergence would
otherwise be read as curvature everywhere.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
from threadpoolctl import threadpool_limits

from results.analysis.coordinates import Floats

P = ParamSpec("P")
T = TypeVar("T")

CAP_QUANTILE = 0.5
"""Losses above this quantile of the finite ones are winsorised to it."""

PRIOR_CENTRES = (1.0, 0.4, 0.1)
"""Prior medians of signal variance, length scale and noise variance: the target is
standardised and a coordinate runs from 0 to 1, so a basin is about 0.4 of a range wide."""

PRIOR_SPREADS = (1.0, 0.7, 1.5)
"""Standard deviations of their natural logarithms: factors of 2.7, 2 and 4.5."""

BOUNDS = ((0.05, 50.0), (0.05, 20.0), (1e-3, 3.0))
"""Limits of the search for signal variance, length scales and noise variance."""

NUM_FITS = 16
"""Hyperparameter settings that the draws are spread over."""

LARGEST_AVERAGED = 120
"""Above this many points the hyperparameters are taken as known: the data fix them, and
each further setting costs n^3."""

JITTER = 1e-6
"""Added to the diagonal of a covariance (of order 1) so that it stays positive definite."""


@dataclass(frozen=True)
class Surrogate:
    """A fitted surface over points in the unit cube."""

    points: Floats
    target: Floats
    """Standardised winsorised target, shape (n,)."""
    centre: float
    scale: float
    fits: tuple[GaussianProcessRegressor, ...]
    weights: Floats
    """Share of the draws that each fit gets."""

    @property
    def noise(self) -> float:
        """Standard deviation of the target between trials of one configuration."""
        variances = [np.exp(fit.kernel_.theta[-1]) for fit in self.fits]
        return float(np.sqrt(self.weights @ np.array(variances)) * self.scale)

    def mean(self, points: Floats) -> Floats:
        """The expected target at `points` (m, d), shape (m,)."""
        means = np.array([fit.predict(points) for fit in self.fits])
        return np.asarray(self.weights @ means * self.scale + self.centre)

    def draws(self, points: Floats, num: int, rng: np.random.Generator) -> Floats:
        """`num` surfaces without noise, drawn jointly at `points` (m, d): shape (num, m)."""
        counts = rng.multinomial(num, self.weights)
        parts = [
            _draws(fit, points, count, rng)
            for fit, count in zip(self.fits, counts, strict=True)
            if count
        ]
        return np.concatenate(parts) * self.scale + self.centre


def one_thread(function: Callable[P, T]) -> Callable[P, T]:
    """`function` with linear algebra in one thread.

    On matrices this small more threads only wait for each other: on two busy cores an analysis
    took 15 times as long (3.1 s against 0.2 s).
    """
    limited: Callable[P, T] = threadpool_limits.wrap(limits=1, user_api="blas")(function)
    return limited


def fit_surrogate(points: Floats, target: Floats, rng: np.random.Generator) -> Surrogate:
    """The surface through `target` (n,) at `points` (n, d); infinite targets count as bad."""
    finite = target[np.isfinite(target)]
    capped = np.minimum(target, np.quantile(finite, CAP_QUANTILE))
    centre, scale = float(capped.mean()), float(capped.std()) or 1.0
    standard = (capped - centre) / scale
    best = _fitted(points, standard)
    thetas = _settings(best, rng) if len(points) <= LARGEST_AVERAGED else [best.kernel_.theta]
    fits = tuple(_with_theta(best, theta, points, standard) for theta in thetas)
    weights = np.full(len(fits), 1 / len(fits))
    return Surrogate(points, standard, centre, scale, fits, weights)


def _fitted(points: Floats, target: Floats) -> GaussianProcessRegressor:
    """The process at the hyperparameters of highest posterior density."""
    kernel = ConstantKernel(PRIOR_CENTRES[0], BOUNDS[0]) * Matern(
        np.full(points.shape[1], PRIOR_CENTRES[1]), BOUNDS[1], nu=2.5
    ) + WhiteKernel(PRIOR_CENTRES[2], BOUNDS[2])
    process = GaussianProcessRegressor(kernel, optimizer=_climb, alpha=1e-8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return process.fit(points, target)


def _climb(
    objective: Callable[..., tuple[float, Floats]], start: Floats, bounds: Floats
) -> tuple[Floats, float]:
    """scikit-learn's optimizer hook: L-BFGS on the marginal likelihood times the prior."""
    from scipy.optimize import minimize

    def penalised(theta: Floats) -> tuple[float, Floats]:
        value, slope = objective(theta)
        penalty, penalty_slope = _prior(theta)
        return value + penalty, slope + penalty_slope

    found = minimize(penalised, start, jac=True, bounds=bounds, method="L-BFGS-B")
    return np.asarray(found.x), float(found.fun)


def _prior(theta: Floats) -> tuple[float, Floats]:
    """Minus the log prior density of the log hyperparameters (up to a constant), its slope."""
    num_scales = len(theta) - 2
    repeats = [1, num_scales, 1]
    off = (theta - np.repeat(np.log(PRIOR_CENTRES), repeats)) / np.repeat(PRIOR_SPREADS, repeats)
    return float(off @ off / 2), off / np.repeat(PRIOR_SPREADS, repeats)


def _settings(best: GaussianProcessRegressor, rng: np.random.Generator) -> list[Floats]:
    """NUM_FITS settings spread like the posterior of the hyperparameters.

    Laplace's approximation around the best one (Rasmussen and Williams, section 5.2 and 3.4),
    corrected by importance resampling.
    """
    theta = best.kernel_.theta
    low, high = best.kernel_.bounds.T
    root = np.linalg.cholesky(np.linalg.inv(_curvature(best)))
    steps = rng.standard_normal((4 * NUM_FITS, len(theta)))
    tried = np.clip(theta + steps @ root.T, low, high)
    log_weight = np.array([_log_posterior(best, t) for t in tried]) + (steps**2).sum(1) / 2
    weight = np.exp(log_weight - log_weight.max())
    chosen = rng.choice(len(tried), NUM_FITS, p=weight / weight.sum())
    return [tried[place] for place in chosen]


def _log_posterior(process: GaussianProcessRegressor, theta: Floats) -> float:
    return float(process.log_marginal_likelihood(theta, clone_kernel=False)) - _prior(theta)[0]


def _curvature(process: GaussianProcessRegressor) -> Floats:
    """Second derivatives of minus the log posterior, made positive definite. Shape (p, p).

    By differences of its slope; the eigenvalues are at least those of the prior's widest.
    """
    theta, step = process.kernel_.theta, 1e-3

    def slope(at: Floats) -> Floats:
        _, rising = process.log_marginal_likelihood(at, eval_gradient=True, clone_kernel=False)
        return np.asarray(_prior(at)[1] - rising)

    start = slope(theta)
    columns = [(slope(theta + step * unit) - start) / step for unit in np.eye(len(theta))]
    symmetric = (np.array(columns) + np.array(columns).T) / 2
    values, vectors = np.linalg.eigh(symmetric)
    return np.asarray((vectors * np.maximum(values, max(PRIOR_SPREADS) ** -2)) @ vectors.T)


def _with_theta(
    process: GaussianProcessRegressor, theta: Floats, points: Floats, target: Floats
) -> GaussianProcessRegressor:
    """The process at given hyperparameters, its noise a property of the data alone."""
    fixed = GaussianProcessRegressor(
        process.kernel_.clone_with_theta(theta), optimizer=None, alpha=1e-8
    )
    return fixed.fit(points, target)


def _draws(
    fit: GaussianProcessRegressor, points: Floats, num: int, rng: np.random.Generator
) -> Floats:
    """Joint draws of the noise-free surface, shape (num, m)."""
    from scipy.linalg import cho_solve, solve_triangular

    signal = fit.kernel_.k1
    across = signal(fit.X_train_, points)
    mean = across.T @ cho_solve((fit.L_, True), fit.y_train_)
    half = solve_triangular(fit.L_, across, lower=True)
    covariance = signal(points) - half.T @ half
    covariance[np.diag_indices_from(covariance)] += JITTER * (1 + covariance.max())
    root = np.linalg.cholesky(covariance)
    return np.asarray(mean + rng.standard_normal((num, len(points))) @ root.T)


def share_of(places: Sequence[int], num: int) -> Floats:
    """How often each of `num` places occurs, adding up to 1."""
    return np.bincount(places, minlength=num) / len(places)
