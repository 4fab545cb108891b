"""What the columns of a table of trials are: found by the names that the tools give them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from record.goal import LOSS
from results.importing.imported_trials import MOST_NAMED
from search_spaces.messages import one_line, quoted, suggestion

ROLES: Mapping[str, Sequence[str]] = {
    "trial_id": ("trial", "run_id", "number", "ID", "id", "Name", "name", "run"),
    "epoch": ("training_iteration", "epochs", "iteration", "_step", "step"),
    "status": ("state", "State"),
    "seed": ("config/seed", "params_seed", "user_attrs_seed"),
    "error": (),
    "seconds": ("time_this_iter_s", "Runtime", "_runtime"),
    "steps": (),
    "time": ("timestamp", "_timestamp"),
    "train_loss": (),
    "train_eval_loss": (),
}
"""The name that a column is to have, and those under which the tools write it, in the order in
which they are looked for: ours, Ray's, Optuna's, W&B's, MLflow's."""

DISPLAYED = frozenset({"Name", "name"})
"""What runs are called on W&B's page, where two may have one name."""

COUNTS = frozenset({"epochs", "training_iteration"})
"""Where the epoch is a count, in which 0 is none."""

STEPS = frozenset({"iteration", "_step", "step"})
"""Where the epoch is counted in steps, which need not be one to an epoch."""

PREFIXES = ("config/", "config.", "params_", "params.")
"""Of the columns that hold hyperparameters: Ray's and ours, W&B's, Optuna's, MLflow's."""

_ADDED = """
stage best_val_loss metric best_metric objective best_epoch gap verdict fold run
date pid hostname node_ip time_since_restore iterations_since_restore time_total_s done
checkpoint_dir_name logdir experiment_tag timesteps_total episodes_total
datetime_start datetime_complete duration value study
Notes User Tags Created Sweep Group JobType GitHub Hostname Description Commit
experiment_id artifact_uri start_time end_time epochs
"""  # a line each: ours, Ray's (two), Optuna's, W&B's, MLflow's
BOOKKEEPING = frozenset(_ADDED.split())
"""Columns that the tools add, none of which was chosen for a trial."""

BOOKKEEPING_PREFIXES = ("user_attrs_", "system_attrs_", "tags.", "metrics.", "_", "Unnamed: ")

_MEASURED = """
loss losses acc accuracy error err score auc auroc auprc f1 mae mse rmse nll r2 precision recall
perplexity ppl bleu iou dice time runtime seconds second throughput
"""
METRIC_WORDS = frozenset(_MEASURED.split())
"""A number whose name has one of these words was measured, not chosen."""

PARTS = frozenset({"train", "val", "valid", "validation", "eval", "test", "best", "final", "last"})
SIZES = frozenset({"batch", "size", "fraction", "split", "ratio", "steps", "every", "samples"})
"""So was one of a part of the data, `val_metric`, unless it says how large that is: `val_size`."""


@dataclass(frozen=True)
class Columns:
    """Which column of the table is what; the names are those in the table."""

    roles: Mapping[str, str]
    """Of each role that the table has, its column."""
    config: Mapping[str, str]
    """The column of each hyperparameter, by the hyperparameter's name."""
    is_curve: bool
    """Whether there is a row per trial and epoch, not one per trial."""
    left_out: Sequence[str]

    def describe(self) -> list[str]:
        """What was taken as what, in lines."""
        renamed = [f"{one_line(c, 60)} as {r}" for r, c in self.roles.items() if r != c]
        lines = [
            "a row per trial and epoch" if self.is_curve else "a row per trial",
            f"hyperparameters: {_listed(self.config)}",
        ]
        lines += [f"taken: {', '.join(renamed)}"] if renamed else []
        lines += [f"left out: {_listed(self.left_out)}"] if self.left_out else []
        return lines


