"""What to run at full length after the search, so that its answer can be trusted.

Early stopping leaves too few full-length trials to infer from. The confirmation adds some
without early stopping, in two rounds: half in a window around the winner, half where surfaces
drawn from what is known by then are lowest (Thompson sampling), so that the runs observe where
the optimum may be. Last, the recommended configuration itself is trained with fresh seeds.

All functions are pure: the same trials give the same plan, so an interrupted confirmation goes on
where it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from results.analysis.dimensions import Config, Dimension, complete
from results.analysis.observations import Observations, observe
from results.analysis.posterior import MOST_SIZES, fit_posterior, rounded
from results.analysis.surrogate import one_thread
from results.ranking import GROUPS, ranking, row_config

HALF_WIDTH = 0.2
"""Half the window's width as a share of the main dimension's range: 0.8 of 4 decades. Half of
that shows too little curvature to place the optimum; see docs/recommendation.md."""

NEIGHBOURS = 1
"""Tried batch sizes on either side of the winner's that the window holds."""

FEWEST_WINDOW = 12
"""Runs in the window below which the surface does not beat the best trial."""

SEEDS = 3
"""Fresh seeds of the recommended configuration."""


@dataclass(frozen=True)
class ConfirmationSize:
    """How many full-length runs a confirmation takes."""

    window: int
    seeds: int

    @property
    def rounds(self) -> tuple[int, int]:
        """Runs of the first and of the second round in the window."""
        return self.window - self.window // 2, self.window // 2

    def epochs(self, budget: int) -> int:
        """What it costs, in epochs, when a full-length trial takes `budget`."""
        return (self.window + self.seeds) * budget


def confirmation_size(search_epochs: int, budget: int, seeds: int = SEEDS) -> ConfirmationSize:
    """About as many epochs as the search spent, and no fewer runs than an answer needs."""
    runs = round(search_epochs / budget)
    return ConfirmationSize(max(FEWEST_WINDOW, runs - seeds), seeds)


@one_thread
def window(trials: pd.DataFrame, space: Mapping[str, Any], num: int, seed: int = 0) -> list[Config]:
    """`num` configurations to train at full length next, without early stopping.

    As long as `trials` hold none of the confirm stage they fill a box around the winner evenly;
    after that they are draws of where the optimum may be. Dimensions other than the main one
    (lr) and the batch size keep the winner's values. Empty when no trial has a loss.
    """
    if not has_winner(trials):
        return []

    observations = observe(trials, space)
    if observations.main is None:
        return _repeats(trials, num)
    if (trials["stage"] == "confirm").any():
        posterior = fit_posterior(trials, space, seed)
        if posterior is not None:
            return posterior.thompson(num, np.random.default_rng([seed, len(trials)]))
    return _box(observations, observations.main, num)


@one_thread
def recommended_config(trials: pd.DataFrame, space: Mapping[str, Any], seed: int = 0) -> Config:
    """The configuration to train with fresh seeds: of lowest expected final loss.

    Without a surface to expect anything from it is the best-ranked one. Raises ValueError when
    no trial has a loss.
    """
    if not has_winner(trials):
        raise ValueError("nothing to recommend: no trial has a finite validation loss")

    posterior = fit_posterior(trials, space, seed)
    return row_config(ranking(trials).iloc[0]) if posterior is None else posterior.best


def has_winner(trials: pd.DataFrame) -> bool:
    """Whether any trial ended well enough to be called best."""
    running = trials["status"].map(GROUPS) <= GROUPS["stopped"]
    return bool((running & np.isfinite(trials["val_loss"].astype(float))).any())


def _box(observations: Observations, main: Dimension, num: int) -> list[Config]:
    """`num` values of the main dimension, evenly spaced, the batch sizes in turn."""
    centre = float(main.coordinates([observations.winner.get(main.name)])[0, 0])
    low, high = max(0.0, centre - HALF_WIDTH), min(1.0, centre + HALF_WIDTH)
    places = low + (high - low) * (np.arange(num) + 0.5) / num
    sizes = _sizes(observations)
    configs = [
        complete(
            observations.dimensions,
            {main.name: main.value(place)} | sizes[turn % len(sizes)],
            observations.winner,
        )
        for turn, place in enumerate(places)
    ]
    return [rounded(observations.dimensions, config) for config in configs]


def _sizes(observations: Observations) -> list[Config]:
    """The winner's batch size and its neighbours, each as a part of a configuration."""
    batch = observations.batch
    if batch is None or batch.name not in observations.winner:
        return [{}]

    line = batch.line(MOST_SIZES)
    place = int(np.argmin([abs(value - observations.winner[batch.name]) for value in line]))
    near = line[max(0, place - NEIGHBOURS) : place + NEIGHBOURS + 1]
    return [{batch.name: value} for value in near]


def _repeats(trials: pd.DataFrame, num: int) -> list[Config]:
    """The best-ranked configurations again, in turn: all there is without a range to search."""
    best = [row_config(row) for _, row in ranking(trials).head(SEEDS).iterrows()]
    return [best[turn % len(best)] for turn in range(num)]
