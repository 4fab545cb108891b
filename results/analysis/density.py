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

START = {"trial": 0.5, "early noise": 0.05}
"""Where the most probable ones are looked for: at the medians, but for losses of a trial that go
together. Beside a loss that is far off there is a second mode, to which all is noise."""

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
        self.start = np.log([START.get(name, PRIORS[name][0]) for name in names])

    def objective(self, theta: Floats) -> tuple[float, Floats]:
        """Minus the log density, and its slope."""
        kernel = self._kernel(theta)
        root, weights, value = self._solved(self._covariance(kernel), theta)
        outer = cho_solve((root, True), np.eye(len(weights))) - weights[:, None] * weights
        slope = np.concatenate(self._slopes(kernel, outer))
        return value, slope + (theta - self.prior) / self.width**2

    def value(self, theta: Floats) -> float:
        """Minus the log density alone, at a third of the cost."""
        return self._solved(self._covariance(self._kernel(theta)), theta)[2]

    def root(self, theta: Floats) -> Floats:
        """Lower Cholesky factor of the covariance of the readings."""
        return self._factor(self._covariance(self._kernel(theta)))

    def _kernel(self, theta: Floats) -> Kernel:
        kernel = Kernel(self.readings.points, self.readings.points, theta)
        if self._is_flat:
            kernel.scales[:2] = 0.0
        return kernel

    def _covariance(self, kernel: Kernel) -> Floats:
        """Of the readings, but for what each is uncertain of its own."""
        process, basin, early, trial, seed, *noise = kernel.scales
        total = (process + early * self._shared) * kernel.matern
        total += basin * kernel.basin
        total += early * self._shared * kernel.linear
        total += trial * self._same
        total += seed * self._same_seed
        total[np.diag_indices_from(total)] += np.where(self._is_final, noise[1], noise[0])
        return np.asarray(total)

    def _factor(self, total: Floats) -> Floats:
        total[np.diag_indices_from(total)] += self._extra
        return np.asarray(cholesky(total, lower=True, overwrite_a=True))

    def _solved(self, total: Floats, theta: Floats) -> tuple[Floats, Floats, float]:
        root = self._factor(total)
        weights = cho_solve((root, True), self.target)
        off = (theta - self.prior) / self.width
        value = self.target @ weights / 2 + np.log(np.diag(root)).sum() + off @ off / 2
        return root, weights, float(value)

    def _slopes(self, kernel: Kernel, outer: Floats) -> tuple[Floats, Floats, Floats]:
        """Half the trace of `outer` times the covariance's derivative by each hyperparameter: by
        log scales, log lengths and log weights (Rasmussen and Williams 2006, equation 5.9).

        By a coordinate the derivative is a product of its values at both points, or the square of
        their difference, with a factor that all coordinates share: so no matrix is made for each.
        """
        process, basin, early, *_ = kernel.scales
        shared = self._shared * outer
        diagonal = np.diag(outer)
        by_scale = kernel.scales * [
            np.vdot(outer, kernel.matern),
            np.vdot(outer, kernel.basin),
            np.vdot(shared, kernel.matern) + np.vdot(shared, kernel.linear),
            np.vdot(outer, self._same),
            np.vdot(outer, self._same_seed),
            diagonal[~self._is_final].sum(),
            diagonal[self._is_final].sum(),
        ]
        shared *= early
        by_length = (process * outer + shared) * kernel.steepness
        by_weight = 2 * basin * outer
        by_weight *= kernel.linear
        by_weight += shared
        return by_scale, kernel.squares(by_length), kernel.products(by_weight)


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
    def final(self) -> Floats:
        """Covariance of the final losses."""
        found = self.scales[0] * self.matern
        found += self.scales[1] * self.basin
        return np.asarray(found)

    @property
    def steepness(self) -> Floats:
        """What `matern` changes by with half the squared distance along a coordinate, in lengths,
        as the logarithm of its length grows."""
        return np.asarray(5 / 3 * (1 + self._far) * self._fall)

    def squares(self, factor: Floats) -> Floats:
        """By coordinate half the sum of `factor` times the squared differences, in lengths."""
        first, second = self._first, self._second
        both = (first**2).T @ factor.sum(axis=1) + (second**2).T @ factor.sum(axis=0)
        return np.asarray(both / 2 - np.einsum("ij,ij->j", first, factor @ second))

    def products(self, factor: Floats) -> Floats:
        """By coordinate the sum of `factor` times what it adds to `linear`."""
        return np.asarray(np.einsum("ij,ij->j", self._left, factor @ self._right))
