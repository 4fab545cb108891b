"""The model: a Gaussian process of the loss over all dimensions and over training time.

The loss of a trial after `t` of `T` epochs is modelled as

    y(x, t) = f(x) + g(x, u) + trial + noise,    u = (ln(T / t) / ln 9)^1.5

`f` is the final loss of a configuration `x`, `g` what early losses add to it: it vanishes at the
end of training, where u = 0, and its variance grows with u, as that of a Brownian motion does
(freeze-thaw Bayesian optimization, arXiv 1406.3896, has the idea of a process over both). Both
are a polynomial of second (first) degree plus a Matern 5/2 process, with a length scale per
coordinate: the polynomial is the basin, the process what differs from it (Rasmussen and Williams,
Gaussian Processes for Machine Learning, 2006, sections 2.7, 4.2 and 5.4). Every hyperparameter has
a log-normal prior.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from scipy.linalg import cho_solve, cholesky
from scipy.spatial.distance import cdist

from results.analysis.coordinates import Floats

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

    def where(self, kept: Floats) -> Readings:
        """Those that are `kept`, a truth value each, (n,)."""
        return Readings(*(getattr(self, field.name)[kept] for field in fields(self)))


class Density:
    """The posterior density of the hyperparameters, given readings.

    Hyperparameters are the logarithms of PRIORS' scales, then of one length and one weight for
    each coordinate: `theta`, shape (SCALES + 2 d,).
    """

    def __init__(self, readings: Readings, is_flat: bool = False) -> None:
        """Of `readings`; as if all configurations ended alike where it `is_flat`."""
        self.readings, self._is_flat = readings, is_flat
        final = readings.target[readings.left == 0]
        self.centre = float((final if len(final) else readings.target).mean())
        self.scale = max(float(readings.target.std()), 1e-6)
        self.target = (readings.target - self.centre) / self.scale
        """In units of its own standard deviation."""
        self._extra = (readings.spread / self.scale) ** 2 + JITTER
        self._same = (readings.trials[:, None] == readings.trials).astype(float)
        same_seed = readings.seeds[:, None] == readings.seeds
        self._same_seed = (same_seed & (readings.left[:, None] == readings.left)).astype(float)
        self._shared = np.minimum(readings.left[:, None], readings.left)
        self._is_final = readings.left == 0
        width = readings.points.shape[1]
        names = [*list(PRIORS)[:SCALES], *["length"] * width, *["weight"] * width]
        medians, self.width = np.array([PRIORS[name] for name in names]).T
        self.prior = np.log(medians)

    def objective(self, theta: Floats) -> tuple[float, Floats]:
        """Minus the log density, and its slope."""
        parts, kernel = self._parts(theta)
        root, weights, value = self._solved(np.sum(parts, axis=0), theta)
        outer = cho_solve((root, True), np.eye(len(weights))) - weights[:, None] * weights
        slopes = [*(2 * part for part in parts), *self._by_shape(kernel)]
        slope = np.array([np.vdot(outer, part) / 2 for part in slopes])
        return value, slope + (theta - self.prior) / self.width**2

    def value(self, theta: Floats) -> float:
        """Minus the log density alone, at a quarter of the cost."""
        return self._solved(np.sum(self._parts(theta)[0], axis=0), theta)[2]

    def root(self, theta: Floats) -> Floats:
        """Lower Cholesky factor of the covariance of the readings."""
        return self._factor(np.sum(self._parts(theta)[0], axis=0))

    def _factor(self, total: Floats) -> Floats:
        return np.asarray(cholesky(total + np.diag(self._extra), lower=True))

    def _solved(self, total: Floats, theta: Floats) -> tuple[Floats, Floats, float]:
        root = self._factor(total)
        weights = cho_solve((root, True), self.target)
        off = (theta - self.prior) / self.width
        value = self.target @ weights / 2 + np.log(np.diag(root)).sum() + off @ off / 2
        return root, weights, float(value)

    def _parts(self, theta: Floats) -> tuple[list[Floats], Kernel]:
        """What the covariance of the readings is the sum of, one for each scale."""
        kernel = Kernel(self.readings.points, self.readings.points, theta)
        scales = kernel.scales
        if self._is_flat:
            scales[:2] = 0.0
        return [
            scales[0] * kernel.matern,
            scales[1] * kernel.basin,
            self._shared * scales[2] * kernel.early,
            scales[3] * self._same,
            scales[4] * self._same_seed,
            np.diag(np.where(self._is_final, 0.0, scales[5])),
            np.diag(np.where(self._is_final, scales[6], 0.0)),
        ], kernel

    def _by_shape(self, kernel: Kernel) -> Iterator[Floats]:
        """The covariance's derivative by each log length, then by each log weight."""
        for matern, basin, early in kernel.slopes():
            yield (
                kernel.scales[0] * matern
                + kernel.scales[1] * basin
                + self._shared * kernel.scales[2] * early
            )


class Kernel:
    """The parts of the covariance between two sets of points."""

    def __init__(self, first: Floats, second: Floats, theta: Floats) -> None:
        lengths, weights = np.split(np.exp(theta[SCALES:]), 2)
        self.scales = np.exp(2 * theta[:SCALES])
        self._first, self._second = first / lengths, second / lengths
        self._far = cdist(self._first, self._second)
        self._far *= ROOT5
        self._fall = np.exp(-self._far)
        self.matern = self._far**2  # in place from here on: among candidates it is large
        self.matern /= 3
        self.matern += 1 + self._far
        self.matern *= self._fall
        self._left, self._right = (weights * (2 * points - 1) for points in (first, second))
        self.linear = 1 + self._left @ self._right.T
        self.basin = self.linear**2

    @property
    def early(self) -> Floats:
        """What early losses add."""
        return np.asarray(self.linear + self.matern)

    @property
    def final(self) -> Floats:
        """Covariance of the final losses."""
        found = self.scales[0] * self.matern
        found += self.scales[1] * self.basin
        return np.asarray(found)

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
