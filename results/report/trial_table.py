"""The table of all trials, as texts and as keys to sort by."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.format import (
    STATUS_NAMES,
    best_word,
    config_text,
    escaped,
    loss_text,
    metric_text,
    name_text,
    value_text,
)
from results.ranking import CONFIG_PREFIX, config_columns, in_order, row_config
from results.run_data import RunData


@dataclass(frozen=True)
class Column:
    """One column: its heading, and a cell's text from a value."""

    name: str
    heading: str
    text: Callable[[Any], str]
    is_number: bool


@dataclass(frozen=True)
class Cell:
    """One cell: its text, and the number it is sorted by (text sorts by itself)."""

    text: str
    key: float | None
    is_number: bool


@dataclass(frozen=True)
class Row:
    """One trial."""

    place: int
    """Its row in `Run.trials`."""
    trial_id: str
    status: str
    cells: list[Cell]


def columns(run: RunData) -> list[Column]:
    """All columns but the trial's name, the hyperparameters in the middle."""
    configs = [_config_column(name, run.trials[name]) for name in config_columns(run.trials)]
    return [
        Column("status", "status", STATUS_NAMES.__getitem__, False),
        Column("metric", metric_text(run.goal), loss_text, True),
        *configs,
        Column("epochs", f"{run.unit}s", value_text, True),
        Column("best_metric", best_word(run.goal), loss_text, True),
        Column("best_epoch", f"at {run.unit}", value_text, True),
        *([] if run.goal.is_loss else [Column("val_loss", "validation loss", loss_text, True)]),
        Column("train_loss", "training loss", loss_text, True),
        Column("gap", "gap", loss_text, True),
        Column("verdict", "verdict", value_text, False),
        Column("seconds", "seconds", lambda value: f"{value:.2f}", True),
        Column("seed", "seed", value_text, True),
        Column("stage", "stage", value_text, False),
        *([Column("enqueued", "yours", _yes, False)] if run.trials["enqueued"].any() else []),
        Column("error", "error", value_text, False),
    ]


def rows(run: RunData) -> list[Row]:
    """One row per trial, in the order of the ranking."""
    shown = columns(run)
    order = in_order(run.trials)
    return [
        Row(place, record["trial_id"], record["status"], [_cell(record, c) for c in shown])
        for place, record in zip(order.index, order.to_dict("records"), strict=True)
    ]


def summaries(run: RunData) -> list[dict[str, str]]:
    """What a figure says of each trial when it is pointed at, in the order of `Run.trials`."""
    return [
        {
            "id": escaped(record["trial_id"]),
            "status": record["status"],
            "config": config_text(row_config(record)),
            "result": _result(record, run),
        }
        for record in run.trials.to_dict("records")
    ]


def _result(record: dict[Any, Any], run: RunData) -> str:
    """`finished at epoch 27, validation loss 0.1042; plateaued from epoch 12 on`."""
    ended = f"{STATUS_NAMES[record['status']]} at {run.unit} {record['epochs']}"
    text = f"{ended}, {metric_text(run.goal)} {loss_text(record['metric'])}"
    return f"{text}; {record['verdict']}" if record["verdict"] else text


def _yes(value: Any) -> str:
    return "yes" if value else ""


def _cell(record: dict[Any, Any], column: Column) -> Cell:
    value = record[column.name]
    if value is None or value is pd.NA or value != value:
        return Cell("", None, column.is_number)
    key = float(value) if column.is_number and math.isfinite(value) else None
    return Cell(column.text(value), key, column.is_number)


def _config_column(name: str, values: pd.Series) -> Column:
    heading = name_text(name.removeprefix(CONFIG_PREFIX))
    return Column(name, heading, value_text, values.dtype.kind in "if")
