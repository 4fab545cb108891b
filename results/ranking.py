"""The ranking: every configuration of a run in one order, nothing dropped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

CONFIG_PREFIX = "config/"
BATCH_SIZE = CONFIG_PREFIX + "batch_size"

GROUPS = {"finished": 0, "stopped": 1, "interrupted": 1, "diverged": 2, "failed": 3}
"""Full budget first; stopped and interrupted ones side by side; then diverged, then failed."""

RANKING_COLUMNS = (
    "rank",
    "trial_id",
    "status",
    "enqueued",
    "seeds",
    "trials",
    "epochs",
    "train_loss",
    "val_loss",
    "best_val_loss",
    "metric",
    "best_metric",
    "best_epoch",
    "gap",
    "seconds",
    "verdict",
)


AVERAGED = ("val_loss", "best_val_loss", "metric", "best_metric", "objective", "train_loss", "gap")
"""What is averaged over the full-length trials of a configuration."""


def ranking(trials: pd.DataFrame) -> pd.DataFrame:
    """One row per configuration, best final metric (by default: lowest validation loss) first.

    Configurations that ran the full budget come before those stopped early (longest first,
    then by the last one; interrupted ones sit among them), then diverged, then failed ones:
    nothing is dropped. Losses and metrics of a configuration's full-length trials, of both stages,
    are averaged; `seeds` counts them (0 when there is none) and `trials` all its trials;
    `enqueued` says whether it was known beforehand.
    The other figures, and `trial_id`, are those of its best-placed trial.
    """
    placed = trials.assign(identity=configuration_ids(trials), order=np.arange(len(trials)))
    counts = placed.groupby("identity").size()
    best = in_order(placed).drop_duplicates("identity").set_index("identity")
    best["trials"] = counts
    best["enqueued"] = placed.groupby("identity")["enqueued"].any()
    full = placed[full_length(placed)].groupby("identity")
    best["seeds"] = full.size().reindex(best.index, fill_value=0)
    for name in AVERAGED:
        best[name] = full[name].mean().reindex(best.index).fillna(best[name])

    rows = in_order(best.sort_values("order"))
    rows["rank"] = np.arange(1, len(rows) + 1)
    return rows[[*RANKING_COLUMNS, *config_columns(trials)]].reset_index(drop=True)


def in_order(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials in the order of the ranking; equal ones keep the order they have.

    Equal metrics are told apart by the validation loss; where all is equal, a stopped trial comes
    before an interrupted one. A trial whose metric has no value is with the diverged ones.
    """
    is_full = trials["status"] == "finished"
    groups = trials["status"].map(GROUPS)
    is_unknown = trials["objective"].isna() & trials["val_loss"].notna()
    keys: Sequence[Any] = (
        trials["status"] == "interrupted",
        trials["best_val_loss"].fillna(np.inf),
        trials["val_loss"].fillna(np.inf),
        trials["objective"].fillna(np.inf),
        np.where(is_full, 0, -trials["epochs"]),
        groups.mask(is_unknown, groups.clip(lower=GROUPS["diverged"])),
    )
    return trials.iloc[np.lexsort([np.asarray(key, dtype=float) for key in keys])]


def config_columns(frame: pd.DataFrame) -> list[str]:
    """The columns that hold the configuration."""
    return [name for name in frame.columns if name.startswith(CONFIG_PREFIX)]


def row_config(row: Mapping[Any, Any] | pd.Series) -> dict[str, Any]:
    """The configuration of one row; a name that is absent (NaN) is left out."""
    values = {
        str(name).removeprefix(CONFIG_PREFIX): value
        for name, value in row.items()
        if str(name).startswith(CONFIG_PREFIX)
    }
    return {name: _plain(value) for name, value in values.items() if not is_absent(value)}


def having(trials: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The trials whose configuration has all of `names`; None may be the value there."""
    columns = trials[[CONFIG_PREFIX + name for name in names]]
    return trials[~columns.map(is_absent).any(axis="columns")]


def full_length(trials: pd.DataFrame) -> NDArray[np.bool_]:
    """Which trials ran the full budget and ended with a finite metric. Shape (n,)."""
    objectives = trials["objective"].to_numpy(dtype=float)
    is_finished = trials["status"].eq("finished").to_numpy(dtype=bool)
    return np.asarray(is_finished & np.isfinite(objectives))


def configuration_ids(trials: pd.DataFrame) -> NDArray[np.int64]:
    """An integer per trial, equal exactly where the configurations are equal. Shape (n,)."""
    codes = [_codes(trials[name]) for name in config_columns(trials)]
    if not codes:
        return np.arange(len(trials))

    _, ids = np.unique(np.column_stack(codes), axis=0, return_inverse=True)
    return ids.reshape(-1)


def _codes(column: pd.Series) -> NDArray[np.int64]:
    """An integer per value; objects are compared by their JSON, so 1 and True differ."""
    values = column if column.dtype.kind in "if" else column.map(_text)
    codes, _ = pd.factorize(values, use_na_sentinel=False)
    return np.asarray(codes)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _plain(value: Any) -> Any:
    """NumPy scalars as Python's own."""
    return value.item() if isinstance(value, np.generic) else value


def is_absent(value: Any) -> bool:
    """Whether a frame has no value there: NaN, since None may be a choice."""
    return isinstance(value, float) and np.isnan(value)
