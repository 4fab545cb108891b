"""Runs side by side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from results.format import config_text
from results.run import Run


def compare(runs: Iterable[Run]) -> pd.DataFrame:
    """One row per run, lowest validation loss of the recommended configuration first.

    Losses of different tasks or splits cannot be compared: `task` and `split_seed` stand
    beside them. Runs without any result come last.
    """
    rows = pd.DataFrame([_row(run) for run in runs])
    if rows.empty:
        return rows
    return rows.sort_values("val_loss", kind="stable", na_position="last", ignore_index=True)


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
        "val_loss": found.val_loss,
        "val_loss_sd": found.val_loss_sd,
        "test_loss": found.test_loss,
        "confirmed": found.confirmed,
        "warnings": " ".join(warning.code for warning in found.warnings),
    }
