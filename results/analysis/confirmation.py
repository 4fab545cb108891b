"""What to run at full length after the search, so that its answer can be trusted.

Early stopping leaves too few full-length trials to infer from. The confirmation adds some
without early stopping, in two rounds: half in a window around the winner, half where surfaces
drawn from what is known by then are lowest (Thompson sampling), so that the runs observe where
the optimum may be. Last, the recommended configuration itself is trained with fresh seeds.

All functions are pure: the same trials give the same plan, so an interrupted confirmation goes on
where it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd

from results.analysis.coordinates import Axis
from results.analysis.observations import Observations, observe
from results.analysis.posterior import MOST_SIZES, fit_posterior, rounded
from results.analysis.surrogate import one_thread
from results.ranking import GROUPS, ranking, row_config
from search_spaces import Config, Space

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
def window(trials: pd.DataFrame, space: Space, num: int, seed: int = 0) -> list[Config]:
    """`num` configurations to train at full length next, without early stopping.

    As long as `trials` hold none of the confirm stage they fill a box around the winner evenly;
    after that they are draws of where the optimum may be. Dimensions other than the main one
    (lr) and the batch size keep the winner's values. The space holds all of them. Empty when no
    trial has a loss, or none that the space holds.
    """
    if not has_winner(trials):
        return []

    observations = observe(trials, space)
    if observations.main is None:
        return _repeats(trials, space, num)
    if (trials["stage"] == "confirm").any():
        posterior = fit_posterior(trials, space, seed)
        if posterior is not None:
            return posterior.thompson(num, np.random.default_rng([seed, len(trials)]))
    return _box(observations, observations.main, num) or _repeats(trials, space, num)


@one_thread
def recommended_config(trials: pd.DataFrame, space: Space, seed: int = 0) -> Config:
    """The configuration to train with fresh seeds: of lowest expected final loss.

    Without a surface to expect anything from it is the best-ranked one. Raises ValueError when
    no trial has a loss, or the space holds none of what was tried.
    """
    if not has_winner(trials):
        raise ValueError("nothing to recommend: no trial has a finite validation loss")

    posterior = fit_posterior(trials, space, seed)
    config = observe(trials, space).winner if posterior is None else posterior.best
    if not space.holds(config):
        raise ValueError("nothing to recommend: the space holds no configuration that was tried")
    return config


def has_winner(trials: pd.DataFrame) -> bool:
    """Whether any trial ended well enough to be called best."""
    running = trials["status"].map(GROUPS) <= GROUPS["stopped"]
    return bool((running & np.isfinite(trials["val_loss"].astype(float))).any())


def _box(observations: Observations, main: Axis, num: int) -> list[Config]:
    """`num` values of the main dimension, evenly spaced, the batch sizes in turn.

    Where the space does not hold a value with the batch size whose turn it is, the next one
    takes its place; values that it holds with none are passed over.
    """
    centre = float(main.coordinates([observations.winner[main.name]])[0, 0])
    low, high = max(0.0, centre - HALF_WIDTH), min(1.0, centre + HALF_WIDTH)
    places = low + (high - low) * (np.arange(num) + 0.5) / num
    sizes = _sizes(observations)
    found: list[Config] = []
    for turn, place in enumerate(places):
        value = {main.name: main.value(place)}
        tries = (
            observations.held(value | sizes[(turn + n) % len(sizes)]) for n in range(len(sizes))
        )
        found += [rounded(observations, config) for config in islice(filter(None, tries), 1)]
    return _in_turn(found, num)


def _sizes(observations: Observations) -> list[Config]:
    """The winner's batch size and its neighbours, each as a part of a configuration."""
    batch = observations.batch
    if batch is None:
        return [{}]

    line = batch.line(MOST_SIZES)
    place = int(np.argmin([abs(value - observations.winner[batch.name]) for value in line]))
    near = line[max(0, place - NEIGHBOURS) : place + NEIGHBOURS + 1]
    return [{batch.name: value} for value in near]


def _repeats(trials: pd.DataFrame, space: Space, num: int) -> list[Config]:
    """The best-ranked configurations again, in turn: all there is without a range to search."""
    ranked = (space.fitting(row_config(row)) for _, row in ranking(trials).iterrows())
    return _in_turn(list(islice(filter(None, ranked), SEEDS)), num)


def _in_turn(configs: list[Config], num: int) -> list[Config]:
    """`num` of the configurations, again from the first on after the last."""
    return [configs[turn % len(configs)] for turn in range(num)] if configs else []
