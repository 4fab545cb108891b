"""What to run at full length after the search, so that its answer can be trusted.

First rounds of runs where the best configuration may be, until the expected regret of the leader
is small or the epochs are spent; then a race: the best few are trained with fresh seeds, until one
of them is best both by its fresh seeds alone and by all that is known.

All functions are pure: the same record gives the same plan, so an interrupted confirmation goes on
where it was.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from record.lines import SEED_ROLE, WINDOW_ROLE
from results.analysis.curves import configs_of
from results.analysis.observations import inside, observe
from results.analysis.posterior import NUM_DRAWS, Posterior, posterior_of, rounded
from results.analysis.proposals import best_tried, pool_of, proposals
from results.analysis.surrogate import one_thread
from results.ranking import GROUPS
from results.run_data import RunData
from search_spaces import Config
from search_spaces.values import identity

SHARE = 0.25
"""Of the search's epochs that its confirmation may take; up to all of them ..."""

FEW = 11
"""... for so many full-length runs, which most answers need."""

ROUND = 4
"""Full-length runs between two fits."""

MOST_WINDOW = 24
"""Runs to look for a better configuration, at most."""

RACED = 3
"""Configurations that are trained with fresh seeds."""

MOST_COMPARED = 12
"""Of the best among which contenders are looked for."""

LEAST_APART = 0.3
"""Uncertainty of the difference of two contenders, in standard deviations between seeds."""

FIRST_SEEDS = 2
"""Fresh seeds of each, before the leaders get more."""

SEEDS = 3
"""Fresh seeds of the recommended configuration, at least."""

SMALL_REGRET = 0.005
"""Expected regret of the leader below which no further configuration is looked for."""


@dataclass(frozen=True)
class ConfirmationSize:
    """How many full-length runs a confirmation takes at most."""

    window: int
    seeds: int

    def epochs(self, budget: int) -> int:
        """What it costs, in epochs, when a full-length trial takes `budget`."""
        return (self.window + self.seeds) * budget


