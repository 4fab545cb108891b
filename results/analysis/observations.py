"""What the trials of a run say about the final loss, as the surrogate takes it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from results.analysis.coordinates import ABSENT, Axis, Floats, axes_of, coordinates, evenly
from results.analysis.curves import Curve, by_rank, curves_of
from results.analysis.density import Readings
from results.analysis.never_trained import never_trained_in, without
from results.run_data import RunData
from search_spaces import Config, Space

MOST_CURVES = 100
"""Trials that a surrogate is fitted to: the best half of them and a spread of the rest. The fit
costs the cube of their number."""

MOST_DIVERGED = 40
"""Diverged ones beside them: they only mark where not to look ..."""

SPREAD_OF_DIVERGED = 0.5
"""... since where they would have ended, at the worst target, is as uncertain as this."""

LOWEST_SHARE, LOWER_SHARE = 0.1, 1 / 3
"""The size of a basin is how far these quantiles of the losses lie apart, which no single odd loss
changes ..."""

SMALLEST_SIZE = 0.02
"""... but 2 % at least: smaller differences are noise."""

UNDAMPED = 5.0
"""The target's unit, in sizes of the basin: within it noise has to be the same everywhere ..."""

FAR = 1.0
"""... but at most this, unless the basin is larger still: losses of e times the lowest tell little
about where that is."""

SPREAD_OF_BAD = 0.3
"""Growth of the uncertainty with each unit by which a loss lies above one unit: how bad a bad
configuration is must not shape the basin."""

HIGHEST = 6.0
"""Target above which losses count as equal, 400 units above the lowest: one that almost diverged
must not make all others look alike, where losses have no logarithm."""

SPAN = 9.0
"""Shares of the budget over which early losses count as certain to have changed."""


@dataclass(frozen=True)
class Scale:
    """Losses as targets: distances above the lowest in units, damped above one of them.

    target = log1p((z - lowest) / unit), linear below 0 and HIGHEST at most, where z is the log of
    the loss (the loss itself where losses may be below 0).
    """

    lowest: Mapping[int, float]
    """Lowest z at each epoch at which trials are compared."""
    size: float
    """Of the basin, as a difference of z."""
    floor: float | None
    """What a loss of 0 counts as where logs are taken; None where losses may be below 0."""

    @property
    def is_log(self) -> bool:
        """Whether z is the log of the loss."""
        return self.floor is not None

    @property
    def unit(self) -> float:
        """Difference of z from which on it is damped."""
        most = max(self.size, FAR) if self.is_log else math.inf
        return min(UNDAMPED * self.size, most)

    def targets(self, losses: Floats, epoch: int) -> Floats:
        """Of losses after `epoch` epochs, shape (n,)."""
        above = (_heights(losses, self.floor) - self.lowest[epoch]) / self.unit
        damped = np.minimum(np.log1p(np.maximum(above, 0)), HIGHEST)
        return np.where(above > 0, damped, above)

    def height(self, share: float) -> float:
        """What counts as `share` of a loss, as a difference of z.

        Of a number that may lie below 0, and so has no size of its own, that share of the basin's:
        adding a constant to it changes nothing.
        """
        return share if self.is_log else share * self.size

    def heights(self, targets: Floats, epoch: int) -> Floats:
        """The z that targets stand for: the inverse of `targets` up to the logarithm."""
        above = np.where(targets > 0, np.expm1(np.maximum(targets, 0)), targets)
        return np.asarray(self.lowest[epoch] + self.unit * above)


