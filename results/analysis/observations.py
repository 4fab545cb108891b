"""Which trials speak about the final loss, and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from results.analysis.coordinates import ABSENT, Axis, Floats, axes_of, coordinates
from results.ranking import GROUPS, config_columns, full_length, ranking, row_config
from search_spaces import Config, Space

MOST_FULL_LENGTH = 500
"""Full-length trials that a surface is fitted to: the best half of them and a spread of the
rest. The fit costs their number cubed."""

MOST_REJECTED = 100
"""Diverged and far-off stopped trials beside them; they only mark where not to look."""

FAR = 0.025
"""How far (share of the range) beyond the confirmed window a stopped trial counts as bad."""


@dataclass(frozen=True)
class Observations:
    """Configurations with the target that the surface is fitted to."""

    space: Space
    dimensions: Sequence[Axis]
    winner: Config
    """The best-ranked configuration, as the space holds it."""
    configs: Sequence[Config]
    target: Floats
    """Log of the final loss (the loss itself where losses may be below 0); infinite for
    diverged trials, and for those stopped early outside the confirmed window."""
    is_log: bool

    @property
    def num_full(self) -> int:
        """Full-length trials among them."""
        return int(np.isfinite(self.target).sum())

    @property
    def points(self) -> Floats:
        return coordinates(self.dimensions, self.configs)

    @property
    def main(self) -> Axis | None:
        """The dimension that is searched most finely: lr, or else the first range, log first.

        Of those that the winner has, as for the batch size.
        """
        ranges = [d for d in self.dimensions if d.is_range and d.name in self.winner]
        ranges.sort(key=lambda d: (d.name != "lr", not d.log))
        return ranges[0] if ranges else None

    @property
    def batch(self) -> Axis | None:
        """The batch size, where it varies."""
        numeric = [d for d in self.dimensions if d.is_numeric and d.name in self.winner]
        return next((d for d in numeric if d.name == "batch_size"), None)

    @cached_property
    def full_configs(self) -> list[Config]:
        """The full-length ones that the space holds."""
        pairs = zip(self.configs, self.target, strict=True)
        return [c for c, target in pairs if np.isfinite(target) and self.space.holds(c)]

    def held(self, values: Config, base: Config | None = None) -> Config | None:
        """The configuration with these values, the others as in `base` (the winner).

        What that lacks lies in the middle of its dimension. None where the space does not hold it.
        """
        return self.space.fitting(self._middle | (self.winner if base is None else base) | values)

    @cached_property
    def _middle(self) -> Config:
        return {axis.name: axis.value(ABSENT) for axis in self.dimensions}

    def loss(self, target: Any) -> Any:
        """The loss that a target stands for."""
        return np.exp(target) if self.is_log else target


def observe(trials: pd.DataFrame, space: Space) -> Observations:
    """What `trials` say about final losses in `space`.

    Full-length trials count with their loss, diverged ones as bad. Trials stopped early know
    nothing of their end, but once a window around the winner has been confirmed, those far
    outside it in the main dimension count as bad as well: they lost to the trials within.
    """
    dimensions = axes_of(space)
    full = _spread(trials[full_length(trials)].sort_values("val_loss", kind="stable"))
    blank = Observations(space, dimensions, _winner(trials, space), [], np.zeros(0), is_log=True)
    rejected = _evenly(trials[_rejected(trials, blank.main)], MOST_REJECTED)
    losses = full["val_loss"].to_numpy(dtype=float)
    is_log = bool((losses > 0).all())
    target = np.log(losses) if is_log else losses
    return Observations(
        space,
        dimensions,
        blank.winner,
        configs_of(full) + configs_of(rejected),
        np.append(target, np.full(len(rejected), np.inf)),
        is_log,
    )


def configs_of(trials: pd.DataFrame) -> list[Config]:
    """The configuration of each row."""
    return [row_config(row) for row in trials[config_columns(trials)].to_dict("records")]


def _winner(trials: pd.DataFrame, space: Space) -> Config:
    """The best-ranked configuration that the space holds, or that is next to one it holds.

    The best-ranked one as it is where there is none.
    """
    ranked = ranking(trials)
    ended = ranked[ranked["status"].map(GROUPS) <= GROUPS["stopped"]]
    found = (inside(row_config(row), space) for _, row in ended.iterrows())
    return next(filter(None, found), row_config(ranked.iloc[0]))


def inside(config: Config, space: Space) -> Config | None:
    """The configuration moved to the next one in the space; None where the space holds none."""
    try:
        return space.fitting(space.nearest(config))
    except ValueError:
        return None


def _rejected(trials: pd.DataFrame, main: Axis | None) -> pd.Series:
    """Diverged trials, and stopped ones outside the window that was confirmed."""
    diverged: pd.Series = trials["status"].eq("diverged")
    confirmed = (trials["stage"] == "confirm") & trials["status"].isin(["finished", "diverged"])
    if main is None or not confirmed.any() or f"config/{main.name}" not in trials:
        return diverged

    place = main.coordinates(trials[f"config/{main.name}"].tolist())[:, 0]
    low, high = place[confirmed].min() - FAR, place[confirmed].max() + FAR
    outside = pd.Series((place < low) | (place > high), index=trials.index)
    return diverged | (trials["status"].eq("stopped") & outside)


def _spread(ranked: pd.DataFrame) -> pd.DataFrame:
    """At most MOST_FULL_LENGTH rows: the best half of them, and evenly many of the rest."""
    half = MOST_FULL_LENGTH // 2
    if len(ranked) <= MOST_FULL_LENGTH:
        return ranked
    return pd.concat([ranked.head(half), _evenly(ranked.iloc[half:], half)])


def _evenly(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most `most` rows, evenly spaced."""
    if len(rows) <= most:
        return rows
    return rows.iloc[np.linspace(0, len(rows) - 1, most).round().astype(int)]
