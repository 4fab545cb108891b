"""Optuna's parameters: the value that a number stands for, and the dimension of a distribution."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from search_spaces import Choice, Float, Int, Searched

MOST_CACHED = 4096
"""Distributions that are parsed once: most studies have one for each parameter."""


def parameter(number: float, distribution: str) -> tuple[Any, Searched]:
    """The value and the dimension of a parameter as Optuna stores it: a number and JSON.

    Raises ValueError, LookupError or TypeError where that is damaged.
    """
    kind, fields = _parsed(distribution)
    dimension = _dimension(distribution)
    if kind == "categorical":
        return fields["choices"][int(number)], dimension
    return int(number) if kind == "int" else float(number), dimension


def around(dimensions: Sequence[Searched]) -> Searched:
    """The smallest dimension that holds all: a study's distributions may change on its way."""
    first = dimensions[0]
    if len(dimensions) == 1:
        return first
    ranges = [d for d in dimensions if not isinstance(d, Choice)]
    if len(ranges) == len(dimensions):
        low, high = min(d.low for d in ranges), max(d.high for d in ranges)
        is_log = all(d.log for d in ranges)
        if all(isinstance(d, Int) for d in ranges):
            return Int(int(low), int(high), is_log)
        return Float(low, high, is_log)
    choices: dict[str, Any] = {}
    for dimension in dimensions:
        for choice in dimension.choices if isinstance(dimension, Choice) else ():
            choices.setdefault(json.dumps(choice), choice)
    return Choice(list(choices.values()))


@lru_cache(MOST_CACHED)
def _dimension(distribution: str) -> Searched:
    kind, fields = _parsed(distribution)
    if kind == "categorical":
        return Choice(fields["choices"])
    low, high = fields["low"], fields["high"]
    if low == high:
        return Choice([low])
    step, is_log = fields.get("step") or fields.get("q"), bool(fields.get("log"))
    if kind == "int":
        return Int(low, high, is_log, None if step == 1 else step)
    return Float(low, high, is_log, step)


@lru_cache(MOST_CACHED)
def _parsed(distribution: str) -> tuple[str, Mapping[str, Any]]:
    """`float`, `int` or `categorical`, and the fields.

    Optuna before 3.0 had a class for each kind of range; the form with `type` is its shorthand.
    """
    written = json.loads(distribution)
    if "type" in written:
        return written["type"], written
    name, fields = written["name"], written["attributes"]
    is_log = fields.get("log") or "Log" in name
    kinds = {"Categorical": "categorical", "Int": "int"}
    kind = next((kind for start, kind in kinds.items() if name.startswith(start)), "float")
    return kind, {**fields, "log": is_log}