def confirmation_size(search_epochs: int, budget: int) -> ConfirmationSize:
    """A part of what the search took; at least the fresh seeds of one configuration."""
    affordable = search_epochs / budget
    runs = max(SEEDS, round(min(affordable, max(FEW, SHARE * affordable))))
    seeds = min(RACED * FIRST_SEEDS + 1, max(SEEDS, runs // 2))
    return ConfirmationSize(min(runs - seeds, MOST_WINDOW), seeds)


@dataclass(frozen=True)
class Round:
    """Configurations to train at full length next, side by side."""

    role: str
    """WINDOW_ROLE or SEED_ROLE."""
    configs: Sequence[Config]


@one_thread
def next_round(
    run: RunData, search_epochs: int, asked: Collection[str] = (), seed: int = 0
) -> Round | None:
    """The next round of a confirmation of a search of `search_epochs`; None when it is over.

    `asked` are the ids of the trials that this confirmation has planned so far: those of earlier
    ones count as what they showed, not as a part of its cost. The space holds all configurations.
    None as well where no trial has a loss, or the space holds none of those that were tried.
    """
    observations = observe(run) if has_winner(run.trials) else None
    if observations is None or inside(observations.winner, run.space) is None:
        return None

    size = confirmation_size(search_epochs, run.budget)
    roles = [run.roles[trial_id] for trial_id in asked]
    if not observations.dimensions or not observations.num_curves:  # nothing to choose by
        alone = rounded(observations, observations.winner)
        return None if SEED_ROLE in roles else Round(SEED_ROLE, [alone] * SEEDS)
    rng = np.random.default_rng([seed, len(run.trials)])
    posterior = posterior_of(observations)
    window = size.window - roles.count(WINDOW_ROLE)
    if SEED_ROLE in roles:
        return _leaders(run, posterior, size.seeds - roles.count(SEED_ROLE))
    if window > 0 and expected_regret(posterior, rng) > SMALL_REGRET:
        return Round(WINDOW_ROLE, proposals(posterior, min(ROUND, window), rng))
    return Round(SEED_ROLE, _contenders(posterior, size.seeds, rng))


def expected_regret(posterior: Posterior, rng: np.random.Generator, num: int = 64) -> float:
    """By how much the best of the space is expected to lie below the best one tried, in height.

    The expectation over `num` joint draws of what the best tried one has above the lowest.
    """
    leader = best_tried(posterior, 1)
    if not leader:
        return np.inf
    draws = posterior.draws_of([*leader, *pool_of(posterior, rng)], num, rng)
    return float((draws[:, 0] - draws.min(axis=1)).mean())


def _leaders(run: RunData, posterior: Posterior, left: int) -> Round | None:
    """One more fresh seed for whichever may still be the best; None once that is settled.

    The one that is recommended has the last word alone: its model is kept, its test loss read.
    """
    raced = fresh_losses(run)
    by_seeds = raced[0] if raced else None
    if by_seeds is None or not np.isfinite(by_seeds.mean):
        return None
    means = posterior.mean_of([entry.config for entry in raced])
    by_all = raced[int(np.where(np.isfinite([e.mean for e in raced]), means, np.inf).argmin())]
    if by_all is not by_seeds and left > 1:
        return Round(SEED_ROLE, [by_all.config, by_seeds.config])
    if by_seeds.was_last and len(by_seeds.losses) >= SEEDS:
        return None
    return Round(SEED_ROLE, [by_seeds.config])


@dataclass(frozen=True)
class Raced:
    """A configuration that was trained with fresh seeds."""

    config: Config
    losses: Sequence[float]
    """Final losses of its fresh seeds; infinite for those that did not get there."""
    was_last: bool
    """Whether the last of all fresh seeds was its own."""

    @property
    def mean(self) -> float:
        """Of the losses."""
        return float(np.mean(self.losses))


def fresh_losses(run: RunData) -> list[Raced]:
    """The configurations trained with fresh seeds, lowest mean first."""
    is_seed = run.trials["trial_id"].map(run.roles).eq(SEED_ROLE)
    trials = run.trials[is_seed & run.trials["status"].isin(["finished", "diverged", "failed"])]
    losses: dict[Hashable, list[float]] = {}
    configs = {}
    for config, status, loss in zip(
        configs_of(trials), trials["status"], trials["val_loss"], strict=True
    ):
        configs[identity(config)] = config
        ended = float(loss) if status == "finished" else np.inf
        losses.setdefault(identity(config), []).append(ended)
    last = identity(configs_of(trials.tail(1))[0]) if len(trials) else None
    raced = [Raced(configs[key], losses[key], key == last) for key in losses]
    return sorted(raced, key=lambda entry: entry.mean)


def _contenders(posterior: Posterior, num_seeds: int, rng: np.random.Generator) -> list[Config]:
    """The best few of those that ran to the end, as they will be recommended, each FIRST_SEEDS
    times; where that is more than `num_seeds`, fewer of them.

    Of those that surely end alike only the best: seeds cannot tell them apart.
    """
    observations = posterior.observations
    full = {identity(config) for config in observations.full_configs}
    tried = [c for c in best_tried(posterior, len(observations.curves)) if identity(c) in full]
    winner = inside(observations.winner, observations.space)
    assert winner is not None, "next_round has looked"
    distinct: dict[Hashable, Config] = {}
    for config in tried or [winner]:
        figures = rounded(observations, config)
        distinct.setdefault(identity(figures), figures)
    ranked = list(distinct.values())[:MOST_COMPARED]
    draws = posterior.draws_of(ranked, NUM_DRAWS, rng)
    chosen: list[int] = []
    for place in range(len(ranked)):
        apart = [(draws[:, place] - draws[:, other]).std() for other in chosen]
        if all(distance > LEAST_APART * posterior.noise for distance in apart):
            chosen.append(place)
    best = [ranked[place] for place in chosen[: max(1, min(RACED, num_seeds // FIRST_SEEDS))]]
    each = FIRST_SEEDS if len(best) > 1 else SEEDS
    return [config for config in best for _ in range(each)]


def has_winner(trials: pd.DataFrame) -> bool:
    """Whether any trial ended well enough to be called best."""
    running = trials["status"].map(GROUPS) <= GROUPS["stopped"]
    return bool((running & np.isfinite(trials["val_loss"].astype(float))).any())
