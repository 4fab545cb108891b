"""What to try next: configurations that may be the best one, or tell which one is."""

from __future__ import annotations

import numpy as np

from results.analysis.candidates import candidates
from results.analysis.curves import by_rank
from results.analysis.posterior import Posterior, rounded
from search_spaces import Config
from search_spaces.values import identity

BEST = 6
"""Configurations around which candidates are looked for."""


def proposals(posterior: Posterior, num: int, rng: np.random.Generator) -> list[Config]:
    """`num` configurations to try next, each the best of one drawn surface (Thompson 1933).

    None of those observed, running ones included, as long as the space holds others.
    """
    observations = posterior.observations
    pool = pool_of(posterior, rng)
    known = {identity(curve.config) for curve in observations.curves}
    new = [config for config in pool if identity(config) not in known] or pool
    draws = posterior.draws_of(new, num, rng)
    found: list[Config] = []
    for draw in draws:
        order = np.argsort(draw, kind="stable")
        place = next((p for p in order if new[p] not in found), order[0])
        found.append(new[place])
    return [rounded(observations, config) for config in found]


def pool_of(posterior: Posterior, rng: np.random.Generator) -> list[Config]:
    """Candidates everywhere, and around the configurations of the lowest expected loss."""
    return candidates(posterior.observations.space, best_tried(posterior, BEST), rng)


def best_tried(posterior: Posterior, num: int) -> list[Config]:
    """Of those tried that the space holds, the `num` of the lowest expected loss."""
    observations = posterior.observations
    tried = {
        identity(curve.config): curve.config
        for curve in by_rank(observations.curves)
        if curve.losses and not curve.diverged and observations.space.holds(curve.config)
    }
    configs = list(tried.values())
    if not configs:
        return []
    order = np.argsort(posterior.mean_of(configs), kind="stable")
    return [configs[place] for place in order[:num]]
