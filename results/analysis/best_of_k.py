"""What more configurations would gain: the expected best of k."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd


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
    losses = trials.loc[trials["stage"] == "search", "objective"].astype(float)
    losses = losses[np.isfinite(losses)]
    if len(losses) < 4 or (losses <= 0).any():
        return None

    values = losses.tolist()
    half = expected_best(values, len(values) // 2)
    return (half - expected_best(values, len(values))) / half
