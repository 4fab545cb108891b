"""The posterior of the final loss over learning rate and batch size, as draws of the surrogate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from results.analysis.coordinates import Axis, Floats, coordinates
from results.analysis.observations import Observations, observe
from results.analysis.surrogate import Surrogate, fit_surrogate
from search_spaces import Config, Space
from search_spaces.values import identity

NUM_DRAWS = 400
"""Surfaces drawn for an interval: its 5 % ends rest on 20 draws each."""

LINE = 81
"""Points on the main dimension: 0.05 decades apart over four."""

MOST_SIZES = 9
"""Batch sizes looked at when they are a range rather than choices."""

FEWEST = 5
"""Full-length trials below which there is no surrogate at all, only a best trial."""

DIGITS = 2
"""Significant digits of a recommended value: 5 % of a learning rate changes nothing."""


@dataclass(frozen=True)
class Posterior:
    """The fitted surrogate over main dimension x batch size, the others at the winner's values."""

    observations: Observations
    surrogate: Surrogate
    configs: Sequence[Config]
    """All of them held by the space."""
    draws: Floats
    """Surfaces without noise, shape (NUM_DRAWS, len(configs))."""

    @cached_property
    def mean(self) -> Floats:
        """Expected target of each configuration."""
        return np.asarray(self.draws.mean(axis=0))

    @property
    def best(self) -> Config:
        """The configuration of the lowest expected loss, in figures that people type."""
        return self.rounded(int(self.mean.argmin()))

    def rounded(self, place: int) -> Config:
        """The configuration at `place`, its values cut to DIGITS significant digits."""
        return rounded(self.observations, self.configs[place])

    def lowest_by_batch_size_drawn(self) -> tuple[list[Any], Floats]:
        """The batch sizes, and each draw's lowest target at each, shape (NUM_DRAWS, sizes)."""
        assert self.observations.batch is not None
        name = self.observations.batch.name
        sizes = list(dict.fromkeys(config.get(name) for config in self.configs))
        of_config = np.array([sizes.index(config.get(name)) for config in self.configs])
        lowest = [self.draws[:, of_config == place].min(axis=1) for place in range(len(sizes))]
        return sizes, np.stack(lowest, axis=1)

    def thompson(self, num: int, rng: np.random.Generator) -> list[Config]:
        """`num` configurations, each the best of one drawn surrogate (Thompson 1933)."""
        chosen = rng.choice(len(self.draws), num, replace=num > len(self.draws))
        places = self.draws[chosen].argmin(axis=1)
        return [self.rounded(place) for place in places]


def fit_posterior(trials: pd.DataFrame, space: Space, seed: int = 0) -> Posterior | None:
    """The surrogate that `trials` carry, or None where there is too little to fit one to."""
    observations = observe(trials, space)
    if observations.main is None or observations.num_full < FEWEST:
        return None

    configs = grid_configs(observations) or _observed(observations)
    if not configs:
        return None

    rng = np.random.default_rng(seed)
    surrogate = fit_surrogate(observations.points, observations.target, rng)
    points = coordinates(observations.dimensions, configs)
    return Posterior(observations, surrogate, configs, surrogate.draws(points, NUM_DRAWS, rng))


def grid_configs(observations: Observations) -> list[Config]:
    """Every value of the main dimension with every batch size, the rest as in the winner.

    Those that the space does not hold are left out.
    """
    assert observations.main is not None
    sizes: list[dict[str, Any]] = [{}]
    if observations.batch is not None:
        sizes = [{observations.batch.name: value} for value in observations.batch.line(MOST_SIZES)]
    found = [
        observations.held(size | {observations.main.name: value})
        for size in sizes
        for value in observations.main.line(LINE)
    ]
    return [config for config in found if config is not None]


def _observed(observations: Observations) -> list[Config]:
    """The full-length configurations that the space holds, each once, in the order of a grid."""
    order = [axis for axis in (observations.batch, observations.main) if axis is not None]
    known = [c for c in observations.full_configs if all(axis.name in c for axis in order)]
    distinct = {identity(config): config for config in known}.values()
    return sorted(distinct, key=lambda config: [config[axis.name] for axis in order])


def rounded(observations: Observations, config: Config) -> Config:
    """The configuration with the values of continuous ranges cut to DIGITS significant digits.

    As it is where the space does not hold that.
    """
    ranges = [d for d in observations.dimensions if d.is_continuous and d.name in config]
    return (
        observations.held({d.name: _rounded(config[d.name], d) for d in ranges}, config) or config
    )


def _rounded(value: float, axis: Axis) -> Any:
    if value == 0:
        return value
    digits = DIGITS - 1 - math.floor(math.log10(abs(value)))
    return axis.dimension.nearest(round(value, digits))
