"""Whether the answers of runs really differ, in a line for each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from results.format import name_text


def difference_lines(found: pd.DataFrame) -> list[str]:
    """`second is better than first by 3 % (90 % in 1 to 5)`, for each row of `differences`."""
    return [_line(row) for row in found.to_dict("records")]


def _line(row: Mapping[Any, Any]) -> str:
    better, worse = row["better"], row["worse"]
    if isinstance(row["unknown"], str):
        return f"{better} and {worse} {row['unknown']}"
    factor, unit = (100, "%") if row["is_share"] else (1, f"of {name_text(row['metric'])}")
    value, low, high = (factor * row[name] for name in ("difference", "low", "high"))
    decimals = _decimals(high - low)
    ends = f"{_number(low, decimals)} to {_number(high, decimals)}"
    if row["is_real"]:
        by = f"{_number(value, decimals)} {unit}"
        return f"{better} is better than {worse} by {by} (90 % in {ends})"
    return f"{better} and {worse} are as good within noise ({better} better by {ends} {unit})"


def _decimals(width: float) -> int:
    """As many as half of an interval of that width has leading zeros."""
    return max(0, -math.floor(math.log10(width / 2))) if width > 0 else 2


def _number(value: float, decimals: int) -> str:
    """Never `-0`."""
    return f"{round(value, decimals) + 0.0:.{decimals}f}"
