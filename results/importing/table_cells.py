"""The cells of a table's columns as plain values; an empty one is None, or NaN among numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from record.lines import LARGEST_COUNT
from search_spaces.messages import quoted, shown
from search_spaces.values import NONE, plain

NONE_WORDS = {NONE, "None"}
"""What files write for None: our own, and Python's."""


def numbers(frame: pd.DataFrame, name: str, source: str) -> list[float]:
    """A column as floats. Raises ValueError, naming the row, for text."""
    column = frame[name]
    if pd.api.types.is_numeric_dtype(column):
        return [math.nan if is_empty(value) else float(value) for value in column.tolist()]
    found = []
    for row, value in enumerate(column.tolist()):
        if not is_empty(value) and not isinstance(value, int | float):
            raise ValueError(
                f"{source}, row {row + 1}: column {quoted(name)} holds {shown(value)}, and "
                "numbers are needed: correct it, or leave the cell empty"
            )
        is_huge = isinstance(value, int) and abs(value) > LARGEST_COUNT
        found.append(math.nan if is_empty(value) or is_huge else float(value))
    return found


def whole_numbers(frame: pd.DataFrame, name: str, source: str) -> list[int | None]:
    """A column as integers. Raises ValueError, naming the row, for other numbers and text."""
    found: list[int | None] = []
    for row, number in enumerate(numbers(frame, name, source)):
        if not math.isnan(number) and not (number.is_integer() and abs(number) <= LARGEST_COUNT):
            raise ValueError(
                f"{source}, row {row + 1}: {quoted(name)} must be a whole number, got {number}: "
                "correct it, or drop the column"
            )
        found.append(None if math.isnan(number) else int(number))
    return found


def texts(column: pd.Series) -> list[str | None]:
    """A column as text."""
    return [None if is_empty(value) else str(value) for value in column.tolist()]


def values(column: pd.Series) -> list[Any]:
    """A column as plain values.

    Whole numbers in a column that is one of floats only for its empty cells are integers again,
    and what a file had to write as JSON text is a list, a number or a switch again.
    """
    if not pd.api.types.is_float_dtype(column):
        return [_cell(value) for value in column.tolist()]
    known = column.dropna()
    is_whole = len(known) < len(column) and bool((known % 1 == 0).all())
    kind = int if is_whole else float
    return [None if is_empty(value) else kind(value) for value in column.tolist()]


def writes_none(cells: Sequence[Any]) -> bool:
    """Whether text among the cells stands for None: `none` beside values that are no text.

    Among other texts it may be a choice of its own.
    """
    known = [value for value in cells if value is not None]
    words = {value for value in known if isinstance(value, str)}
    return bool(words) and words <= NONE_WORDS and not all(isinstance(v, str) for v in known)


def is_empty(value: Any) -> bool:
    """Whether a cell holds nothing: None, NaN, or what pandas has in their place."""
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    return isinstance(value, float) and math.isnan(value)


def _cell(value: Any) -> Any:
    if is_empty(value):
        return None
    if not isinstance(value, str):
        return plain(value)
    try:
        written = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return written if isinstance(written, int | float | list | dict) else value
