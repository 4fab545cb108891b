"""What chance has to do with it: the best of k, and whether early ranks predict final ones."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

FEWEST_RANKED = 8
"""Full-length trials below which a rank correlation says nothing."""

USEFUL_CORRELATION = 0.5
"""Early ranks mislead when their correlation with the final ones surely stays below this."""


def expected_best(losses: Sequence[float], k: int) -> float:
    """Expected lowest loss of `k` configurations drawn without replacement from these.

    The unbiased estimator of Tang et al. 2020 (arXiv 2004.13705, eq. 7): the i-th lowest of n
    is the minimum of a sample of k in C(n - i, k - 1) of C(n, k) cases. NaN for no losses.
    """
    ordered = sorted(losses)
    n = len(ordered)
    if not 1 <= k <= n:
        return math.nan

    expected, weight = 0.0, k / n
    for i, loss in enumerate(ordered, start=1):
        expected += weight * loss
        if i == n:
            break
        weight *= max(0, n - i - k + 1) / (n - i)
    return expected


def gain_of_doubling(trials: pd.DataFrame) -> float | None:
    """By what share the expected best fell when the configurations doubled from n/2 to n.

    Trials stopped early count with their last loss, which is no better than chance but does not
    reach the lowest few. A guide to what as many samples again would gain; None below 4 trials
    or where losses are not all positive.
    """
    losses = trials.loc[trials["stage"] == "search", "val_loss"].astype(float)
    losses = losses[np.isfinite(losses)]
    if len(losses) < 4 or (losses <= 0).any():
        return None

    values = losses.tolist()
    half = expected_best(values, len(values) // 2)
    return (half - expected_best(values, len(values))) / half


def rank_correlations(
    full: pd.DataFrame, epochs: pd.DataFrame, rungs: Sequence[int]
) -> dict[int, tuple[float, float]]:
    """Per rung Spearman's correlation of the loss there with the final loss, over `full`.

    With it the upper end of its 95 % limit (Fisher's z). `full` holds trials that no early
    stopping chose: among survivors alone a correlation is cut down by the selection.
    """
    if len(full) < FEWEST_RANKED:
        return {}

    final = full["val_loss"].astype(float).rank().to_numpy()
    found = {}
    for rung in rungs:
        there = epochs[epochs["epoch"] == rung].set_index("trial_id")["val_loss"]
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
    there = epochs[epochs["epoch"] == rung].set_index("trial_id")["val_loss"].dropna()
    reached = there[there.index.isin(searched["trial_id"])]
    best = full.sort_values("val_loss", kind="stable").head(max(1, len(full) // 3))
    early = best["trial_id"].map(there).dropna()
    if reached.empty or early.empty:
        return 0, len(early)
    return int((early > np.quantile(reached, 1 / factor)).sum()), len(early)


def _upper_limit(correlation: float, num: int) -> float:
    """One-sided 95 % limit of a correlation over `num` pairs, by Fisher's z."""
    bounded = min(max(correlation, -0.999), 0.999)
    return math.tanh(math.atanh(bounded) + 1.645 / math.sqrt(num - 3))
