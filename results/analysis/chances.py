"""How probably each choice is the best one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from results.analysis.coordinates import Axis
from results.analysis.posterior import NUM_DRAWS, Posterior
from results.analysis.proposals import pool_of
from results.analysis.surrogate import share_of
from search_spaces import Config
from search_spaces.values import identity


def batch_size_chances(posterior: Posterior) -> dict[Any, float]:
    """How often each batch size holds the lowest point of a drawn surface; empty without any."""
    if posterior.observations.batch is None:
        return {}
    sizes, lowest = posterior.lowest_by_batch_size_drawn()
    shares = share_of(lowest.argmin(axis=1), len(sizes))
    return {size: float(share) for size, share in zip(sizes, shares, strict=True)}


def choice_chances(posterior: Posterior, config: Config) -> dict[str, list[dict[str, Any]]]:
    """Of each choice that `config` has, the batch size aside: {"value", "probability"} of each of
    its values.

    How often it stands in the lowest of a pool of candidates of a drawn surface, each value with
    whatever suits it best; of the draws whose lowest one has that choice at all.
    """
    known = [axis for axis in posterior.observations.dimensions if axis.name in config]
    axes = [axis for axis in known if axis.choices and axis != posterior.observations.batch]
    if not axes:
        return {}
    rng = np.random.default_rng(0)
    pool = pool_of(posterior, rng)
    lowest = posterior.draws_of(pool, NUM_DRAWS, rng).argmin(axis=1)
    best = [pool[place] for place in lowest]
    return {axis.name: shares for axis in axes if (shares := _shares(axis, best))}


def _shares(axis: Axis, best: Sequence[Config]) -> list[dict[str, Any]]:
    keys = [identity(value) for value in axis.choices]
    found = [identity(config[axis.name]) for config in best if axis.name in config]
    places = [keys.index(key) for key in found]
    if not places:
        return []
    shares = share_of(places, len(keys))
    return [
        {"value": value, "probability": float(share)}
        for value, share in zip(axis.choices, shares, strict=True)
    ]
