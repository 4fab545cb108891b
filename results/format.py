"""What the command prints at the end of a run: the counts and the ranking, as plain text."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from record import AnyPath
from results.ranking import row_config
from results.run_data import RunData

FIGURES = ("rank", "val loss", "best", "at", "epochs", "gap")
"""Columns of the ranking that hold figures; the status and the hyperparameters follow."""

LONGEST_VALUE = 60
"""Characters of a hyperparameter's value; of a longer one the middle is left out."""
LONGEST_ERROR = 300
"""Characters of why a trial failed, in a record that somebody else may have written."""


def title(run: RunData) -> str:
    """What was searched: `digits, 50 configurations of lr-batch, ASHA 3-9-27, seed 0`."""
    task = escaped(Path(str(run.options.get("task") or run.path.name)).stem)
    num = int((run.trials["stage"] == "search").sum())
    space = run.options.get("space")
    of_space = f" of {escaped(space)}" if isinstance(space, str) else ""
    seed = run.options.get("seed", 0)
    return (
        f"{task}, {num} configuration{'s' * (num != 1)}{of_space}, {_scheduler(run)}, seed {seed}"
    )


def counts(run: RunData) -> str:
    """How the trials ended, and the epochs spent against those of no stopping."""
    search = run.trials[run.trials["stage"] == "search"]
    spent = int(search["epochs"].sum())
    cost = f"{spent} of {len(search) * run.budget} epochs"
    extra = int(run.trials["epochs"].sum()) - spent
    if extra:
        cost += f", {extra} more to confirm"
    return f"  {'  '.join(endings(search))}     {cost}, {duration(run.wall_seconds)}"


def endings(trials: pd.DataFrame) -> list[str]:
    """How these trials ended: `18 finished`, `29 stopped early`, ..."""
    names = {
        "finished": "finished",
        "stopped": "stopped early",
        "diverged": "diverged",
        "failed": "failed",
        "interrupted": "interrupted",
    }
    found = trials["status"].value_counts()
    return [f"{found[key]} {text}" for key, text in names.items() if found.get(key, 0)]


def failures(run: RunData) -> str:
    """Why trials failed, the most frequent reason in full; empty where none has."""
    errors = run.trials.loc[run.trials["status"] == "failed", "error"]
    if errors.empty:
        return ""
    reasons = errors.fillna("no reason in the record").astype(str).value_counts()
    others = len(reasons) - 1
    more = f" (and {others} other reason{'s' * (others != 1)})" if others else ""
    times = f"{reasons.iloc[0]} of them with: " if others else ""
    reason = escaped(reasons.index[0][:LONGEST_ERROR])[:LONGEST_ERROR]
    return f"{len(errors)} failed: {times}{reason}{more}"


def ranking_table(rows: pd.DataFrame, limit: int) -> list[str]:
    """The ranking as aligned lines: the first `limit` rows and how many more there are."""
    grid = ranking_grid(rows.head(limit))
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    lines = [_aligned(cells, widths) for cells in grid]
    hidden = len(rows) - (len(grid) - 1)
    return [*lines, f"... and {hidden} more"] if hidden > 0 else lines


def config_text(config: Mapping[str, Any]) -> str:
    """`lr 0.032, batch_size 64`, control characters escaped."""
    return ", ".join(f"{escaped(name)} {value_text(value)}" for name, value in config.items())


def value_text(value: Any) -> str:
    """A number with three significant digits (a whole one with all), anything else escaped."""
    if not isinstance(value, float):
        text = escaped(value)
        half = LONGEST_VALUE // 2 - 2
        return text if len(text) <= LONGEST_VALUE else f"{text[:half]}...{text[-half:]}"
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e9 else f"{value:.3g}"


def end_text(value: Any) -> str:
    """The end of an interval: two significant digits, whole numbers with all."""
    return f"{value:.2g}" if isinstance(value, float) else value_text(value)


def percent(share: float) -> str:
    """`93 %`, halves rounded up."""
    return f"{math.floor(100 * share + 0.5)} %"


def damage_text(run: RunData) -> str:
    """What was left out of the record, as a sentence; empty where nothing was."""
    num = run.damaged_lines
    if not num:
        return ""
    return f"{num} damaged line{'s' * (num != 1)} of the record left out"


def loss_text(value: float) -> str:
    """A loss with four significant digits, `-` where there is none."""
    return "-" if pd.isna(value) else f"{value:.4g}"


def escaped(value: object) -> str:
    """The value as one line of text that no terminal takes for a command."""
    text = value if isinstance(value, str) else str(value)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def typed_path(path: AnyPath) -> str:
    """The path as one types it: from the working directory on where it lies below that."""
    here = Path.cwd()
    if isinstance(path, Path) and path.is_relative_to(here):
        path = path.relative_to(here)
    return shlex.quote(escaped(path))


def duration(seconds: float) -> str:
    """`21 s`, `3 min 20 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _scheduler(run: RunData) -> str:
    name = str(run.options.get("scheduler", "none"))
    if name == "none":
        return f"no stopping, {run.budget} epochs"
    if name != "asha":
        return f"{escaped(name)} stopping, {run.budget} epochs"

    return "ASHA " + "-".join(str(level) for level in run.rungs)


def ranking_grid(rows: pd.DataFrame) -> list[list[str]]:
    """The ranking as texts: the headings, then a line per row, a column per hyperparameter."""
    configs = [row_config(row) for _, row in rows.iterrows()]
    names = list(dict.fromkeys(name for config in configs for name in config))
    lines = [
        [*_figures(row), row["status"], *(value_text(config.get(name, "")) for name in names)]
        for (_, row), config in zip(rows.iterrows(), configs, strict=True)
    ]
    return [[*FIGURES, "status", *map(escaped, names)], *lines]


def _figures(row: pd.Series) -> list[str]:
    """The texts of one row of the ranking, in the order of FIGURES."""
    seeds = f" x{row['seeds']}" if row["seeds"] > 1 else ""
    return [
        str(row["rank"]),
        loss_text(row["val_loss"]) + seeds,
        loss_text(row["best_val_loss"]),
        "-" if pd.isna(row["best_epoch"]) else str(int(row["best_epoch"])),
        str(row["epochs"]),
        "-" if pd.isna(row["gap"]) else f"{row['gap']:.2g}",
    ]


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Figures to the right; status and hyperparameters to the left."""
    texts = [
        cell.rjust(width) if place < len(FIGURES) else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(texts).rstrip()
