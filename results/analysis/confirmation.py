"""What to run at full length after the search, so that its answer can be trusted.

First runs at choices that the best configuration does not have, since early losses may be wrong
about those; then rounds of runs where the best may be, until the expected regret of the
leader is small or the epochs are spent; then a race: the best one, and those that fresh seeds may
show to be better, are trained with them, and whatever these show to be better still, until one
leads by all that is known and was not beaten there.

All functions are pure: the same record gives the same plan, so an interrupted confirmation goes on
where it was.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from record.lines import SEED_ROLE, WINDOW_ROLE
from results.analysis.confirmation_size import SEEDS, confirmation_size
from results.analysis.curves import by_rank, configs_of
from results.analysis.gain import expected_regret, gain_of_race
from results.analysis.observations import inside, observe
from results.analysis.posterior import NUM_DRAWS, Posterior, posterior_of, rounded
from results.analysis.proposals import best_tried, lowest_of, proposals, with_other_choices
from results.ranking import GROUPS
from results.run_data import RunData
from search_spaces import Config
from search_spaces.values import identity

ROUND = 4
"""Full-length runs between two fits."""

RACED = 3
"""Configurations that are trained with fresh seeds at first, at most; twice as many in the end."""

MOST_COMPARED = 12
"""Of the best among which contenders are looked for."""

FIRST_SEEDS = 2
"""Fresh seeds of each, before the leaders get more."""

FAR_BELOW = 1.5
"""A configuration that was seen to end at so much less than the leader's mean is raced too."""

MOST_OVER = 6
"""Fresh seeds beyond what a confirmation may take, where the lead goes from one to another."""

SMALL_REGRET = 0.005
"""Expected regret of the leader, as a share of the loss, below which no further configuration is
looked for. As much is to be gained by whoever is trained with fresh seeds beside it."""

SMALL_GAIN = 0.001
"""To be gained, as a share of the loss, by whoever joins a race that has begun."""

JOINING = FIRST_SEEDS
"""Fresh seeds that are kept for who joins a race: where the surface is lowest once the first ones
are known was often not trained before. Of a small confirmation, one of a single round, none are:
nobody may join, and an answer needs the runs."""


@dataclass(frozen=True)
class Round:
    """Configurations to train at full length next, side by side."""

    role: str
    """WINDOW_ROLE or SEED_ROLE."""
    configs: Sequence[Config]


def next_round(
    run: RunData,
    search_epochs: int,
    asked: Collection[str] = (),
    seed: int = 0,
    *,
    is_race_due: bool = False,
) -> Round | None:
    """The next round of a confirmation of a search of `search_epochs`; None when it is over.

    `asked` are the ids of the trials that this confirmation has planned so far: those of earlier
    ones count as what they showed, not as a part of its cost. The space holds all configurations.
    Where the race `is_race_due`, for want of time, no further configuration is looked for.
    None as well where no trial has a loss, or the space holds none of those that were tried.
    """
    observations = observe(run) if has_winner(run.trials) else None
    if observations is None or inside(observations.winner, run.space) is None:
        return None

    left = confirmation_size(search_epochs, run.budget) - len(asked)
    is_raced = any(run.roles[trial_id] == SEED_ROLE for trial_id in asked)
    if not observations.dimensions or not observations.num_curves:  # nothing to choose by
        alone = rounded(observations, observations.winner)
        return None if is_raced else Round(SEED_ROLE, [alone] * SEEDS)
    rng = np.random.default_rng([seed, len(run.trials)])
    posterior = posterior_of(observations)
    if is_raced:
        return _next_seeds(run, posterior.choosing, min(left, 0) if is_race_due else left, rng)
    contenders = _contenders(posterior.choosing, left, rng)
    kept = max(SEEDS + FIRST_SEEDS, len(contenders) + 1) + (JOINING if asked else 0)
    window = min(ROUND, left - kept)
    if window <= 0 or is_race_due:
        return Round(SEED_ROLE, contenders)
    others = [] if asked else with_other_choices(posterior, window, rng)
    if others:
        return Round(WINDOW_ROLE, others)
    if expected_regret(posterior, rng) > observations.scale.height(SMALL_REGRET):
        return Round(WINDOW_ROLE, proposals(posterior, window, rng))
    return Round(SEED_ROLE, contenders)


def _next_seeds(
    run: RunData, posterior: Posterior, left: int, rng: np.random.Generator
) -> Round | None:
    """More fresh seeds for whichever may still be the best; None once that is settled.

    Those that the leader had may have shown that another one is better, tried or not. One that was
    tried is trained even where the epochs are spent, if it is better by more than noise. The one
    that is recommended has the last word alone: its model is kept, its test loss read.
    """
    raced = fresh_losses(run)
    leader = leader_of(raced, posterior)
    known = {identity(entry.config) for entry in raced}
    is_affordable = left >= FIRST_SEEDS
    small = posterior.observations.scale.height(SMALL_GAIN)
    enough = small if is_affordable else posterior.noise
    if leader is not None and len(known) < 2 * RACED:
        lowest = [lowest_of(posterior, rng)] if is_affordable else []
        distinct = {identity(config): config for config in [*lowest, *_compared(posterior)]}
        others = [config for key, config in distinct.items() if key not in known]
        draws = posterior.draws_of([leader.config, *others], NUM_DRAWS, rng)
        for config, draw in zip(others, draws.T[1:], strict=True):
            gain = gain_of_race(draw - draws[:, 0], posterior.noise, FIRST_SEEDS)
            if gain > enough:
                return Round(SEED_ROLE, [config] * FIRST_SEEDS)
        seen = _seen_far_below(leader, posterior, known) if len(known) < RACED else None
        if seen is not None:
            return Round(SEED_ROLE, [seen] * FIRST_SEEDS)
    if leader is None or left < -MOST_OVER or (leader.was_last and len(leader.losses) >= SEEDS):
        return None
    return Round(SEED_ROLE, [leader.config])


