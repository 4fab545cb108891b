"""What to try next: configurations that may be the best one, or tell which one is."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import islice

import numpy as np

from results.analysis.candidates import candidates
from results.analysis.curves import by_rank
from results.analysis.posterior import Posterior, rounded
from search_spaces import Config
from search_spaces.values import identity

MOST_TRIED = 200
"""Trials, by rank, among which the best are looked for: of 10,000 the others are no candidates."""

BEST = 6
"""Configurations around which candidates are looked for."""


def proposals(posterior: Posterior, num: int, rng: np.random.Generator) -> list[Config]:
    """`num` configurations to try next, each the best of one drawn surface (Thompson 1933).

    None of those observed, running ones included, as long as the space holds others.
    """
    observations = posterior.observations
    pool = pool_of(posterior, rng)
    taken = {identity(curve.config) for curve in observations.curves}
    new = [config for config in pool if identity(config) not in taken] or pool
    found: list[Config] = []
    for draw in posterior.draws_of(new, num, rng):
        order = np.argsort(draw, kind="stable")
        ranked = (rounded(observations, new[place]) for place in order)
        first = rounded(observations, new[order[0]])
        config = next((c for c in ranked if identity(c) not in taken), first)
        taken.add(identity(config))
        found.append(config)
    return found


def lowest_of(posterior: Posterior, rng: np.random.Generator) -> Config:
    """The configuration of the lowest expected loss, as it would be recommended, tried or not."""
    pool = pool_of(posterior, rng)
    return rounded(posterior.observations, pool[int(posterior.mean_of(pool).argmin())])


def with_other_choices(posterior: Posterior, num: int, rng: np.random.Generator) -> list[Config]:
    """For each value of a choice that the best candidate has not, the best candidate that has it.

    Best by the expected loss; the `num` lowest of them.
    """
    observations = posterior.observations
    pool = pool_of(posterior, rng)
    best, *others = (pool[place] for place in np.argsort(posterior.mean_of(pool), kind="stable"))
    names = [axis.name for axis in observations.dimensions if axis.choices]
    best_has = {name: identity(best[name]) for name in names if name in best}
    found: dict[Hashable, Config] = {}
    for config in others:
        for name in names:
            if name in config and identity(config[name]) != best_has.get(name):
                found.setdefault((name, identity(config[name])), config)
    distinct = {identity(config): config for config in found.values()}
    return [rounded(observations, config) for config in list(distinct.values())[:num]]


def pool_of(posterior: Posterior, rng: np.random.Generator) -> list[Config]:
    """Candidates everywhere, and around the configurations of the lowest expected loss."""
    return candidates(posterior.observations.space, best_tried(posterior, BEST), rng)


def best_tried(posterior: Posterior, num: int) -> list[Config]:
    """Of the MOST_TRIED best-ranked that the space holds, the `num` of the lowest expected loss."""
    observations = posterior.observations
    ranked = (curve for curve in by_rank(observations.curves) if curve.losses)
    known = (c.config for c in ranked if not c.diverged and observations.space.holds(c.config))
    tried = {identity(config): config for config in islice(known, MOST_TRIED)}
    configs = list(tried.values())
    if not configs:
        return []
    order = np.argsort(posterior.mean_of(configs), kind="stable")
    return [configs[place] for place in order[:num]]
