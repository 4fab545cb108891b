"""The frames of a run, made from the lines of its record."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from record.goal import LOSS, VALIDATION_LOSS, Goal
from record.reader import Record
from record.rungs import EPOCH
from results.diagnosis import verdicts

EPOCH_COLUMNS = (
    "trial_id",
    "epoch",
    "train_loss",
    "train_eval_loss",
    "val_loss",
    "objective",
    "seconds",
    "steps",
    "time",
)
TRIAL_COLUMNS = (
    "trial_id",
    "stage",
    "seed",
    "enqueued",
    "status",
    "epochs",
    "train_loss",
    "val_loss",
    "best_val_loss",
    "metric",
    "best_metric",
    "objective",
    "best_epoch",
    "gap",
    "verdict",
    "seconds",
    "steps",
    "error",
)
BOOKKEEPING = frozenset({"kind", "attempt"})
"""Keys of an epoch line that are neither columns nor metrics of the task."""


def epochs_frame(record: Record, goal: Goal = VALIDATION_LOSS) -> pd.DataFrame:
    """One row per trial and epoch, in the order the trials began; the last line of each wins.

    `objective` is the metric of `goal` as a number to minimise.
    """
    order = {line["trial_id"]: None for line in record.trials}
    lines = [line for line in record.epochs if line["trial_id"] in order]
    names = dict.fromkeys(EPOCH_COLUMNS) | dict.fromkeys(key for line in lines for key in line)
    frame = pd.DataFrame(
        {name: [line.get(name) for line in lines] for name in names if name not in BOOKKEEPING}
    )
    for name in ("train_loss", "train_eval_loss", "val_loss", "seconds", "time"):
        frame[name] = frame[name].astype(float)
    for name in ("epoch", "steps"):
        frame[name] = frame[name].fillna(0).astype(int)
    frame["objective"] = np.array([goal.objective(line) for line in lines], dtype=float)

    position = {trial_id: place for place, trial_id in enumerate(order)}
    places = frame["trial_id"].map(position)
    frame = frame.assign(place=places).drop_duplicates(["trial_id", "epoch"], keep="last")
    return frame.sort_values(["place", "epoch"], ignore_index=True).drop(columns="place")


def trials_frame(
    record: Record, epochs: pd.DataFrame, goal: Goal = VALIDATION_LOSS, unit: str = EPOCH
) -> pd.DataFrame:
    """One row per trial, in the order they began; of a retried trial its last attempt.

    `unit` is what the verdicts call an epoch.
    """
    attempts = {line["trial_id"]: line for line in record.trials}
    frame = pd.DataFrame(
        {
            "trial_id": list(attempts),
            "stage": [line.get("stage", "search") for line in attempts.values()],
            "seed": [line.get("seed", 0) for line in attempts.values()],
            "enqueued": [line.get("enqueued") is True for line in attempts.values()],
        }
    )
    frame = frame.join(_curve_figures(epochs, goal), on="trial_id")
    for name in ("epochs", "steps"):
        frame[name] = frame[name].fillna(0).astype(int)
    frame["seconds"] = frame["seconds"].fillna(0.0)
    frame["best_epoch"] = frame["best_epoch"].astype("Int64")

    statuses = [record.statuses.get(trial_id, {}) for trial_id in attempts]
    frame["status"] = [line.get("status", "interrupted") for line in statuses]
    # imported trials may have no validation loss on record: then the metric tells
    has_none = frame["trial_id"].isin({t["trial_id"] for t in record.epochs if LOSS not in t})
    final = frame["val_loss"].mask(has_none, frame["objective"])
    lost = (frame["epochs"] > 0) & ~np.isfinite(final) & (frame["status"] != "failed")
    frame.loc[lost, "status"] = "diverged"
    empty = (frame["epochs"] == 0) & frame["status"].isin(["finished", "stopped"])
    frame.loc[empty, "status"] = "interrupted"  # its epochs were damaged: nothing is known
    frame["error"] = pd.Series([line.get("error") for line in statuses], dtype=object)
    frame["verdict"] = [str(verdict) for verdict in verdicts(frame, epochs, unit)]
    configs = _config_columns([line["config"] for line in attempts.values()])
    return pd.concat([frame[list(TRIAL_COLUMNS)], configs], axis="columns")


def _curve_figures(epochs: pd.DataFrame, goal: Goal) -> pd.DataFrame:
    """Per trial what its curve adds up to; the index is `trial_id`."""
    finite = epochs.assign(val_loss=epochs["val_loss"].where(np.isfinite(epochs["val_loss"])))
    groups = finite.groupby("trial_id", sort=False)
    last = epochs.drop_duplicates("trial_id", keep="last").set_index("trial_id")
    best = finite.dropna(subset="objective").sort_values("objective", kind="stable")
    best = best.drop_duplicates("trial_id").set_index("trial_id")
    return pd.DataFrame(
        {
            "epochs": last["epoch"],
            "train_loss": last["train_loss"],
            "val_loss": last["val_loss"],
            "best_val_loss": groups["val_loss"].min(),
            "metric": goal.sign * last["objective"],
            "best_metric": goal.sign * best["objective"],
            "objective": last["objective"],
            "best_epoch": best["epoch"],
            "gap": last["val_loss"] - last["train_eval_loss"].fillna(last["train_loss"]),
            "seconds": groups["seconds"].sum(),
            "steps": groups["steps"].sum(),
        }
    )


def _config_columns(configs: list[dict[str, Any]]) -> pd.DataFrame:
    """`config/<name>` columns; a name that a configuration does not have is NaN there."""
    names = dict.fromkeys(name for config in configs for name in config)
    columns = {
        f"config/{name}": _column([config.get(name, np.nan) for config in configs])
        for name in names
    }
    return pd.DataFrame(columns, index=range(len(configs)))


def _column(values: list[Any]) -> pd.Series:
    """Numbers as a numeric column; anything else as plain Python objects."""
    if all(type(value) in (int, float) for value in values):
        return pd.Series(values)
    return pd.Series(values, dtype=object)