def renamed(frame: pd.DataFrame, columns: Mapping[str, str], source: str) -> pd.DataFrame:
    """The table with each column that `columns` names called as it is to be.

    Raises ValueError where it has no such column, or one of that name as well.
    """
    names = [str(name) for name in frame.columns]
    frame = frame.set_axis(names, axis="columns")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"{source} has two columns {quoted(twice)}: rename or drop one")
    for name, column in columns.items():
        flag = f"--column {one_line(f'{name}={column}', 60)}"
        if column not in names:
            raise ValueError(
                f"{flag}: {source} has no column {quoted(column)}: {suggestion(column, names)}"
                f"it has {_listed(names)}"
            )
        if name in names and name != column:
            raise ValueError(
                f"{flag}: {source} has a column {quoted(name)} already: drop one of the two"
            )
    return frame.rename(columns={column: name for name, column in columns.items()})


def find_columns(frame: pd.DataFrame, metric: str | None) -> Columns:
    """What each column of the table is."""
    names = list(frame.columns)
    roles = {role: found for role, known in ROLES.items() if (found := _first(role, known, names))}
    key = roles.get("trial_id")
    if key in DISPLAYED and frame[key].duplicated().any():
        del roles["trial_id"]
    is_curve = _is_curve(frame, roles)
    measured = {LOSS, metric, *roles.values()}
    prefix = next((p for p in PREFIXES if any(_has(name, p) for name in names)), None)
    if prefix is not None:
        config = {n.removeprefix(prefix): n for n in names if _has(n, prefix)}
        config = {name: column for name, column in config.items() if column not in measured}
    else:
        config = {
            n: n for n in names if n not in measured and _is_chosen(frame, n, roles, is_curve)
        }
    used = {*measured, *config.values()}
    return Columns(roles, config, is_curve, [name for name in names if name not in used])


def numeric_columns(frame: pd.DataFrame, columns: Columns) -> list[str]:
    """What trials could be compared by: numbers that are no hyperparameters."""
    others = {
        *columns.config.values(),
        *(c for r, c in columns.roles.items() if r not in ("train_loss", "train_eval_loss")),
    }
    return [
        name
        for name in frame.columns
        if name not in others
        and pd.api.types.is_numeric_dtype(frame[name])
        and not pd.api.types.is_bool_dtype(frame[name])
        and not name.startswith("Unnamed: ")
    ]


def _first(role: str, known: Sequence[str], names: Sequence[str]) -> str | None:
    return next((name for name in (role, *known) if name in names), None)


def _has(name: str, prefix: str) -> bool:
    return name.startswith(prefix) and len(name) > len(prefix)


def _is_curve(frame: pd.DataFrame, roles: Mapping[str, str]) -> bool:
    if "epoch" not in roles:
        return False
    if "trial_id" not in roles:  # epochs that count up row by row are of trials without a name
        steps = pd.to_numeric(frame[roles["epoch"]], errors="coerce").diff()
        return bool((steps == 1).mean() > 0.5)
    return bool(frame[roles["trial_id"]].duplicated().any())


def _is_chosen(frame: pd.DataFrame, name: str, roles: Mapping[str, str], is_curve: bool) -> bool:
    """Whether a column without a prefix looks like a hyperparameter."""
    if name in BOOKKEEPING or name.startswith(BOOKKEEPING_PREFIXES):
        return False
    column = frame[name]
    if column.isna().all() or pd.api.types.is_datetime64_any_dtype(column):
        return False
    is_number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if is_number and _is_measured(name):
        return False
    if is_curve and "trial_id" in roles:
        per_trial = column.astype(str).groupby(frame[roles["trial_id"]]).nunique()
        return bool((per_trial <= 1).all())
    # notes and names that differ in every row were not chosen from anything
    is_text = not pd.api.types.is_numeric_dtype(column)
    return not (is_text and len(frame) > 3 and column.dropna().astype(str).is_unique)


def _is_measured(name: str) -> bool:
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    return bool(words & METRIC_WORDS or (words & PARTS and not words & SIZES))


def _listed(names: Sequence[str] | Mapping[str, str]) -> str:
    words = [one_line(name, 60) for name in list(names)[:MOST_NAMED]]
    hidden = len(names) - len(words)
    return ", ".join(words or ["none"]) + (f" and {hidden} more" if hidden else "")
