"""Reading `epochs.jsonl`: every sound line sorted by what it tells, the others counted."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from record import AnyPath, RemotePath, segments_dir

Line = dict[str, Any]

PIECE_BYTES = 2**20
"""Of a record that are parsed at a time."""
LARGEST_COUNT = 2**53
"""Epochs, steps and seeds above this are damage: a float could not hold them exactly."""

STATUSES = ("finished", "stopped", "diverged", "failed", "interrupted")


@dataclass
class Record:
    """The lines of one record, in the order they were written."""

    trials: list[Line] = field(default_factory=list)
    epochs: list[Line] = field(default_factory=list)
    statuses: dict[str, Line] = field(default_factory=dict)
    """The last status of each trial since its last attempt began."""
    tests: list[Line] = field(default_factory=list)
    plans: list[Line] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    """Times at which a search or a resume began, in seconds since 1970."""
    times: list[float] = field(default_factory=list)
    damaged_lines: int = 0

    def add(self, line: Line) -> None:
        """File one sound line; a kind that this version does not know is left out."""
        kind = line["kind"]
        if kind == "epoch":
            self.epochs.append(line)
        elif kind == "trial":
            self.trials.append(line)
            self.statuses.pop(line["trial_id"], None)
        elif kind == "status":
            self.statuses[line["trial_id"]] = line
        elif kind == "test":
            self.tests.append(line)
        elif kind == "stage":
            self.plans.append(line)
        elif kind == "mark" and line["name"] in ("search_started", "resumed"):
            self.starts.append(line["time"])

    def wall_seconds(self) -> float:
        """Seconds in which the run was at work: pauses before a resume do not count."""
        if not self.times:
            return 0.0

        times = sorted(self.times)
        starts = sorted({times[0], *self.starts})
        ends = _last_before(times, [*starts[1:], math.inf])
        return sum(end - start for start, end in zip(starts, ends, strict=True))


def read_lines(path: AnyPath) -> tuple[list[Line], int]:
    """The sound lines of the record at `path` in their order, and how many are damaged.

    A half-written last line is ignored.
    """
    values = [value for lines in _pieces(_read(path)) for value in _values(lines)]
    lines = [value for value in values if _is_sound(value)]
    return lines, len(values) - len(lines)


def _pieces(data: bytes) -> Iterator[bytes]:
    """The whole lines of `data`, a few thousand at a time."""
    start, end = 0, data.rfind(b"\n") + 1
    while start < end:
        stop = data.find(b"\n", min(start + PIECE_BYTES, end) - 1) + 1
        yield data[start:stop]
        start = stop


def _values(lines: bytes) -> list[Any]:
    """What each line holds as JSON; None where it is damaged.

    Sound lines are parsed as one array: they then share the strings of their names.
    """
    try:
        values: list[Any] = json.loads(b"[" + lines[:-1].replace(b"\n", b",") + b"]")
    except (ValueError, RecursionError):
        values = []
    if len(values) == lines.count(b"\n"):
        return values
    return [_value(text) for text in lines.split(b"\n") if text.strip()]


def _value(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _read(path: AnyPath) -> bytes:
    """All segments in their order, as a store and a copy of it have them; then the file."""
    directory = segments_dir(path)
    if isinstance(path, RemotePath) or directory.is_dir():
        segments = [file.read_bytes() for file in sorted(directory.iterdir(), key=_name)]
        return b"".join(segments) + (path.read_bytes() if path.is_file() else b"")
    return path.read_bytes()


def _name(path: AnyPath) -> str:
    return path.name


def read_record(path: AnyPath) -> Record:
    """The lines of the record at `path`, sorted by what they tell."""
    lines, damaged = read_lines(path)
    record = Record(damaged_lines=damaged)
    for line in lines:
        record.add(line)
        record.times.append(line["time"])

    return record


def _is_sound(line: Any) -> bool:
    """Whether it is a line of a record, with values of the right types."""
    if not isinstance(line, dict) or not isinstance(line.get("kind"), str):
        return False
    check = CHECKS.get(line["kind"])
    return _is_number(line.get("time")) and (check is None or check(line))


def _is_epoch(line: Line) -> bool:
    return (
        isinstance(line.get("trial_id"), str)
        and _is_count(line.get("epoch"), lowest=1)
        and _is_loss(line.get("val_loss"))
        and _is_loss(line.get("train_loss"))
        and _is_loss(line.get("train_eval_loss"))
        and _is_loss(line.get("seconds"))
        and _is_count(line.get("steps", 0))
    )


def _is_trial(line: Line) -> bool:
    return (
        isinstance(line.get("trial_id"), str)
        and isinstance(line.get("config"), dict)
        and _is_count(line.get("seed", 0), lowest=-LARGEST_COUNT)
        and _is_count(line.get("attempt", 1), lowest=1)
    )


def _is_status(line: Line) -> bool:
    return isinstance(line.get("trial_id"), str) and line.get("status") in STATUSES


def _is_test(line: Line) -> bool:
    return isinstance(line.get("trial_id"), str) and _is_loss(line.get("test_loss"))


def _is_plan(line: Line) -> bool:
    planned = line.get("trials")
    return isinstance(planned, list) and len(planned) > 0 and all(map(_is_planned, planned))


def _is_planned(trial: object) -> bool:
    return (
        isinstance(trial, dict)
        and "seed" in trial
        and _is_trial(trial)
        and isinstance(trial.get("role"), str)
    )


def _is_mark(line: Line) -> bool:
    steps = line.get("stages", [])
    return (
        isinstance(line.get("name"), str)
        and isinstance(steps, list)
        and all(isinstance(step, str) for step in steps)
    )


CHECKS: dict[str, Callable[[Line], bool]] = {
    "epoch": _is_epoch,
    "trial": _is_trial,
    "status": _is_status,
    "test": _is_test,
    "stage": _is_plan,
    "mark": _is_mark,
}


def _is_number(value: object) -> bool:
    """A finite float, or an int that a float can hold."""
    if isinstance(value, float):
        return math.isfinite(value)
    return type(value) is int and abs(value) <= LARGEST_COUNT


def _is_loss(value: object) -> bool:
    """A number, or None for one that is absent or was not finite."""
    return value is None or isinstance(value, float) or _is_number(value)


def _is_count(value: object, lowest: int = 0) -> bool:
    return type(value) is int and lowest <= value <= LARGEST_COUNT


def _last_before(times: list[float], borders: list[float]) -> Iterator[float]:
    """For each border the largest of the sorted `times` below it."""
    position = 0
    for border in borders:
        while position < len(times) and times[position] < border:
            position += 1
        yield times[max(position - 1, 0)]
