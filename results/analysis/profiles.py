"""Where the best value of each dimension lies, and which values are as good within noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from results.analysis.dimensions import Config, Dimension, Floats, complete, coordinates
from results.analysis.posterior import LINE, NUM_DRAWS, Posterior

LEVEL = 0.90
"""Chance with which an interval holds the best value."""

SMALLEST_MARGIN = 0.01
"""Losses within 1 % count as equal even when seeds differ by less."""


@dataclass(frozen=True)
class Profile:
    """One dimension looked at along a line through the recommended configuration."""

    dimension: Dimension
    values: Sequence[Any]
    difference: Floats
    """Drawn targets minus that of the recommended configuration, (NUM_DRAWS, len(values))."""
    here: int
    """Place of the recommended value."""

    def interval(self) -> tuple[Any, Any]:
        """Holds the best value with LEVEL: between these shares of the draws' lowest points.

        A point of a range stands for everything nearer to it than to the next, so the ends
        lie half a step further out.
        """
        places = self.difference.argmin(axis=1)
        tail = (1 - LEVEL) / 2
        low, high = np.quantile(places, [tail, 1 - tail], method="nearest").astype(int)
        return self._midway(low, low - 1), self._midway(high, high + 1)

    def _midway(self, place: int, beyond: int) -> Any:
        """The value between two places of a continuous range; the first one otherwise."""
        value = self.values[place]
        if self.dimension.choices or self.dimension.whole or not 0 <= beyond < len(self.values):
            return value
        pair = self.dimension.coordinates([value, self.values[beyond]])
        return self.dimension.value(float(pair.mean()))

    def as_good(self, margin: float) -> list[Any]:
        """Values whose target exceeds that of the recommended one by less than `margin`, surely.

        The upper end of the 90 % interval of the difference decides. Of a range only those that
        connect to the recommended value.
        """
        upper = np.quantile(self.difference, (1 + LEVEL) / 2, axis=0)
        good = upper <= margin
        good[self.here] = True
        if self.dimension.is_range:
            good &= _connected(good, self.here)
        return [value for value, kept in zip(self.values, good, strict=True) if kept]


def profiles(posterior: Posterior, config: Config, rng: np.random.Generator) -> list[Profile]:
    """A line per dimension that `config` has, the other dimensions at `config`."""
    known = [d for d in posterior.observations.dimensions if _is_on(d, config.get(d.name))]
    return [_profile(posterior, config, dimension, rng) for dimension in known]


def margin(posterior: Posterior) -> float:
    """What counts as a difference, in units of the target: one standard deviation between seeds."""
    smallest = SMALLEST_MARGIN
    if not posterior.observations.is_log:
        smallest *= float(np.abs(posterior.surrogate.centre))
    return max(smallest, posterior.surrogate.noise)


def _profile(
    posterior: Posterior, config: Config, dimension: Dimension, rng: np.random.Generator
) -> Profile:
    values = dimension.line(LINE)
    here = _place(values, config[dimension.name])
    values[here] = config[dimension.name]
    dimensions = posterior.observations.dimensions
    configs = [complete(dimensions, {**config, dimension.name: value}, config) for value in values]
    draws = posterior.surrogate.draws(coordinates(dimensions, configs), NUM_DRAWS, rng)
    return Profile(dimension, values, draws - draws[:, [here]], here)


def _is_on(dimension: Dimension, value: Any) -> bool:
    """Whether the line along a dimension goes through `value`."""
    if dimension.is_numeric:
        return isinstance(value, int | float)
    return value in dimension.choices


def _place(values: Sequence[Any], value: Any) -> int:
    """Where `value` stands among `values`, or its nearest number."""
    if value in values:
        return list(values).index(value)
    return int(np.argmin([abs(other - value) for other in values]))


def _connected(good: np.ndarray, here: int) -> np.ndarray:
    """The stretch of true values around `here`."""
    bad = np.flatnonzero(~good)
    low = bad[bad < here].max(initial=-1)
    high = bad[bad > here].min(initial=len(good))
    places = np.arange(len(good))
    return np.asarray((places > low) & (places < high))
