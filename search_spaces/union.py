"""The union of spaces: the smallest box that holds what each of several searches could try."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from search_spaces.conditions import Condition
from search_spaces.dimensions import Choice, Function, Searched, takes
from search_spaces.space import Space
from search_spaces.values import identity, is_number

Named = tuple[str, Searched]
"""A dimension with the name of the run that has it."""


def union(spaces: Mapping[str, Space]) -> Space:
    """One space for all of `spaces`, which are known by the names of their runs.

    Ranges reach from the lowest end to the highest, choices are those of all; a dimension that
    only some have is as they have it. Constraints stay where all runs have them.

    Raises ValueError, in one line, for a dimension whose kinds, scales, steps or conditions
    differ, or whose values do not overlap.
    """
    found: dict[str, list[Named]] = {}
    for run, space in spaces.items():
        for name, dimension in space.dimensions.items():
            if not isinstance(dimension, Function):
                found.setdefault(name, []).append((run, dimension))
    first, *others = spaces.values()
    return Space(
        {name: _joined(name, of_runs) for name, of_runs in found.items()},
        {name: c for name in found if (c := _condition(name, spaces)) is not None},
        tuple(c for c in first.constraints if all(c in other.constraints for other in others)),
    )


def _joined(name: str, of_runs: Sequence[Named]) -> Searched:
    """The dimension that holds the values of all; whatever overlaps is joined first."""
    (owner, joined), *left = of_runs
    while left:
        near = next((pair for pair in left if _overlap(joined, pair[1])), left[0])
        try:
            joined = _hull(joined, near[1])
        except ValueError as error:
            raise ValueError(
                f"{name} cannot be taken together: {owner} has {joined.describe()} and {near[0]} "
                f"{near[1].describe()}, {error}"
            ) from None
        left.remove(near)
    return joined


def _hull(one: Searched, other: Searched) -> Searched:
    """The dimension with the values of both. ValueError says in few words why there is none."""
    if isinstance(one, Choice) and isinstance(other, Choice):
        if not _overlap(one, other):
            raise ValueError("which share no value")
        choices = list({identity(c): c for c in (*one.choices, *other.choices)}.values())
        return Choice(sorted(choices) if all(map(is_number, choices)) else choices)
    if isinstance(one, Choice) or isinstance(other, Choice):
        return _range_around(one, other)
    if _kind(one) != _kind(other):
        raise ValueError("which are not of one kind")
    if not _overlap(one, other):
        raise ValueError("which do not overlap")
    low, high = min(one.low, other.low), max(one.high, other.high)
    try:
        hull = replace(one, low=low, high=high)  # type: ignore[arg-type]  # both are of one kind
        for end in (one.low, other.low):
            hull.match(end)
    except ValueError:
        raise ValueError("whose steps do not fall together") from None
    return hull


def _range_around(one: Searched, other: Searched) -> Searched:
    """The range of the two, where all choices of the other one lie in it."""
    choice, around = (one, other) if isinstance(one, Choice) else (other, one)
    assert isinstance(choice, Choice), "one of the two is no range"
    if not _overlap(choice, around):
        raise ValueError("which do not overlap")
    if not all(takes(around, value) for value in choice.choices):
        raise ValueError("which are not of one kind")
    return around


def _overlap(one: Searched, other: Searched) -> bool:
    """Whether there is a value that both hold; of ranges, whether they reach each other."""
    if isinstance(one, Choice):
        return any(takes(other, value) for value in one.choices)
    if isinstance(other, Choice):
        return _overlap(other, one)
    return max(one.low, other.low) <= min(one.high, other.high)


def _kind(dimension: Searched) -> tuple[object, ...]:
    assert not isinstance(dimension, Choice), "ranges have kinds"
    return type(dimension), dimension.log, dimension.step


def _condition(name: str, spaces: Mapping[str, Space]) -> Condition | None:
    """When the dimension is present: the same in all that have it."""
    known = {run: s.conditions.get(name) for run, s in spaces.items() if name in s.dimensions}
    (owner, condition), *others = known.items()
    for run, other in others:
        if other != condition:
            raise ValueError(
                f"{name} cannot be taken together: it is there {_words(condition)} in {owner} and "
                f"{_words(other)} in {run}"
            )
    return condition


def _words(condition: Condition | None) -> str:
    return "always" if condition is None else condition.describe()
