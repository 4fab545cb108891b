"""Where the best value of each dimension lies, and which values are as good within noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from results.analysis.coordinates import Axis, Floats
from results.analysis.observations import Observations, inside
from results.analysis.posterior import LINE, NUM_DRAWS, Posterior
from search_spaces import Config

LEVEL = 0.90
"""Chance with which an interval holds the best value."""

SMALLEST_MARGIN = 0.01
"""Losses within 1 % count as equal even when seeds differ by less."""

BEYOND = 1 / 8
"""Share of the range, out from each end of an interval, at which flanks are compared: ..."""

MOVED = 1 / 25
"""... the end at the steeper one moves out by this share of the range for each factor of e, since
a smooth surface rounds the foot of a steep flank, and has its lowest point too far from it ..."""

STEEPEST = 7.0
"""... up to this factor."""


@dataclass(frozen=True)
class Profile:
    """One dimension looked at along a line through the recommended configuration."""

    dimension: Axis
    values: Sequence[Any]
    """Those of the line that the space holds."""
    ends: Sequence[tuple[Any, Any]]
    """Between which values each one stands for all: those nearer to it than to the next."""
    difference: Floats
    """Drawn heights minus that of the recommended configuration, (NUM_DRAWS, len(values))."""
    here: int
    """Place of the recommended value."""

    def interval(self) -> tuple[Any, Any]:
        """Holds the best value with LEVEL: between these shares of the draws' lowest points.

        A point of a range stands for everything nearer to it than to the next, so the ends
        lie half a step further out, and the one at a steeper flank further still. It reaches to
        the recommended value, which won with fresh seeds, whatever the surface says.
        """
        places = self.difference.argmin(axis=1)
        tail = (1 - LEVEL) / 2
        low, high = np.quantile(places, [tail, 1 - tail], method="nearest").astype(int)
        low, high = self._to_the_foot(min(low, self.here), max(high, self.here))
        return self.ends[low][0], self.ends[high][1]

    def _to_the_foot(self, low: int, high: int) -> tuple[int, int]:
        """The places of the ends of an interval, the one at the steeper flank moved out.

        As they are where an end of the range is one of them: what is beyond it has no flank.
        """
        if not self.dimension.is_range or low == 0 or high == len(self.values) - 1:
            return low, high
        where = self.dimension.coordinates(self.values)[:, 0]
        mean = self.difference.mean(axis=0)
        outside = [where[low] - BEYOND, where[high] + BEYOND]
        rises = np.interp(outside, where, mean - mean.min())
        left, right = np.maximum(rises, rises.max() / STEEPEST)
        if left == right:
            return low, high
        steeper = MOVED * math.log(right / left)
        if steeper > 0:
            return low, int(np.abs(where - where[high] - steeper).argmin())
        return int(np.abs(where - where[low] - steeper).argmin()), high

    def as_good(self, margin: float) -> list[Any]:
        """Values whose height exceeds that of the recommended one by less than `margin`, surely.

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
    dimensions = posterior.observations.dimensions
    known = [d for d in dimensions if d.name in config and _is_on(d, config[d.name])]
    return [_profile(posterior, config, dimension, rng) for dimension in known]


def margin(posterior: Posterior) -> float:
    """What counts as a difference of heights: one standard deviation between seeds."""
    return max(posterior.observations.scale.height(SMALLEST_MARGIN), posterior.noise)


def _profile(
    posterior: Posterior, config: Config, dimension: Axis, rng: np.random.Generator
) -> Profile:
    line = _Line(posterior.observations, config, dimension)
    draws = posterior.draws_of(line.held, NUM_DRAWS, rng)
    here = line.places.index(line.here)
    values = [line.values[place] for place in line.places]
    ends = [
        (line.between(place, place - 1), line.between(place, place + 1)) for place in line.places
    ]
    return Profile(dimension, values, ends, draws - draws[:, [here]], here)


class _Line:
    """The values of one dimension, the configuration at each, and which of them are held."""

    def __init__(self, observations: Observations, config: Config, dimension: Axis) -> None:
        self.observations, self.dimension = observations, dimension
        self.base = inside(config, observations.space) or config
        self.values = dimension.line(LINE)
        self.here = _place(dimension, self.values, config[dimension.name])
        self.values[self.here] = config[dimension.name]
        self.configs = [self._at(value) for value in self.values]
        self.configs[self.here] = config
        self.places = [place for place, found in enumerate(self.configs) if found is not None]

    @property
    def held(self) -> list[Config]:
        """The configurations that the space holds."""
        return [config for config in self.configs if config is not None]

    def between(self, place: int, beyond: int) -> Any:
        """The value midway between two places of a continuous range, where both are held.

        Otherwise, and at the end of the line, the first one.
        """
        value = self.values[place]
        if not self.dimension.is_continuous or beyond not in range(len(self.values)):
            return value
        pair = self.dimension.coordinates([value, self.values[beyond]])
        midway = self.dimension.value(float(pair.mean()))
        return value if self.configs[beyond] is None or self._at(midway) is None else midway

    def _at(self, value: Any) -> Config | None:
        return self.observations.held({self.dimension.name: value}, self.base)


def _is_on(dimension: Axis, value: Any) -> bool:
    """Whether the line along a dimension goes through `value`."""
    if dimension.is_numeric:
        return isinstance(value, int | float)
    return value in dimension.choices


def _place(dimension: Axis, values: Sequence[Any], value: Any) -> int:
    """Where `value` stands among `values` or is to stand: for its nearest number, or any word."""
    if value in values:
        return list(values).index(value)
    if not dimension.is_numeric:
        return 0
    return int(np.argmin([abs(other - value) for other in values]))


def _connected(good: np.ndarray, here: int) -> np.ndarray:
    """The stretch of true values around `here`."""
    bad = np.flatnonzero(~good)
    low = bad[bad < here].max(initial=-1)
    high = bad[bad > here].min(initial=len(good))
    places = np.arange(len(good))
    return np.asarray((places > low) & (places < high))
