"""The posterior of the final loss over all dimensions of the space: what it is asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from results.analysis.coordinates import Axis, Floats
from results.analysis.observations import Observations, observe
from results.analysis.surrogate import Surrogate
from results.run_data import RunData
from search_spaces import Config
from search_spaces.values import identity

NUM_DRAWS = 400
"""Surfaces drawn for an interval: its 5 % ends rest on 20 draws each."""

LINE = 81
"""Points on the main dimension: 0.05 decades apart over four."""

MOST_SIZES = 9
"""Batch sizes looked at when they are a range rather than choices."""

FEWEST = 5
"""Full-length trials below which there is no surrogate for an answer, only a best trial."""

DIGITS = 2
"""Significant digits of a recommended value: 5 % of a learning rate changes nothing ..."""

FINEST = 0.02
"""... where a unit of the last one is no more than this share of the range: 0.985 of 0.95 to 0.999
is not 0.98."""


@dataclass(frozen=True)
class Posterior:
    """The fitted surrogate, asked in heights: logs of the final loss, or losses (see Scale)."""

    observations: Observations
    surrogate: Surrogate

    @cached_property
    def choosing(self) -> Posterior:
        """The same for choosing among those that ran to the end: their final losses weigh more."""
        return replace(self, surrogate=self.surrogate.with_final())

    def mean_of(self, configs: Sequence[Config]) -> Floats:
        """The expected final height of each configuration, shape (len(configs),)."""
        return self._heights(self.surrogate.mean(self.observations.points(configs)))

    def draws_of(self, configs: Sequence[Config], num: int, rng: np.random.Generator) -> Floats:
        """`num` joint draws of the final heights without noise, shape (num, len(configs))."""
        points = self.observations.points(configs)
        return self._heights(self.surrogate.draws(points, num, rng))

    def _heights(self, targets: Floats) -> Floats:
        return self.observations.scale.heights(targets, self.observations.budget)

    @property
    def noise(self) -> float:
        """Standard deviation of the height between trials of a good configuration."""
        return self.surrogate.noise * self.observations.scale.unit

    @cached_property
    def configs(self) -> list[Config]:
        """The section: main dimension x batch size through the base, all held by the space.

        What ran to the end where there is no main dimension, or the space holds nothing of that.
        """
        return grid_configs(self.observations) or _observed(self.observations)

    @cached_property
    def draws(self) -> Floats:
        """Surfaces without noise over the section, shape (NUM_DRAWS, len(configs))."""
        return self.draws_of(self.configs, NUM_DRAWS, np.random.default_rng(0))

    @cached_property
    def mean(self) -> Floats:
        """Expected height of each configuration of the section."""
        return np.asarray(self.draws.mean(axis=0))

    def rounded(self, place: int) -> Config:
        """The configuration at `place`, its values cut to DIGITS significant digits."""
        return rounded(self.observations, self.configs[place])

    def lowest_by_batch_size_drawn(self) -> tuple[list[Any], Floats]:
        """The batch sizes, and each draw's lowest height at each, shape (NUM_DRAWS, sizes)."""
        assert self.observations.batch is not None
        name = self.observations.batch.name
        sizes = list(dict.fromkeys(config.get(name) for config in self.configs))
        of_config = np.array([sizes.index(config.get(name)) for config in self.configs])
        lowest = [self.draws[:, of_config == place].min(axis=1) for place in range(len(sizes))]
        return sizes, np.stack(lowest, axis=1)


def fit_posterior(run: RunData, base: Config | None = None) -> Posterior | None:
    """The posterior for an answer, with a section through `base` (the best-ranked one).

    None where there is too little to fit one to, or nothing that it could be asked about.
    """
    observations = observe(run, base)
    if observations.num_full < FEWEST or not observations.dimensions:
        return None
    posterior = posterior_of(observations, averaged=True)
    return posterior if posterior.configs else None


def posterior_of(observations: Observations, *, averaged: bool = False) -> Posterior:
    """The posterior from whatever was observed; at least one curve must hold a loss.

    An answer's is `averaged` over hyperparameters, so as not to be too sure; what is tried next
    follows from the most probable ones (docs/posterior.md).
    """
    return Posterior(observations, Surrogate(observations.readings, averaged))


def grid_configs(observations: Observations) -> list[Config]:
    """Every value of the main dimension with every batch size, the rest as in the base.

    Those that the space does not hold are left out; none without a main dimension.
    """
    main, batch = observations.main, observations.batch
    if main is None:
        return []
    sizes: list[dict[str, Any]] = [{}]
    if batch is not None and batch != main:
        sizes = [{batch.name: value} for value in batch.line(MOST_SIZES)]
    found = [
        observations.held(size | {main.name: value}) for size in sizes for value in main.line(LINE)
    ]
    return [config for config in found if config is not None]


def _observed(observations: Observations) -> list[Config]:
    """The full-length configurations that the space holds, each once, in the order of a grid."""
    order = [axis for axis in (observations.batch, observations.main) if axis is not None]
    known = [
        c
        for c in observations.full_configs
        if observations.space.holds(c) and all(axis.name in c for axis in order)
    ]
    distinct = {identity(config): config for config in known}.values()
    return sorted(distinct, key=lambda config: [config[axis.name] for axis in order])


def rounded(observations: Observations, config: Config) -> Config:
    """The configuration with the values of continuous ranges as they would be written.

    As it is where the space does not hold that.
    """
    ranges = [d for d in observations.dimensions if d.is_continuous and d.name in config]
    return (
        observations.held({d.name: _rounded(config[d.name], d) for d in ranges}, config) or config
    )


def _rounded(value: float, axis: Axis) -> Any:
    """To DIGITS significant digits, and more where they would be coarse for the range."""
    if value == 0:
        return value
    fine = math.floor(math.log10(FINEST * axis.width_at(value)))
    unit = min(fine, math.floor(math.log10(abs(value))) + 1 - DIGITS)
    return axis.dimension.nearest(round(value, -unit))
