"""What a tracker is, and what it finds in the record's lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from record.lines import LINE_FIELDS, Line


class Tracker(Protocol):
    """Takes in the record's lines as they are written."""

    def update(self, lines: Iterable[Line]) -> None:
        """Note trials, epochs and how trials ended; other lines say nothing to it."""

    def close(self) -> None:
        """Write out everything that was noted."""


def measurements(line: Line) -> Iterator[tuple[str, float]]:
    """Names and finite values of an epoch's line."""
    for name, value in line.items():
        if name not in LINE_FIELDS and isinstance(value, int | float):
            yield name, float(value)


def missing(name: str, package: str) -> ValueError:
    """What to say where the package of `--track name` is not installed."""
    return ValueError(f"--track {name} needs {package}: pip install 'flatbasin[{name}]'")
