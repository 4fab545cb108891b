"""The ranking as aligned lines of plain text."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from results.format import escaped, loss_text, value_text
from results.ranking import row_config

FIGURES = ("rank", "val loss", "best", "at", "epochs", "gap")
"""Columns of the ranking that hold figures; the status and the hyperparameters follow."""


def ranking_table(rows: pd.DataFrame, limit: int) -> list[str]:
    """The ranking as aligned lines: the first `limit` rows and how many more there are."""
    grid = ranking_grid(rows.head(limit))
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    lines = [_aligned(cells, widths) for cells in grid]
    hidden = len(rows) - (len(grid) - 1)
    return [*lines, f"... and {hidden} more"] if hidden > 0 else lines


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
