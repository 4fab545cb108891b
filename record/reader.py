"""Reading `epochs.jsonl`: every sound line sorted by what it tells, the others counted."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from record.lines import BEGINNINGS, SEARCH_ENDED, Line, is_sound
from record.paths import AnyPath, segments_dir
from record.remote_path import RemotePath

PIECE_BYTES = 2**20
"""Of a record that are parsed at a time."""


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
    num_validation: int | None = None
    """Examples in the validation part, where the record tells."""
    has_ended: bool = False
    """Whether the search, or the last resume of it, came to its end; not after a kill."""

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
        elif kind == "data":
            self.num_validation = line.get("validation")
        elif kind == "mark" and line["name"] in BEGINNINGS:
            self.starts.append(line["time"])
            self.has_ended = False
        elif kind == "mark" and line["name"] == SEARCH_ENDED:
            self.has_ended = True

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
    lines = [value for value in values if is_sound(value)]
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


def num_bytes(path: AnyPath) -> int:
    """Of the record at `path`, 0 where there is none: it has grown if and only if that has."""
    directory = segments_dir(path)
    if isinstance(directory, RemotePath):
        return directory.num_bytes_below()
    files = [path, *(directory.iterdir() if directory.is_dir() else ())]
    return sum(file.stat().st_size for file in files if file.is_file())


def read_record(path: AnyPath) -> Record:
    """The lines of the record at `path`, sorted by what they tell."""
    lines, damaged = read_lines(path)
    record = Record(damaged_lines=damaged)
    for line in lines:
        record.add(line)
        record.times.append(line["time"])

    return record


def _last_before(times: list[float], borders: list[float]) -> Iterator[float]:
    """For each border the largest of the sorted `times` below it."""
    position = 0
    for border in borders:
        while position < len(times) and times[position] < border:
            position += 1
        yield times[max(position - 1, 0)]
