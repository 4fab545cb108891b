"""A table of trials, a row per trial or per trial and epoch, as imported trials."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from record.goal import LOSS, Goal, Mode
from record.lines import DIVERGED, FAILED, FINISHED, INTERRUPTED, STOPPED
from results.importing.imported_trials import (
    ImportedTrial,
    ImportedTrials,
    as_epochs,
    dimension_names,
    ended_early,
    goal_of,
)
from results.importing.table_columns import (
    STEPS,
    Columns,
    find_columns,
    numeric_columns,
    renamed,
)
from search_spaces.messages import one_line, quoted, shown
from search_spaces.values import plain

ENDED = ""
"""In good order: whether early is for its number of epochs to say."""

STATUS_WORDS = {
    "finished": FINISHED,
    "complete": FINISHED,
    "completed": FINISHED,
    "success": FINISHED,
    "terminated": ENDED,
    "stopped": STOPPED,
    "stopped early": STOPPED,
    "pruned": STOPPED,
    "diverged": DIVERGED,
    "failed": FAILED,
    "fail": FAILED,
    "error": FAILED,
    "errored": FAILED,
    "crashed": FAILED,
    "interrupted": INTERRUPTED,
    "running": INTERRUPTED,
    "pending": INTERRUPTED,
    "paused": INTERRUPTED,
    "waiting": INTERRUPTED,
    "killed": INTERRUPTED,
    "preempted": INTERRUPTED,
}
"""How the tools say that a trial ended, in lower case."""

MEASURED = ("train_loss", "train_eval_loss")
"""Taken beside the metric and the validation loss where they are there."""


def read_table(
    frame: pd.DataFrame,
    *,
    source: str,
    kind: str,
    metric: str | None = None,
    mode: Mode | None = None,
    columns: Mapping[str, str] | None = None,
) -> ImportedTrials:
    """The trials of a table; `columns` gives the names that some of its columns are to have.

    Raises ValueError, in one line, for a table without trials, hyperparameters or a metric, text
    where numbers are needed, trials that are there twice and epochs out of order.
    """
    if frame.empty:
        raise ValueError(f"{source} has no row: a row per trial, or per trial and epoch, is needed")
    frame = renamed(frame, columns or {}, source)
    _check_metric(frame, metric, source)
    found = find_columns(frame, metric)
    goal = goal_of(metric, mode, numeric_columns(frame, found))
    if goal.metric != metric:
        found = find_columns(frame, goal.metric)
    if not found.config:
        raise ValueError(
            f"{source} has no column of a hyperparameter: name one, as in "
            "--column config/lr=learning_rate"
        )
    table = _Table(frame, found, goal, source)
    longest = max((len_ for len_ in table.lengths()), default=0)
    trials = list(table.trials(longest))
    return ImportedTrials(
        source=source,
        kind=kind,
        trials=trials,
        goal=goal,
        has_epochs="epoch" in found.roles,
        taken=[*found.describe(), f"compared by {goal.metric} ({goal.mode})"],
    )


class _Table:
    """The columns as lists, and the rows of each trial."""

    def __init__(self, frame: pd.DataFrame, found: Columns, goal: Goal, source: str) -> None:
        self._source, self._found, self._goal = source, found, goal
        measured = dict.fromkeys([goal.metric, LOSS, *MEASURED])
        numbers = [name for name in measured if name in frame]
        self._numbers = {name: _numbers(frame, name, source) for name in numbers}
        for role in ("seconds", "steps", "time"):
            column = found.roles.get(role)
            if column and pd.api.types.is_numeric_dtype(frame[column]):
                self._numbers[role] = frame[column].astype(float).tolist()
        self._seeds = self._whole(frame, "seed")
        self._epochs = self._whole(frame, "epoch")
        self._texts = {
            role: frame[found.roles[role]].tolist()
            for role in ("status", "error")
            if role in found.roles
        }
        names = dimension_names(list(found.config))
        self._config = {
            names[name]: _values(frame[column]) for name, column in found.config.items()
        }
        self._rows = self._rows_of_trials(frame)

    def lengths(self) -> Iterator[int]:
        """The last epoch of each trial."""
        for rows in self._rows.values():
            yield max((self._epochs[row] or 0 for row in rows), default=0) if self._epochs else 1

    def trials(self, longest: int) -> Iterator[ImportedTrial]:
        steps = self._found.roles.get("epoch") in STEPS and self._found.is_curve
        known = {epoch for epoch in self._epochs or [] if epoch is not None}
        number = as_epochs(known, scaled=steps)
        for trial_id, rows in self._rows.items():
            last = rows[-1]
            epochs = list(self._epochs_of(trial_id, rows, number))
            seed = self._seeds[last] if self._seeds else None
            yield ImportedTrial(
                trial_id=trial_id,
                config={
                    name: values[last]
                    for name, values in self._config.items()
                    if values[last] is not None
                },
                epochs=epochs,
                status=self._status(trial_id, last, epochs, number.get(longest, longest)),
                seed=seed,
                error=self._text("error", last),
            )

    def _epochs_of(
        self, trial_id: str, rows: Sequence[int], number: Mapping[int, int]
    ) -> Iterator[dict[str, Any]]:
        """Its epochs in order. Those without a number, or a single row without a value, are none.

        A failed trial has none where its metric is missing.
        """
        before = 0
        for row in rows:
            epoch = self._epochs[row] if self._epochs else 1
            if epoch is None:
                continue
            if self._found.is_curve and before and number[epoch] <= before:
                raise ValueError(
                    f"{self._source}, trial {one_line(trial_id, 60)}: epoch {epoch} in row "
                    f"{row + 1} comes after a later or equal one: sort the rows, and keep one of "
                    "each epoch"
                )
            before = number.get(epoch, epoch)
            values = {name: column[row] for name, column in self._numbers.items()}
            is_known = np.isfinite(values[self._goal.metric])
            if not self._found.is_curve and not is_known and self._ended(row) not in _IN_ORDER:
                continue
            if "steps" in values:
                steps = values.pop("steps")
                values |= {"steps": int(steps)} if np.isfinite(steps) and steps >= 0 else {}
            if "time" in values and not np.isfinite(values["time"]):
                del values["time"]
            yield {"epoch": before} | values

    def _status(
        self, trial_id: str, row: int, epochs: Sequence[Mapping[str, Any]], longest: int
    ) -> str:
        length = int(epochs[-1]["epoch"]) if epochs else 0
        return self._ended(row) or ended_early(length, longest if self._epochs else 1)

    def _ended(self, row: int) -> str:
        """How a row says that its trial ended; ENDED where it does not say whether early."""
        text = self._text("status", row)
        if text is None:
            return ENDED
        if self._found.roles["status"] == "State" and text.lower() == "finished":
            return ENDED  # W&B's says no more than that the process ended well
        status = STATUS_WORDS.get(text.strip().lower())
        if status is None:
            words = ", ".join(STATUS_WORDS)
            raise ValueError(
                f"{self._source}, row {row + 1}: status {shown(text)} is none that is known: use "
                f"one of {words}"
            )
        return status

    def _text(self, role: str, row: int) -> str | None:
        value = self._texts[role][row] if role in self._texts else None
        return None if value is None or value != value else str(value)

    def _rows_of_trials(self, frame: pd.DataFrame) -> dict[str, list[int]]:
        """The rows of each trial, in the order in which they begin."""
        column = self._found.roles.get("trial_id")
        if column is None:
            if self._found.is_curve:
                raise ValueError(
                    f"{self._source} has several rows of one epoch and no column trial_id: name "
                    "the one that tells trials apart, as in --column trial_id=NAME"
                )
            return {f"s{row:05d}": [row] for row in range(len(frame))}
        rows: dict[str, list[int]] = {}
        for row, key in enumerate(_values(frame[column])):
            if key is None:
                raise ValueError(f"{self._source}, row {row + 1}: column {quoted(column)} is empty")
            trial_id = f"s{key:05d}" if type(key) is int else str(key)
            rows.setdefault(trial_id, []).append(row)
        twice = next((key for key, found in rows.items() if len(found) > 1), None)
        if twice is not None and not self._found.is_curve:
            raise ValueError(
                f"{self._source} has trial {one_line(twice, 60)} in {len(rows[twice])} rows: keep "
                "one of them, or name the column of the epoch, as in --column epoch=NAME"
            )
        return rows

    def _whole(self, frame: pd.DataFrame, role: str) -> list[int | None] | None:
        """A column of whole numbers as integers; None for empty cells."""
        column = self._found.roles.get(role)
        if column is None:
            return None
        numbers = _numbers(frame, column, self._source)
        found: list[int | None] = []
        for row, number in enumerate(numbers):
            if number == number and not float(number).is_integer():
                raise ValueError(
                    f"{self._source}, row {row + 1}: {quoted(column)} must be a whole number, got "
                    f"{number}: round it, or drop the column"
                )
            found.append(int(number) if number == number else None)
        return found


_IN_ORDER = (ENDED, FINISHED, STOPPED, DIVERGED)
"""How a trial ends that has been measured: without a finite number it diverged."""


def _check_metric(frame: pd.DataFrame, metric: str | None, source: str) -> None:
    """Losses that are text are said to be, before they are missed among the numbers."""
    name = metric if metric is not None else LOSS
    if name in frame and not pd.api.types.is_numeric_dtype(frame[name]):
        _numbers(frame, name, source)


def _numbers(frame: pd.DataFrame, name: str, source: str) -> list[float]:
    """A column as floats, NaN for empty cells. Raises ValueError for text."""
    column = frame[name]
    if not pd.api.types.is_numeric_dtype(column):
        for row, value in enumerate(column.tolist()):
            if value is not None and value == value and not isinstance(value, int | float):
                raise ValueError(
                    f"{source}, row {row + 1}: column {quoted(name)} holds {shown(value)}, and "
                    "numbers are needed: correct it, or leave the cell empty"
                )
    return column.astype(float).tolist()


def _values(column: pd.Series) -> list[Any]:
    """A column's values as plain ones, None for empty cells.

    Whole numbers in a column that is only for its empty cells one of floats are integers again,
    and what a file had to write as JSON text is a list, a number or a switch again.
    """
    if pd.api.types.is_float_dtype(column):
        known = column.dropna()
        is_whole = len(known) < len(column) and (known % 1 == 0).all()
        return [
            None if value != value else int(value) if is_whole else float(value)
            for value in column.tolist()
        ]
    return [_cell(value) for value in column.tolist()]


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        try:
            written = json.loads(value)
        except ValueError:
            return value
        is_plain = isinstance(written, int | float | list | dict) and written == written
        return written if is_plain else value
    if value is None or (isinstance(value, float) and value != value) or value is pd.NaT:
        return None
    return plain(value)
