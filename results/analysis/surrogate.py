"""The surrogate: the model of `density`, averaged over the hyperparameters that are probable.

One setting, the most probable one, would be too sure: of a batch size that early losses favour, of
the width of a basin. Settings are drawn from the normal approximation at the mode (Laplace) and
weighted by their density (importance resampling; Gelman et al., Bayesian Data Analysis, 2013,
sections 4.1 and 10.4).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from functools import cache, cached_property, wraps
from typing import ParamSpec, TypeVar

import numpy as np
from scipy.linalg import cho_solve, cholesky, eigh, solve_triangular
from scipy.optimize import minimize
from threadpoolctl import ThreadpoolController

from results.analysis.coordinates import Floats
from results.analysis.density import JITTER, Density, Kernel, Readings

P = ParamSpec("P")
T = TypeVar("T")

MOST_STEPS = 40
"""Of L-BFGS: what is left after so many changes no proposal."""

SETTINGS, TRIED = 12, 48
"""Settings of the hyperparameters that are averaged over, of so many drawn."""

MOST_AVERAGED = 40
"""Hyperparameters above which the most probable setting stands for all: drawing more of them needs
a curvature by each."""

DRAWS_EACH = 10
"""Surfaces drawn of a setting, where fewer are wanted than there are settings for."""

FEWEST_FINAL = 12
"""Final losses to which a process of their own is fitted."""

STEP = 0.05
"""In log hyperparameters, for the curvature."""


def one_thread(function: Callable[P, T]) -> Callable[P, T]:
    """`function` with linear algebra in one thread.

    On matrices this small more threads only wait for each other: on two busy cores an analysis
    took 15 times as long (3.1 s against 0.2 s).
    """

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> T:
        with _pools().limit(limits=1, user_api="blas"):
            return function(*args, **kwargs)

    return limited


@cache
def _pools() -> ThreadpoolController:
    return ThreadpoolController()


class Surrogate:
    """The process fitted to readings."""

    @one_thread
    def __init__(self, readings: Readings, averaged: bool = True) -> None:
        """Fit to `readings`; at the most probable setting alone where it is not `averaged`."""
        self.density = Density(readings)
        self.theta = _mode(self.density)
        settings = [self.theta]
        if averaged and len(self.theta) <= MOST_AVERAGED:
            settings = _settings(self.density, self.theta, np.random.default_rng(0))
        self._members = [_Setting(self.density, theta) for theta in settings]

    @property
    def noise(self) -> float:
        """Standard deviation of the final target between trials of one configuration."""
        return float(np.mean([member.noise for member in self._members]))

    @one_thread
    def with_final(self) -> Surrogate:
        """Half this one, half a process of the final losses alone, at its most probable setting.

        Which of those that ran to the end is best early losses may get wrong: they pull towards
        large learning rates where a task overfits. This one where final losses are few.
        """
        readings = self.density.readings
        is_final = readings.left == 0
        if is_final.sum() < FEWEST_FINAL:
            return self
        own = Density(readings.where(is_final))
        both = copy(self)
        both._members = [*self._members, *[_Setting(own, _mode(own))] * len(self._members)]
        return both

    @cached_property
    @one_thread
    def evidence(self) -> float:
        """Log of how much likelier the readings are than if all configurations ended alike.

        Both with their priors, at the most probable hyperparameters. What is not modelled is the
        search, and need not be: it chose by readings that are all among these.
        """
        flat = Density(self.density.readings, is_flat=True)
        return flat.value(_mode(flat)) - self.density.value(self.theta)

    @one_thread
    def mean(self, points: Floats) -> Floats:
        """The expected final target at `points` (m, d), shape (m,)."""
        return np.asarray(np.mean([member.mean(points) for member in self._members], axis=0))

    @one_thread
    def draws(self, points: Floats, num: int, rng: np.random.Generator) -> Floats:
        """`num` final surfaces without noise, drawn jointly at `points` (m, d): (num, m).

        In random order, a few of each setting: what costs is the covariance, not the draw.
        """
        order = rng.permutation(len(self._members))
        members = [self._members[place] for place in order[: -(-num // DRAWS_EACH)]]
        shares = np.array_split(np.arange(num), len(members))
        drawn = [
            member.draws(points, len(share), rng)
            for member, share in zip(members, shares, strict=True)
        ]
        return rng.permutation(np.concatenate(drawn))


class _Setting:
    """The process with its hyperparameters set."""

    def __init__(self, density: Density, theta: Floats) -> None:
        self._density, self._theta = density, theta
        self._root = density.root(theta)
        self._weights = cho_solve((self._root, True), density.target)

    @property
    def noise(self) -> float:
        return float(np.exp(2 * self._theta[[3, 4, 6]]).sum() ** 0.5 * self._density.scale)

    def mean(self, points: Floats) -> Floats:
        mean = self._across(points).T @ self._weights
        return np.asarray(mean * self._density.scale + self._density.centre)

    def draws(self, points: Floats, num: int, rng: np.random.Generator) -> Floats:
        across = self._across(points)
        half = solve_triangular(self._root, across, lower=True)
        covariance = Kernel(points, points, self._theta).final
        covariance -= half.T @ half
        covariance[np.diag_indices_from(covariance)] += JITTER * (1 + covariance.max())
        root = cholesky(covariance, lower=True, overwrite_a=True)
        drawn = across.T @ self._weights + rng.standard_normal((num, len(points))) @ root.T
        return np.asarray(drawn * self._density.scale + self._density.centre)

    def _across(self, points: Floats) -> Floats:
        return Kernel(self._density.readings.points, points, self._theta).final


def _mode(density: Density) -> Floats:
    """The most probable hyperparameters."""
    low, high = density.prior - 3 * density.width, density.prior + 3 * density.width
    found = minimize(
        density.objective,
        density.start,
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(low, high, strict=True)),
        options={"maxiter": MOST_STEPS},
    )
    return np.asarray(found.x)


def _settings(density: Density, mode: Floats, rng: np.random.Generator) -> list[Floats]:
    """Draws from the density."""
    normal = rng.standard_normal((TRIED, len(mode)))
    thetas = mode + normal @ _spread(density, mode)
    values = np.array([density.value(theta) for theta in thetas])
    logs = (normal**2).sum(axis=1) / 2 - values
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    places = np.searchsorted(np.cumsum(weights), (np.arange(SETTINGS) + rng.random()) / SETTINGS)
    return [thetas[place] for place in np.minimum(places, TRIED - 1)]


def _spread(density: Density, mode: Floats) -> Floats:
    """The symmetric root of the inverse of minus the log density's curvature at its mode.

    The curvature, by differences of slopes, is at least that of the prior's, which is what the
    readings can only add to. Another root would depend on the signs and the order of eigenvectors,
    which rounding decides.
    """
    num = len(mode)
    here = density.objective(mode)[1]
    steps = STEP * density.width
    rows = [
        (density.objective(mode + steps * (np.arange(num) == place))[1] - here) / steps[place]
        for place in range(num)
    ]
    curvature, axes = eigh((np.array(rows) + np.array(rows).T) / 2)
    curvature = np.maximum(curvature, 1 / density.width.max() ** 2)
    return np.asarray(axes / np.sqrt(curvature) @ axes.T)


def share_of(places: Sequence[int], num: int) -> Floats:
    """How often each of `num` places occurs, adding up to 1."""
    return np.bincount(places, minlength=num) / len(places)
