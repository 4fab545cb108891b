"""The table of all trials, as texts and as keys to sort by."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.format import config_text, escaped, value_text
from results.plots.palette import MARKS, spoken
from results.ranking import CONFIG_PREFIX, GROUPS, config_columns, row_config
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
    configs = [
        Column(
            name, spoken(name.removeprefix(CONFIG_PREFIX)), _value, _is_numeric(run.trials[name])
        )
        for name in config_columns(run.trials)
    ]
    return [
        Column("status", "status", _status, False),
        Column("val_loss", "validation loss", _loss, True),
        *configs,
        Column("epochs", "epochs", _value, True),
        Column("best_val_loss", "lowest", _loss, True),
        Column("best_epoch", "at epoch", _value, True),
        Column("train_loss", "training loss", _loss, True),
        Column("gap", "gap", _loss, True),
        Column("verdict", "verdict", _value, False),
        Column("seconds", "seconds", lambda value: f"{value:.2f}", True),
        Column("seed", "seed", _value, True),
        Column("stage", "stage", _value, False),
        Column("error", "error", _value, False),
    ]


def rows(run: RunData) -> list[Row]:
    """One row per trial, in the order of the ranking."""
    shown = columns(run)
    order = run.trials.assign(
        group=run.trials["status"].map(GROUPS),
        length=-run.trials["epochs"].where(run.trials["status"] != "finished", 0),
    ).sort_values(["group", "length", "val_loss"], kind="stable")
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
            "told": _told(record),
        }
        for record in run.trials.to_dict("records")
    ]


def _told(record: dict[Any, Any]) -> str:
    epochs = record["epochs"]
    text = f"{_status(record['status'])} at epoch {epochs}, validation loss "
    return (
        text + _loss(record["val_loss"]) + (f"; {record['verdict']}" if record["verdict"] else "")
    )


def _cell(record: dict[Any, Any], column: Column) -> Cell:
    value = record[column.name]
    if value is None or value is pd.NA or value != value:
        return Cell("", None, column.is_number)
    key = float(value) if column.is_number and math.isfinite(value) else None
    return Cell(column.text(value), key, column.is_number)


def _value(value: Any) -> str:
    return value_text(value)


def _loss(value: float) -> str:
    return "\N{EN DASH}" if value != value else f"{value:.4g}"


def _status(status: str) -> str:
    return MARKS[status].label


def _is_numeric(column: pd.Series) -> bool:
    return column.dtype.kind in "if"
