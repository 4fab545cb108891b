"""The surrogate: a Gaussian process of the loss over all dimensions and over training time.

The loss of a trial after `t` of `T` epochs is modelled as

    y(x, t) = f(x) + g(x, u) + trial + noise,    u = (ln(T / t) / ln 9)^1.5

`f` is the final loss of a configuration `x`, `g` what early losses add to it: it vanishes at the
end of training, where u = 0, and its variance grows with u, as that of a Brownian motion does
(freeze-thaw Bayesian optimization, arXiv 1406.3896, has the idea of a process over both). Both
are a polynomial of second (first) degree plus a Matern 5/2 process, with a length scale per
coordinate: the polynomial is the basin, the process what differs from it (Rasmussen and Williams,
Gaussian Processes for Machine Learning, 2006, sections 2.7, 4.2 and 5.4). Every hyperparameter has
a log-normal prior, and is set to its most probable value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ParamSpec, TypeVar

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.optimize import minimize
from scipy.spatial.distance import cdist
from threadpoolctl import threadpool_limits

from results.analysis.coordinates import Floats

P = ParamSpec("P")
T = TypeVar("T")

PRIORS = {
    "process": (1.0, 0.7),
    "basin": (1.0, 1.0),
    "early": (0.5, 0.7),
    "trial": (0.2, 0.7),
    "seed": (0.1, 0.7),
    "early noise": (0.2, 0.7),
    "final noise": (0.15, 0.7),
    "length": (0.5, 0.8),
    "weight": (0.5, 1.0),
}
"""Median and standard deviation of the logarithm of each: standard deviations in units of the
target's own, lengths as shares of a dimension's range."""

SCALES = 7
"""Hyperparameters before the length scales."""

MOST_STEPS = 40
"""Of L-BFGS: what is left after so many changes no proposal."""

JITTER = 1e-6
ROOT5 = 5**0.5


@dataclass(frozen=True)
class Readings:
    """What trials showed: one entry per trial and epoch at which trials are compared."""

    points: Floats
    """Coordinates of the configurations, shape (n, d)."""
    left: Floats
    """u of each: 1 with two thirds of the rungs' span left, 0 at the end of training. (n,)."""
    target: Floats
    """(n,)."""
    trials: Floats
    """A number per trial, (n,)."""
    seeds: Floats
    """A number per training seed, (n,)."""
    spread: Floats
    """Standard deviation by which each is uncertain beyond the common noise, (n,)."""


