"""Runs side by side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from record.goal import MAX
from results.format import config_text
from results.run import Run


def compare(runs: Iterable[Run]) -> pd.DataFrame:
    """One row per run, best metric of the recommended configuration first.

    Metrics of different tasks or splits cannot be compared: `task` and `split_seed` stand
    beside them, and so does what each run calls best. Runs without any result come last.
    """
    rows = pd.DataFrame([_row(run) for run in runs])
    if rows.empty:
        return rows
    sign = np.where(rows["mode"] == MAX, -1.0, 1.0)
    order = np.argsort(sign * rows["metric"].astype(float), kind="stable")
    return rows.iloc[order].reset_index(drop=True)


def _row(run: Run) -> dict[str, Any]:
    found = run.recommendation()
    return {
        "run": run.path.name,
        "task": run.options.get("task"),
        "split_seed": run.options.get("split_seed", 0),
        "seed": run.options.get("seed", 0),
        "configurations": int((run.trials["stage"] == "search").sum()),
        "full_length": found.evidence["full_length"],
        "epochs": found.evidence["epochs"],
        "seconds": found.evidence["seconds"],
        "config": config_text(found.config),
        "compared_by": run.goal.metric,
        "mode": run.goal.mode,
        "metric": found.metric,
        "metric_sd": found.metric_sd,
        "val_loss": found.val_loss,
        "val_loss_sd": found.val_loss_sd,
        "test_metric": found.test_metric,
        "test_loss": found.test_loss,
        "confirmed": found.confirmed,
        "warnings": " ".join(warning.code for warning in found.warnings),
    }
