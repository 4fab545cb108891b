"""Who leads of the configurations that were trained with fresh seeds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from results.analysis.confirmation import Raced, fresh_losses, leader_of
from results.analysis.confirmation_size import SEEDS
from results.analysis.observations import observe
from results.analysis.posterior import posterior_of
from results.run_data import RunData
from search_spaces.values import identity


def confirmed_leader(run: RunData) -> Raced | None:
    """The configuration that a confirmation found best, which had the last word there.

    Where it was interrupted before that, the best of those with enough fresh seeds; None where
    there is none.
    """
    raced = fresh_losses(run)
    enough = [e for e in raced if np.isfinite(e.mean) and len(e.losses) >= SEEDS]
    if run.parts and enough:
        return _leader_of_several(enough, run)
    return max(enough, key=lambda entry: entry.was_last, default=None)


def _leader_of_several(raced: Sequence[Raced], run: RunData) -> Raced | None:
    """The leader where several confirmations knew nothing of each other.

    None where another configuration, trained without fresh seeds, is expected to be better by more
    than noise: no race was run between the two.
    """
    posterior = posterior_of(observe(run)).choosing
    leader = leader_of(raced, posterior)
    assert leader is not None, "all of them ended"
    known = {identity(entry.config) for entry in raced}
    full = posterior.observations.full_configs
    others = [config for config in full if identity(config) not in known]
    here, *beside = posterior.mean_of([leader.config, *others])
    return None if here - min(beside, default=here) > posterior.noise else leader
