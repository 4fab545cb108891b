"""Which hyperparameters matter: the share of the fitted surface's variation that goes with each."""

from __future__ import annotations

import numpy as np

from results.analysis.coordinates import Floats
from results.analysis.posterior import Posterior

NUM_POINTS = 512
"""Points of the space that importance is averaged over: its error is about 4 %."""


def importance(posterior: Posterior, seed: int = 0) -> dict[str, float]:
    """Share of the variance of the fitted surface that is lost with each hyperparameter.

    Sobol's total index over the whole space, by Jansen's estimator (Saltelli et al. 2010,
    table 2): half the mean squared change of the surface when one hyperparameter is drawn anew.
    The surface is of the surrogate's target, which damps high losses, so it is about which good
    values are better, not about avoiding the hopeless ones. Shares may add up to more than 1: what
    two decide together counts for both. Empty where the surface is flat.
    """
    dimensions = posterior.observations.dimensions
    rng = np.random.default_rng(seed)
    first, second = (rng.random((NUM_POINTS, len(dimensions))) for _ in range(2))
    base = _heights(posterior, first)
    if float(base.var()) == 0.0:
        return {}

    found = {}
    for place, dimension in enumerate(dimensions):
        moved = first.copy()
        moved[:, place] = second[:, place]
        change = base - _heights(posterior, moved)
        found[dimension.name] = float((change**2).mean() / 2 / base.var())
    return found


def _heights(posterior: Posterior, places: Floats) -> Floats:
    """The surface at places of the unit cube, constraints aside, shape (n,)."""
    dimensions, space = posterior.observations.dimensions, posterior.observations.space
    configs = [
        space.configuration({d.name: d.value(u) for d, u in zip(dimensions, row, strict=True)})
        for row in places
    ]
    return posterior.surrogate.mean(posterior.observations.points(configs))
