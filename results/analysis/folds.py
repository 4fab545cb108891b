"""The recommended configuration and its closest rivals on other splits of the data.

Which examples are validated moves results more than the training seed does (Bouthillier et al.
2021, arXiv 2103.03098). Losses of different splits compare only within a split, so rivals are
trained on the same ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtr

from results.analysis.confirmation import fresh_losses
from results.analysis.curves import configs_of
from results.analysis.leader import confirmed_leader
from results.analysis.observations import inside
from results.ranking import full_length, ranking, row_config
from results.run_data import RunData
from search_spaces import Config
from search_spaces.values import identity

MOST_FOLDED = 3
"""Configurations that are trained on the splits, at most."""


def to_fold(run: RunData) -> list[Config]:
    """The recommended configuration, then those that came closest to it; none without an answer.

    Of those trained with fresh seeds the lowest means, then the best-ranked ones of full length.
    """
    leader = confirmed_leader(run)
    if leader is None:
        return []
    ranked = ranking(run.trials)
    full = ranked[ranked["status"] == "finished"].to_dict("records")
    raced = [entry.config for entry in fresh_losses(run) if np.isfinite(entry.mean)]
    ordered = [_held(c, run) for c in (leader.config, *raced, *map(row_config, full))]
    distinct = {identity(config): config for config in ordered}
    return list(distinct.values())[:MOST_FOLDED]


def _held(config: Config, run: RunData) -> Config:
    """As the space holds it: a whole number is a float in a frame that lacks it elsewhere."""
    return inside(config, run.space) or config


def fold_figures(run: RunData, config: Config) -> Mapping[str, Any] | None:
    """What the splits say of `config`; None where it was trained on none of them.

    `splits`, `metric` (mean) and `metric_sd` (over splits and seeds), and for each rival its
    `config`, `metric` and `better`: the chance that it is better than `config`, from the
    differences split by split (Student's t).
    """
    values = _by_fold(run)
    mine = values.pop(identity(_held(config, run)), None)
    if mine is None or mine[1].empty:
        return None
    here = mine[1]
    return {
        "splits": len(here),
        "metric": float(run.goal.sign * here.mean()),
        "metric_sd": float(here.std(ddof=1)) if len(here) > 1 else None,
        "rivals": [
            {
                "config": other,
                "metric": float(run.goal.sign * found.mean()),
                "better": _chance_below(found - here),
            }
            for other, found in values.values()
            if len(found)
        ],
    }


def _by_fold(run: RunData) -> dict[Any, tuple[Config, pd.Series]]:
    """Per configuration what is minimised in each split, of trials that ran to the end."""
    if run.folds.empty:
        return {}
    full = run.folds[full_length(run.folds)]
    found: dict[Any, tuple[Config, dict[int, float]]] = {}
    for config, fold, objective in zip(
        configs_of(full), full["fold"], full["objective"], strict=True
    ):
        config = _held(config, run)
        found.setdefault(identity(config), (config, {}))[1][int(fold)] = float(objective)
    return {key: (config, pd.Series(values)) for key, (config, values) in found.items()}


def _chance_below(differences: pd.Series) -> float | None:
    """Chance that their mean lies below 0; None for fewer than two splits in common."""
    known = differences.dropna()
    if len(known) < 2:
        return None
    error = float(known.std(ddof=1)) / math.sqrt(len(known))
    if error == 0:
        return float(known.mean() < 0)
    return float(stdtr(len(known) - 1, -known.mean() / error))
