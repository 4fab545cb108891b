"""Whether one configuration is really better than another one, from fresh seeds of both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import ttest_ind

from results.analysis.profiles import LEVEL


@dataclass(frozen=True)
class Difference:
    """By how much one is better than another, with the ends of its 90 % interval.

    Below 0 where it is worse. A share of the other's loss, or in units of the metric.
    """

    value: float
    low: float
    high: float
    is_share: bool


def difference(one: Sequence[float], other: Sequence[float]) -> Difference:
    """By how much `one` lies below `other`: numbers to minimise, one per fresh seed.

    The difference of the means with Welch's interval, whose two noises need not be equal (Welch
    1947, "The generalization of 'Student's' problem when several different population variances
    are involved", Biometrika 34; `scipy.stats.ttest_ind`). Of positive losses it is taken between
    logarithms, since their noise grows with them, and is a share: 0.03 where `one` is 3 % lower.
    Between seeds that two runs share the noise may be shared as well: then it is too wide.

    Raises ValueError for fewer than two of either.
    """
    if min(len(one), len(other)) < 2:
        raise ValueError(f"two seeds of each are the least, got {len(one)} and {len(other)}")
    mine, its = np.array(one, dtype=float), np.array(other, dtype=float)
    is_share = bool(min(mine.min(), its.min()) > 0)
    found = _welch(np.log(mine), np.log(its)) if is_share else _welch(mine, its)
    value, low, high = map(_share, found) if is_share else found
    return Difference(value, low, high, is_share)


def _welch(one: np.ndarray, other: np.ndarray) -> tuple[float, float, float]:
    """The mean of `other` above that of `one`, and the ends of its interval."""
    value = float(other.mean() - one.mean())
    if one.std() == 0 and other.std() == 0:  # training without any chance
        return value, value, value
    interval = ttest_ind(other, one, equal_var=False).confidence_interval(LEVEL)
    return value, float(interval.low), float(interval.high)


def _share(height: float) -> float:
    """How much lower a loss is whose logarithm is lower by `height`."""
    return -math.expm1(-height)