@dataclass(frozen=True)
class Observations:
    """The curves of a run in its space."""

    space: Space
    dimensions: Sequence[Axis]
    curves: Sequence[Curve]
    budget: int
    """Epochs of a full-length trial."""
    given_base: Config | None = None
    """The configuration that is asked about, where it is not the winner."""

    @cached_property
    def winner(self) -> Config:
        """The best-ranked configuration, as the space holds it or next to one that it holds.

        As it is where there is none.
        """
        ranked = [curve.config for curve in by_rank(self.curves)]
        found = (inside(config, self.space) for config in ranked)
        return next(filter(None, found), ranked[0] if ranked else {})

    @property
    def base(self) -> Config:
        """The configuration through which sections of the surface go."""
        return self.winner if self.given_base is None else self.given_base

    @property
    def full_configs(self) -> list[Config]:
        """Those that ran to the end, one entry per trial."""
        return [curve.config for curve in self.curves if self.budget in curve.losses]

    @property
    def num_curves(self) -> int:
        """Trials that a surrogate can be fitted to: they have a loss and did not diverge."""
        return sum(bool(curve.losses) and not curve.diverged for curve in self.curves)

    @property
    def num_full(self) -> int:
        """Full-length trials among them."""
        return len(self.full_configs)

    @property
    def main(self) -> Axis | None:
        """The numeric dimension that is searched most finely: of the ranges, or else of the choices
        among numbers, lr, or else the first one, log first.

        Of those that `base` has, as for the batch size, which it is where there is no other.
        """
        order = sorted(
            self._numeric,
            key=lambda d: (d.name == "batch_size", not d.is_range, d.name != "lr", not d.log),
        )
        return next(iter(order), None)

    @property
    def batch(self) -> Axis | None:
        """The batch size, where it varies."""
        return next((d for d in self._numeric if d.name == "batch_size"), None)

    @property
    def _numeric(self) -> list[Axis]:
        return [d for d in self.dimensions if d.is_numeric and d.name in self.base]

    def held(self, values: Config, base: Config | None = None) -> Config | None:
        """The configuration with these values, the others as in `base` (by default our own).

        What that lacks lies in the middle of its dimension. None where the space does not hold it.
        """
        return self.space.fitting(self._middle | (self.base if base is None else base) | values)

    @cached_property
    def _middle(self) -> Config:
        return {axis.name: axis.value(ABSENT) for axis in self.dimensions}

    @cached_property
    def scale(self) -> Scale:
        """What makes targets of the losses."""
        floor = _floor([loss for curve in self.curves for loss in curve.losses.values()])
        at = {
            epoch: _heights(
                np.array([c.losses[epoch] for c in self.curves if epoch in c.losses]), floor
            )
            for epoch in sorted({epoch for curve in self.curves for epoch in curve.losses})
        }
        first = max(at.values(), key=len)
        smallest = SMALLEST_SIZE * (_spread_of(first) if floor is None else 1.0)
        lowest, lower = np.quantile(first, [LOWEST_SHARE, LOWER_SHARE])
        size = max(float(lower - lowest), smallest)
        best = {epoch: float(heights.min()) for epoch, heights in at.items()}
        best.setdefault(self.budget, min(best.values()))
        return Scale(best, size, floor)

    def heights(self, losses: Floats) -> Floats:
        """Logarithms of losses; the losses themselves where they may be below 0."""
        return _heights(losses, self.scale.floor)

    def loss(self, heights: Any) -> Any:
        """The loss of a height: of the logarithm of one, unless losses may be below 0."""
        return np.exp(heights) if self.scale.is_log else heights

    def points(self, configs: Sequence[Config]) -> Floats:
        """Coordinates of configurations, (len(configs), d)."""
        return coordinates(self.dimensions, configs)

    @property
    def readings(self) -> Readings:
        """What the surrogate is fitted to: every loss at an epoch at which trials are compared.

        A diverged trial counts as ending where the worst did, very uncertainly.
        """
        curves = _spread([curve for curve in by_rank(self.curves) if not curve.diverged])
        diverged = evenly([curve for curve in self.curves if curve.diverged], MOST_DIVERGED)
        rows = [
            (place, epoch, loss)
            for place, curve in enumerate(curves)
            for epoch, loss in curve.losses.items()
        ]
        places, epochs, losses = map(np.array, zip(*rows, strict=True))
        target = np.empty(len(rows))
        for epoch in np.unique(epochs):
            target[epochs == epoch] = self.scale.targets(losses[epochs == epoch], int(epoch))
        spread = np.clip(SPREAD_OF_BAD * (target - 1), 0, 1)
        num, lost = len(curves), len(diverged)
        seeds = np.array([curve.seed for curve in curves])[places]
        return Readings(
            points=self.points([curve.config for curve in (*curves, *diverged)])[
                np.append(places, np.arange(num, num + lost))
            ],
            left=np.append([left(epoch, self.budget) for epoch in epochs], np.zeros(lost)),
            target=np.append(target, np.full(lost, target.max())),
            trials=np.append(places, np.arange(num, num + lost)),
            seeds=np.append(seeds, -1 - np.arange(lost)),
            spread=np.append(spread, np.full(lost, SPREAD_OF_DIVERGED)),
        )


def observe(run: RunData, base: Config | None = None) -> Observations:
    """What the trials of `run` say about final losses in its space, with sections through `base`.

    That is without the choices with which every trial failed: nobody could train with them.
    """
    space = without(run.space, never_trained_in(run))
    return Observations(space, axes_of(space), curves_of(run), run.budget, base)


def left(epoch: int, budget: int) -> float:
    """What is left of the training, as the surrogate measures it: 1 at a ninth, 0 at the end."""
    return (math.log(budget / epoch) / math.log(SPAN)) ** 1.5 if epoch < budget else 0.0


def inside(config: Config, space: Space) -> Config | None:
    """The configuration moved to the next one in the space; None where the space holds none."""
    try:
        return space.fitting(space.nearest(config))
    except ValueError:
        return None


def _heights(losses: Floats, floor: float | None) -> Floats:
    known = np.asarray(losses, dtype=float)
    return known if floor is None else np.log(np.maximum(known, floor))


def _floor(losses: Sequence[float]) -> float | None:
    """Half the lowest of them that is above 0; None where one is below.

    A loss of 0 has no logarithm, and is no sign that losses have no size: outputs that are far
    enough from each other bring it about.
    """
    if min(losses) < 0:
        return None
    return min((loss for loss in losses if loss > 0), default=2.0) / 2


def _spread_of(heights: Floats) -> float:
    """Their standard deviation as their quartiles have it: what almost diverged has no say."""
    low, high = np.quantile(heights, [0.25, 0.75])
    return float((high - low) / 1.349 or heights.std() or 1.0)


def _spread(ranked: Sequence[Curve]) -> list[Curve]:
    """At most MOST_CURVES of them: the best half, and evenly many of the rest."""
    known = [curve for curve in ranked if curve.losses]
    half = MOST_CURVES // 2
    return known if len(known) <= MOST_CURVES else known[:half] + evenly(known[half:], half)
