"""What each trial showed: its loss at the epochs at which trials are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from results.ranking import config_columns, row_config
from results.run_data import RunData
from search_spaces import Config


@dataclass(frozen=True)
class Curve:
    """One trial as the surrogate takes it: finished, stopped, still running or diverged."""

    config: Config
    seed: int
    losses: Mapping[int, float]
    """Finite numbers to minimise by epoch: at rungs that were reached, and at the full budget."""
    diverged: bool = False


def curves_of(run: RunData) -> list[Curve]:
    """A curve per trial, in the order they began; those that failed say nothing."""
    trials = run.trials
    reached = run.epochs[run.epochs["epoch"].isin(run.rungs)]
    if not run.has_curves:  # where those that ran on were then is unknown: nothing to compare with
        reached = reached.iloc[:0]
    reached = reached[np.isfinite(reached["objective"].astype(float))]
    losses: dict[str, dict[int, float]] = {}
    columns = (reached["trial_id"], reached["epoch"], reached["objective"])
    for trial_id, epoch, loss in zip(*columns, strict=True):
        losses.setdefault(trial_id, {})[int(epoch)] = float(loss)
    budget = run.budget
    ended = zip(trials["trial_id"], trials["status"], trials["objective"], strict=True)
    for trial_id, status, loss in ended:  # a generator may end before its budget
        if status == "finished" and np.isfinite(loss):
            losses.setdefault(trial_id, {})[budget] = float(loss)
    rows = zip(
        trials["trial_id"], trials["status"], trials["seed"], configs_of(trials), strict=True
    )
    return [
        Curve(config, int(seed), losses.get(trial_id, {}), status == "diverged")
        for trial_id, status, seed, config in rows
        if status != "failed"
    ]


def configs_of(trials: pd.DataFrame) -> list[Config]:
    """The configuration of each row."""
    return [row_config(row) for row in trials[config_columns(trials)].to_dict("records")]


def by_rank(curves: Sequence[Curve]) -> list[Curve]:
    """The longest first, then by their last loss; diverged ones last."""

    def place(curve: Curve) -> tuple[bool, int, float]:
        last = max(curve.losses, default=0)
        return curve.diverged, -last, curve.losses.get(last, np.inf)

    return sorted(curves, key=place)
