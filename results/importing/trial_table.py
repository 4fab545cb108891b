"""A table of trials, a row per trial or per trial and epoch, as imported trials."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

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
from results.importing.table_cells import numbers, texts, values, whole_numbers, writes_none
from results.importing.table_columns import (
    COUNTS,
    STEPS,
    Columns,
    find_columns,
    numeric_columns,
    renamed,
)
from search_spaces.messages import one_line, quoted, shown

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

TIMED = ("seconds", "steps", "time")
"""Taken, too, where it is known how many epochs they are of."""


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
    compared = LOSS if metric is None else metric
    if compared in frame:  # before what is text is missed among the columns of numbers
        numbers(frame, compared, source)
    found = find_columns(frame, metric)
    goal = goal_of(metric, mode, numeric_columns(frame, found))
    if goal.metric != metric:
        found = find_columns(frame, goal.metric)
    if not found.config:
        raise ValueError(
            f"{source} has no column of a hyperparameter: name one, as in "
            "--column config/lr=learning_rate"
        )
    trials = list(_Table(frame, found, goal, source).trials())
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
        self._source, self._found = source, found
        self._reported = {
            name: numbers(frame, name, source)
            for name in dict.fromkeys([goal.metric, LOSS, *MEASURED])
            if name in frame
        }
        self._metric = self._reported[goal.metric]
        for role in TIMED if "epoch" in found.roles else ():
            column = found.roles.get(role)
            if column and pd.api.types.is_numeric_dtype(frame[column]):
                self._reported[role] = numbers(frame, column, source)
        self._texts = {
            role: texts(frame[found.roles[role]])
            for role in ("status", "error")
            if role in found.roles
        }
        self._seeds = self._whole(frame, "seed") or [None] * len(frame)
        names = dimension_names(list(found.config))
        self._config = {names[name]: values(frame[column]) for name, column in found.config.items()}
        self._with_none = {name for name, cells in self._config.items() if writes_none(cells)}
        self._epochs = self._epoch_of_rows(frame)
        self._rows = self._rows_of_trials(frame)

    def trials(self) -> Iterator[ImportedTrial]:
        """In the order in which they begin in the table."""
        curves = {key: list(self._curve(key, rows)) for key, rows in self._rows.items()}
        longest = max((curve[-1]["epoch"] for curve in curves.values() if curve), default=0)
        for trial_id, rows in self._rows.items():
            last, curve = rows[-1], curves[trial_id]
            length = curve[-1]["epoch"] if curve else 0
            yield ImportedTrial(
                trial_id=trial_id,
                config=self._config_of(last),
                epochs=curve,
                status=self._ended(last) or ended_early(length, longest),
                seed=self._seeds[last],
                error=self._text("error", last),
            )

    def _config_of(self, row: int) -> dict[str, Any]:
        """The configuration of a row, without what its cell says nothing of."""
        known = {n: cells[row] for n, cells in self._config.items() if cells[row] is not None}
        are_none = {n for n in self._with_none & known.keys() if isinstance(known[n], str)}
        return {name: None if name in are_none else value for name, value in known.items()}

    def _curve(self, trial_id: str, rows: Sequence[int]) -> Iterator[dict[str, Any]]:
        """The epochs of a trial in order. An epoch at which no trial has a value was not measured,
        and the end of a trial that failed without one is no epoch."""
        before = 0
        for row in rows:
            epoch = self._epochs[row]
            if epoch is None or (self._found.is_curve and epoch not in self._measured):
                continue
            if epoch <= before:
                raise ValueError(
                    f"{self._source}, trial {one_line(trial_id, 60)}: the epoch in row {row + 1} "
                    "comes after a later or equal one: sort the rows, and keep one of each epoch"
                )
            before = epoch
            has_ended = self._ended(row) in (ENDED, FINISHED, STOPPED, DIVERGED)
            if self._found.is_curve or has_ended or math.isfinite(self._metric[row]):
                yield {"epoch": epoch} | self._report(row)

    @cached_property
    def _measured(self) -> set[int | None]:
        pairs = zip(self._epochs, self._metric, strict=True)
        return {epoch for epoch, value in pairs if math.isfinite(value)} or set(self._epochs)

    def _report(self, row: int) -> dict[str, Any]:
        """What a row reports; a time and a number of steps only where they are some."""
        found: dict[str, Any] = {name: column[row] for name, column in self._reported.items()}
        for name in TIMED:
            if name in found and not (math.isfinite(found[name]) and found[name] >= 0):
                del found[name]
        return found | ({"steps": int(found["steps"])} if "steps" in found else {})

    def _ended(self, row: int) -> str:
        """How a row says that its trial ended; ENDED where it does not say whether early."""
        text = self._text("status", row)
        if text is None:
            return ENDED
        if self._found.roles["status"] == "State" and text.lower() == "finished":
            return ENDED  # W&B's says no more than that the process ended well
        status = STATUS_WORDS.get(text.strip().lower())
        if status is None:
            raise ValueError(
                f"{self._source}, row {row + 1}: status {shown(text)} is none that is known: use "
                f"one of {', '.join(STATUS_WORDS)}"
            )
        return status

    def _text(self, role: str, row: int) -> str | None:
        return self._texts[role][row] if role in self._texts else None

    def _whole(self, frame: pd.DataFrame, role: str) -> list[int | None] | None:
        column = self._found.roles.get(role)
        return None if column is None else whole_numbers(frame, column, self._source)

    def _epoch_of_rows(self, frame: pd.DataFrame) -> list[int | None]:
        """The epoch of each row, from 1; None where there is none. A table of ends has 1."""
        written = self._whole(frame, "epoch")
        if written is None:
            return [1] * len(frame)
        column = self._found.roles["epoch"]
        negative = next((row for row, number in enumerate(written) if (number or 0) < 0), None)
        if negative is not None:
            raise ValueError(
                f"{self._source}, row {negative + 1}: {quoted(column)} must be at least 0, got "
                f"{written[negative]}"
            )
        if column in COUNTS:  # so many were done: none is no epoch
            return [number or None for number in written]
        known = {number for number in written if number is not None}
        epochs = as_epochs(known, scaled=column in STEPS and self._found.is_curve)
        return [None if number is None else epochs[number] for number in written]

    def _rows_of_trials(self, frame: pd.DataFrame) -> dict[str, list[int]]:
        """The rows of each trial, in the order in which they begin."""
        column = self._found.roles.get("trial_id")
        if column is None and self._found.is_curve:
            raise ValueError(
                f"{self._source} has several rows of one epoch and no column trial_id: name the "
                "one that tells trials apart, as in --column trial_id=NAME"
            )
        if column is None:
            return {f"s{row:05d}": [row] for row in range(len(frame))}
        found: dict[str, list[int]] = {}
        for row, key in enumerate(values(frame[column])):
            if key is None:
                raise ValueError(f"{self._source}, row {row + 1}: column {quoted(column)} is empty")
            found.setdefault(f"s{key:05d}" if type(key) is int else str(key), []).append(row)
        twice = next((key for key, rows in found.items() if len(rows) > 1), None)
        if twice is not None and not self._found.is_curve:
            raise ValueError(
                f"{self._source} has trial {one_line(twice, 60)} in {len(found[twice])} rows: keep "
                "one of them, or name the column of the epoch, as in --column epoch=NAME"
            )
        return found
