"""The ranking as aligned lines of plain text."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from record.goal import VALIDATION_LOSS, Goal
from record.rungs import EPOCH
from results.format import escaped, loss_text, metric_heading, value_text
from results.ranking import row_config

NUM_FIGURES = 6
"""Columns of the ranking that hold figures; the status and the hyperparameters follow."""


def ranking_table(
    rows: pd.DataFrame, limit: int, goal: Goal = VALIDATION_LOSS, unit: str = EPOCH
) -> list[str]:
    """The ranking as aligned lines: the first `limit` rows and how many more there are."""
    grid = ranking_grid(rows.head(limit), goal, unit)
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    lines = [_aligned(cells, widths) for cells in grid]
    hidden = len(rows) - (len(grid) - 1)
    return [*lines, f"... and {hidden} more"] if hidden > 0 else lines


def ranking_grid(rows: pd.DataFrame, goal: Goal, unit: str) -> list[list[str]]:
    """The ranking as texts: the headings, then a line per row, a column per hyperparameter."""
    configs = [row_config(row) for _, row in rows.iterrows()]
    names = list(dict.fromkeys(name for config in configs for name in config))
    lines = [
        [*_figures(row), _status(row), *(value_text(config.get(name, "")) for name in names)]
        for (_, row), config in zip(rows.iterrows(), configs, strict=True)
    ]
    return [
        [
            "rank",
            metric_heading(goal),
            "best",
            "at",
            f"{unit}s",
            "gap",
            "status",
            *map(escaped, names),
        ],
        *lines,
    ]


def _figures(row: pd.Series) -> list[str]:
    """The texts of the figures of one row."""
    seeds = f" x{row['seeds']}" if row["seeds"] > 1 else ""
    return [
        str(row["rank"]),
        loss_text(row["metric"]) + seeds,
        loss_text(row["best_metric"]),
        "-" if pd.isna(row["best_epoch"]) else str(int(row["best_epoch"])),
        str(row["epochs"]),
        "-" if pd.isna(row["gap"]) else f"{row['gap']:.2g}",
    ]


def _status(row: pd.Series) -> str:
    """How it ended, and whether it is one that the user knew."""
    return f"{row['status']}, yours" if row["enqueued"] else str(row["status"])


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Figures to the right; status and hyperparameters to the left."""
    texts = [
        cell.rjust(width) if place < NUM_FIGURES else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(texts).rstrip()
