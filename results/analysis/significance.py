"""Does the configuration make any difference? A permutation test, free of distributions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from results.analysis.coordinates import Axis, Floats, axes_of
from results.analysis.observations import configs_of
from results.ranking import full_length
from search_spaces import Config, Space

PERMUTATIONS = 999
"""So that the smallest p-value is 1 in 1,000."""

FEWEST_TRIALS = 8
"""Fewer trials could not tell a difference from noise at any usual level."""


def association(
    dimensions: Sequence[Axis], configs: Sequence[Config], losses: Floats, seed: int = 0
) -> float:
    """p-value of "the loss has nothing to do with any dimension", between 0 and 1.

    The statistic is the largest share of variance that one dimension explains by itself (a
    quadratic for numbers, means for choices); its distribution comes from shuffled losses
    (Phipson and Smyth 2010 for the added 1). 1.0 where there is too little to test.
    """
    if len(losses) < FEWEST_TRIALS or np.ptp(losses) == 0:
        return 1.0

    bases = [_basis(d, configs) for d in dimensions]
    bases = [basis for basis in bases if basis.shape[1]]
    centred = losses - losses.mean()
    rng = np.random.default_rng(seed)
    shuffled = np.array([centred, *(rng.permutation(centred) for _ in range(PERMUTATIONS))])
    explained = [((shuffled @ basis) ** 2).sum(axis=1) for basis in bases]
    if not explained:
        return 1.0

    largest = np.max(explained, axis=0)
    return float((largest[1:] >= largest[0] * (1 - 1e-12)).sum() + 1) / (PERMUTATIONS + 1)


def final_association(trials: pd.DataFrame, space: Space) -> float | None:
    """`association` of how the trials ended: the log of the final loss (the loss itself where it
    may be below 0). Diverged trials stand one standard deviation above the worst other. None
    with fewer than FEWEST_TRIALS finite losses, or nothing that varies.
    """
    finite, dimensions = full_length(trials), axes_of(space)
    if finite.sum() < FEWEST_TRIALS or not dimensions:
        return None

    losses = trials["val_loss"].to_numpy(dtype=float)
    target = np.log(losses) if (losses[finite] > 0).all() else losses.copy()
    target[~finite] = target[finite].max() + target[finite].std()
    return association(dimensions, configs_of(trials), target)


def _basis(dimension: Axis, configs: Sequence[Config]) -> Floats:
    """Orthonormal columns of what one dimension can explain, each orthogonal to a constant."""
    columns = dimension.coordinates([config.get(dimension.name) for config in configs])
    if dimension.is_numeric:
        columns = np.hstack([columns, columns**2])
    centred = columns - columns.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    return np.asarray(left[:, sizes > 1e-9 * max(1.0, sizes.max(initial=0.0))])
