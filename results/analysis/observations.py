"""Which trials speak about the final loss, and what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from results.analysis.dimensions import Config, Dimension, Floats, coordinates, read_dimensions
from results.ranking import config_columns, full_length, ranking, row_config

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

    dimensions: Sequence[Dimension]
    winner: Config
    """The best-ranked configuration."""
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
    def main(self) -> Dimension | None:
        """The dimension that is searched most finely: lr, or else the first range, log first."""
        ranges = [d for d in self.dimensions if d.is_range]
        ranges.sort(key=lambda d: (d.name != "lr", not d.log))
        return ranges[0] if ranges else None

    @property
    def batch(self) -> Dimension | None:
        """The batch size, where it varies."""
        found = [d for d in self.dimensions if d.name == "batch_size" and d.is_numeric]
        return found[0] if found else None

    def loss(self, target: Any) -> Any:
        """The loss that a target stands for."""
        return np.exp(target) if self.is_log else target


def observe(trials: pd.DataFrame, space: Mapping[str, Any]) -> Observations:
    """What `trials` say about final losses in `space` (in its TOML form).

    Full-length trials count with their loss, diverged ones as bad. Trials stopped early know
    nothing of their end, but once a window around the winner has been confirmed, those far
    outside it in the main dimension count as bad as well: they lost to the trials within.
    """
    dimensions = read_dimensions(space)
    full = _spread(trials[full_length(trials)].sort_values("val_loss", kind="stable"))
    best = ranking(trials)
    blank = Observations(dimensions, row_config(best.iloc[0]), [], np.zeros(0), is_log=True)
    rejected = _evenly(trials[_rejected(trials, blank.main)], MOST_REJECTED)
    losses = full["val_loss"].to_numpy(dtype=float)
    is_log = bool((losses > 0).all())
    target = np.log(losses) if is_log else losses
    return Observations(
        dimensions,
        blank.winner,
        configs_of(full) + configs_of(rejected),
        np.append(target, np.full(len(rejected), np.inf)),
        is_log,
    )


def configs_of(trials: pd.DataFrame) -> list[Config]:
    """The configuration of each row."""
    return [row_config(row) for row in trials[config_columns(trials)].to_dict("records")]


def _rejected(trials: pd.DataFrame, main: Dimension | None) -> pd.Series:
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
