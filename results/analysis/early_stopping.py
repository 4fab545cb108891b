"""Whether early stopping could be trusted: do early ranks predict final ones?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from results.ranking import full_length

FEWEST_RANKED = 8
"""Full-length trials below which a rank correlation says nothing."""

USEFUL_CORRELATION = 0.5
"""Early ranks mislead when their correlation with the final ones surely stays below this."""


def unselected(trials: pd.DataFrame, controls: frozenset[str]) -> pd.DataFrame:
    """Trials whose end no early stopping chose: all when none was stopped early, otherwise the
    controls and the confirm stage.

    Finished and diverged ones. The survivors of early stopping are left out: they were chosen
    for low losses wherever they lie, and would pass for a difference.
    """
    ended = full_length(trials) | trials["status"].eq("diverged")
    free = trials["stage"].eq("confirm") | trials["trial_id"].isin(controls)
    return trials[ended & (free | (not trials["status"].eq("stopped").any()))]


def rank_correlations(
    full: pd.DataFrame, epochs: pd.DataFrame, rungs: Sequence[int]
) -> dict[int, tuple[float, float]]:
    """Per rung Spearman's correlation of the loss there with the final loss, over `full`.

    With it the upper end of its 95 % limit (Fisher's z). `full` holds trials that no early
    stopping chose: among survivors alone a correlation is cut down by the selection. There is none
    where all losses are equal, there or at the end.
    """
    if len(full) < FEWEST_RANKED or full["objective"].nunique() < 2:
        return {}

    final = full["objective"].astype(float).rank().to_numpy()
    found = {}
    for rung in rungs:
        there = epochs[epochs["epoch"] == rung].set_index("trial_id")["objective"]
        early = full["trial_id"].map(there).astype(float)
        if early.isna().any() or early.nunique() == 1:
            continue
        correlation = float(np.corrcoef(early.rank(), final)[0, 1])
        found[rung] = (correlation, _upper_limit(correlation, len(full)))
    return found


def lost_early(
    full: pd.DataFrame, searched: pd.DataFrame, epochs: pd.DataFrame, rung: int, factor: int
) -> tuple[int, int]:
    """Of the best third of `full` how many would have been stopped at the rung; and its size.

    A trial would have been stopped when its loss there lies above the best 1/`factor` of the
    `searched` trials, which is the rule of ASHA (arXiv 1810.05934).
    """
    there = epochs[epochs["epoch"] == rung].set_index("trial_id")["objective"].dropna()
    reached = there[there.index.isin(searched["trial_id"])]
    best = full.sort_values("objective", kind="stable").head(max(1, len(full) // 3))
    early = best["trial_id"].map(there).dropna()
    if reached.empty or early.empty:
        return 0, len(early)
    return int((early > np.quantile(reached, 1 / factor)).sum()), len(early)


def _upper_limit(correlation: float, num: int) -> float:
    """One-sided 95 % limit of a correlation over `num` pairs, by Fisher's z."""
    bounded = min(max(correlation, -0.999), 0.999)
    return math.tanh(math.atanh(bounded) + 1.645 / math.sqrt(num - 3))