class Surrogate:
    """A process fitted to readings; see the module's own words for the model."""

    def __init__(self, readings: Readings, is_flat: bool = False) -> None:
        """Fit to `readings`; as if all configurations ended alike where it `is_flat`."""
        self.readings, self._is_flat = readings, is_flat
        final = readings.target[readings.left == 0]
        self.centre = float((final if len(final) else readings.target).mean())
        self.scale = max(float(readings.target.std()), 1e-6)
        self._y = (readings.target - self.centre) / self.scale
        self._extra = (readings.spread / self.scale) ** 2 + JITTER
        self._same = (readings.trials[:, None] == readings.trials).astype(float)
        same_seed = readings.seeds[:, None] == readings.seeds
        self._same_seed = (same_seed & (readings.left[:, None] == readings.left)).astype(float)
        self._shared = np.minimum(readings.left[:, None], readings.left)
        self._is_final = readings.left == 0
        width = readings.points.shape[1]
        names = [*list(PRIORS)[:SCALES], *["length"] * width, *["weight"] * width]
        centre, self._width = np.array([PRIORS[name] for name in names]).T
        self._prior = np.log(centre)
        self.theta = self._climb()
        self._root = cholesky(self._covariance(self.theta)[0], lower=True)
        self._weights = cho_solve((self._root, True), self._y)

    @property
    def noise(self) -> float:
        """Standard deviation of the final target between trials of one configuration."""
        return float((np.exp(2 * self.theta[[3, 4, 6]])).sum() ** 0.5 * self.scale)

    @cached_property
    def evidence(self) -> float:
        """Log of how much likelier the readings are than if all configurations ended alike.

        Both likelihoods at the most probable hyperparameters. What is not modelled is the search,
        and need not be: it chose by readings that are all among these.
        """
        flat = Surrogate(self.readings, is_flat=True)
        return flat.objective(flat.theta)[0] - self.objective(self.theta)[0]

    def mean(self, points: Floats) -> Floats:
        """The expected final target at `points` (m, d), shape (m,)."""
        return np.asarray(self._across(points).T @ self._weights * self.scale + self.centre)

    def moments(self, points: Floats) -> tuple[Floats, Floats]:
        """Mean (m,) and covariance (m, m) of the final target at `points`, without noise."""
        across = self._across(points)
        half = solve_triangular(self._root, across, lower=True)
        covariance = _Kernel(points, points, self.theta).final - half.T @ half
        mean = across.T @ self._weights
        return mean * self.scale + self.centre, covariance * self.scale**2

    def draws(self, points: Floats, num: int, rng: np.random.Generator) -> Floats:
        """`num` final surfaces without noise, drawn jointly at `points` (m, d): (num, m)."""
        mean, covariance = self.moments(points)
        covariance[np.diag_indices_from(covariance)] += JITTER * (1 + covariance.max())
        root = cholesky(covariance, lower=True)
        return np.asarray(mean + rng.standard_normal((num, len(points))) @ root.T)

    def _across(self, points: Floats) -> Floats:
        return _Kernel(self.readings.points, points, self.theta).final

    def _climb(self) -> Floats:
        """The most probable hyperparameters, from the prior's medians on."""
        low, high = self._prior - 3 * self._width, self._prior + 3 * self._width
        found = minimize(
            self.objective,
            self._prior,
            jac=True,
            method="L-BFGS-B",
            bounds=list(zip(low, high, strict=True)),
            options={"maxiter": MOST_STEPS},
        )
        return np.asarray(found.x)

    def objective(self, theta: Floats) -> tuple[float, Floats]:
        """Minus the log posterior density of the hyperparameters, and its slope."""
        covariance, slopes = self._covariance(theta)
        root = cholesky(covariance, lower=True)
        weights = cho_solve((root, True), self._y)
        inverse = cho_solve((root, True), np.eye(len(weights)))
        outer = inverse - weights[:, None] * weights
        off = (theta - self._prior) / self._width
        value = self._y @ weights / 2 + np.log(np.diag(root)).sum() + off @ off / 2
        slope = np.array([np.vdot(outer, part) / 2 for part in slopes])
        return float(value), slope + off / self._width

    def _covariance(self, theta: Floats) -> tuple[Floats, list[Floats]]:
        """Of the readings, with its derivative by each log hyperparameter."""
        kernel = _Kernel(self.readings.points, self.readings.points, theta)
        scales = np.exp(2 * theta[:SCALES])
        if self._is_flat:
            scales[:2] = 0.0
        early = self._shared * scales[2]
        parts = [
            scales[0] * kernel.matern,
            scales[1] * kernel.basin,
            early * kernel.early,
            scales[3] * self._same,
            scales[4] * self._same_seed,
            np.diag(np.where(self._is_final, 0.0, scales[5])),
            np.diag(np.where(self._is_final, scales[6], 0.0)),
        ]
        total = sum(parts) + np.diag(self._extra)
        by_shape = [
            scales[0] * matern + scales[1] * basin + early * dev
            for matern, basin, dev in kernel.slopes()
        ]
        return total, [2 * part for part in parts] + by_shape


class _Kernel:
    """The parts of the covariance between two sets of points."""

    def __init__(self, first: Floats, second: Floats, theta: Floats) -> None:
        lengths, weights = np.split(np.exp(theta[SCALES:]), 2)
        self.scales = np.exp(2 * theta[:SCALES])
        self._first, self._second = first / lengths, second / lengths
        self._far = ROOT5 * cdist(self._first, self._second)
        self._fall = np.exp(-self._far)
        self.matern = (1 + self._far + self._far**2 / 3) * self._fall
        self._left, self._right = (weights * (2 * points - 1) for points in (first, second))
        self.linear = 1 + self._left @ self._right.T
        self.basin = self.linear**2
        self.early = self.linear + self.matern

    @property
    def final(self) -> Floats:
        """Covariance of the final losses."""
        return np.asarray(self.scales[0] * self.matern + self.scales[1] * self.basin)

    def slopes(self) -> Iterator[tuple[Floats | float, Floats | float, Floats]]:
        """The derivatives of `matern`, `basin` and `early` by the log length of each coordinate,
        then by the log weight of each."""
        steep = 5 / 3 * (1 + self._far) * self._fall
        for first, second in zip(self._first.T, self._second.T, strict=True):
            matern = steep * np.subtract.outer(first, second) ** 2
            yield matern, 0.0, matern
        for left, right in zip(self._left.T, self._right.T, strict=True):
            linear = 2 * np.outer(left, right)
            yield 0.0, 2 * self.linear * linear, linear


def one_thread(function: Callable[P, T]) -> Callable[P, T]:
    """`function` with linear algebra in one thread.

    On matrices this small more threads only wait for each other: on two busy cores an analysis
    took 15 times as long (3.1 s against 0.2 s).
    """
    limited: Callable[P, T] = threadpool_limits.wrap(limits=1, user_api="blas")(function)
    return limited


def share_of(places: Sequence[int], num: int) -> Floats:
    """How often each of `num` places occurs, adding up to 1."""
    return np.bincount(places, minlength=num) / len(places)
