"""The space of trials whose source keeps none: what their values show."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from search_spaces import Choice, Config, Dimension, Float, Int, Space
from search_spaces.conditions import Condition
from search_spaces.values import identity, is_number

MOST_CHOICES = 12
"""Distinct numbers, each tried twice on average, up to which they were choices."""

LOG_SPAN = 10.0
"""A positive range over which the ends differ by this factor was searched by its logarithm."""


def space_of(
    configs: Sequence[Config], whole: Sequence[Config], stored: Mapping[str, Dimension]
) -> Space:
    """The smallest space that explains the configurations; dimensions that are `stored` count.

    A hyperparameter that only some of the `whole` ones have is present under a condition, where the
    value of another one tells them apart; a trial that failed at once may lack any. Raises
    ValueError for values that a hyperparameter cannot have.
    """
    values: dict[str, list[Any]] = {}
    for config in configs:
        for name, value in config.items():
            values.setdefault(name, []).append(value)
    # those that most have come first: a condition asks for a dimension before it
    names = sorted(values, key=lambda name: -len(values[name]))
    dimensions = {
        name: stored[name] if name in stored else dimension_of(values[name]) for name in names
    }
    conditions = {}
    for place, name in enumerate(names):
        parents = [n for n in names[:place] if isinstance(dimensions[n], Choice)]
        condition = _condition(name, parents, whole)
        if condition is not None:
            conditions[name] = condition
    return Space(dimensions, conditions)


def dimension_of(values: Sequence[Any]) -> Dimension:
    """What a hyperparameter with these values was drawn from, as far as they tell.

    One value is a constant. Text, switches and lists are choices, and so are a few numbers that
    were tried again and again, and powers of two. Other numbers are a range.
    """
    distinct = list({identity(value): value for value in values}.values())
    if len(distinct) == 1:
        return Choice(distinct)
    if not all(map(is_number, distinct)):
        return Choice(sorted(distinct, key=str))
    is_whole = all(isinstance(value, int) for value in distinct)
    is_repeated = len(distinct) <= MOST_CHOICES and 2 * len(distinct) <= len(values)
    if is_repeated or (is_whole and all(map(_is_power_of_two, distinct))):
        return Choice(sorted(distinct))
    low, high = min(distinct), max(distinct)
    is_log = low > 0 and high / low >= LOG_SPAN
    return Int(low, high, is_log) if is_whole else Float(low, high, is_log)


def _is_power_of_two(value: int) -> bool:
    return value > 0 and value & (value - 1) == 0


def _condition(name: str, parents: Sequence[str], configs: Sequence[Config]) -> Condition | None:
    """The condition under which a hyperparameter is there; None where it is in all, or none is."""
    having = [config for config in configs if name in config]
    lacking = [config for config in configs if name not in config]
    for parent in parents if having and lacking else ():
        if not all(parent in config for config in having):
            continue
        accepted: dict[Hashable, Any] = {identity(c[parent]): c[parent] for c in having}
        if not any(parent in c and identity(c[parent]) in accepted for c in lacking):
            return Condition({parent: tuple(accepted.values())})
    return None