def _seen_far_below(
    leader: Raced, posterior: Posterior, known: Collection[Hashable]
) -> Config | None:
    """The best-ranked configuration not yet raced, where it ended far below the leader's mean.

    It was lucky, or the surrogate is wrong: fresh seeds tell. None where losses have no ratio.
    """
    observations = posterior.observations
    if not observations.scale.is_log:
        return None
    for curve in by_rank(observations.curves):
        loss = curve.losses.get(observations.budget)
        if loss is None or loss * FAR_BELOW >= leader.mean:
            return None
        config = inside(curve.config, observations.space)
        figures = config and rounded(observations, config)
        if figures and identity(figures) not in known and identity(curve.config) not in known:
            return figures
    return None


def leader_of(raced: Sequence[Raced], posterior: Posterior) -> Raced | None:
    """Whom to recommend of those trained with fresh seeds; None where none of them got there.

    The one of the lowest expected loss that no other one has beaten there: by more than the noise
    of the two means, as the surrogate has it or as the seeds themselves show it, whichever is less.
    The surrogate knows more than a few fresh seeds do, which alone would choose the luckiest; but
    where it explains nothing all is noise to it.
    """
    known = [entry for entry in raced if np.isfinite(entry.mean)]
    heights = [float(posterior.observations.heights(np.array(e.losses)).mean()) for e in known]
    noise = min(posterior.noise, _noise_between_seeds(posterior, known))
    unsure = [noise / math.sqrt(len(entry.losses)) for entry in known]

    def is_beaten(place: int) -> bool:
        return any(
            heights[place] - heights[other] > math.hypot(unsure[place], unsure[other])
            for other in range(len(known))
        )

    if not known:
        return None
    expected = posterior.mean_of([entry.config for entry in known])
    return known[min(range(len(known)), key=lambda place: (is_beaten(place), expected[place]))]


def _noise_between_seeds(posterior: Posterior, raced: Sequence[Raced]) -> float:
    """Standard deviation of the height between fresh seeds of one configuration, over all raced.

    Infinite where none has two.
    """
    repeated = [posterior.observations.heights(np.array(e.losses)) for e in raced]
    freedom = sum(len(heights) - 1 for heights in repeated)
    squares = sum(float(((heights - heights.mean()) ** 2).sum()) for heights in repeated)
    return math.sqrt(squares / freedom) if freedom else math.inf


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
        configs_of(trials), trials["status"], trials["objective"], strict=True
    ):
        configs[identity(config)] = config
        ended = float(loss) if status == "finished" else np.inf
        losses.setdefault(identity(config), []).append(ended)
    last = identity(configs_of(trials.tail(1))[0]) if len(trials) else None
    raced = [Raced(configs[key], losses[key], key == last) for key in losses]
    return sorted(raced, key=lambda entry: entry.mean)


def _contenders(posterior: Posterior, most: int, rng: np.random.Generator) -> list[Config]:
    """Whom to train with fresh seeds, at most `most` times in all: the best one and those that
    fresh seeds may show to be better.

    The best one is where the surface is lowest, tried or not: in a basin that lies between what
    was tried. Where only one can be trained, it is one that was.
    """
    ranked = _compared(posterior)
    num = max(1, min(RACED, (most - 1) // FIRST_SEEDS))
    lowest = lowest_of(posterior, rng)
    if num > 1 and identity(lowest) not in map(identity, ranked):
        expected = posterior.mean_of([lowest, ranked[0]])
        ranked = [lowest, *ranked] if expected[0] < expected[1] else ranked
    draws = posterior.draws_of(ranked, NUM_DRAWS, rng)
    chosen = [0]
    for place in range(1, len(ranked)):
        gains = [
            gain_of_race(draws[:, place] - draws[:, c], posterior.noise, FIRST_SEEDS)
            for c in chosen
        ]
        if min(gains) > posterior.observations.scale.height(SMALL_REGRET):
            chosen.append(place)
    best = [ranked[place] for place in chosen[:num]]
    each = FIRST_SEEDS if len(best) > 1 else SEEDS
    return [config for config in best for _ in range(each)]


def _compared(posterior: Posterior) -> list[Config]:
    """The best of those that ran to the end, as they would be recommended, best first."""
    observations = posterior.observations
    full = {identity(config) for config in observations.full_configs}
    tried = [c for c in best_tried(posterior, len(observations.curves)) if identity(c) in full]
    winner = inside(observations.winner, observations.space)
    assert winner is not None, "next_round has looked"
    distinct: dict[Hashable, Config] = {}
    for config in tried or [winner]:
        figures = rounded(observations, config)
        distinct.setdefault(identity(figures), figures)
    return list(distinct.values())[:MOST_COMPARED]


def has_winner(trials: pd.DataFrame) -> bool:
    """Whether any trial ended well enough to be called best."""
    running = trials["status"].map(GROUPS) <= GROUPS["stopped"]
    return bool((running & np.isfinite(trials["objective"].astype(float))).any())
