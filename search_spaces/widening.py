"""Wider ranges: where to look when the best value may lie beyond the end of a range."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from search_spaces.limits import Limits, limits_of
from search_spaces.ranges import MAX_INTEGER, Float, Int

WIDER = 10.0
"""Factor by which the ends of a log range move out; those of a linear one by half its width.
Towards a limit that cannot be reached, as 0 for a learning rate, the factor by which the distance
to it falls."""


def widened(name: str, dimension: Float | Int) -> Float | Int:
    """The range with both ends moved out, on its grid, as far as the hyperparameter goes.

    An end that cannot move stays where it is: at a limit of the name, or a step from it. So does a
    range beyond the limits: the task means something else by the name.
    """
    limits, half = limits_of(name, dimension), (dimension.high - dimension.low) / 2
    if not (limits.allow(dimension.low) and limits.allow(dimension.high)):
        return dimension
    low = dimension.low / WIDER if dimension.log else dimension.low - half
    high = dimension.high * WIDER if dimension.log else dimension.high + half
    try:
        return replace(
            dimension,
            low=_moved(dimension, limits, dimension.low, max(low, _lowest(limits, dimension.low))),
            high=_moved(
                dimension, limits, dimension.high, min(high, _highest(limits, dimension.high))
            ),
        )
    except (OverflowError, ValueError):  # too many steps, or beyond the largest number
        return dimension


def further(name: str, numbers: Sequence[Any]) -> list[Any]:
    """Up to two numbers beyond the last of these positive ones, by the ratio of the last two.

    Integers where all are, others to two digits; fewer or none where the hyperparameter ends.
    """
    low, high = min(numbers), max(numbers)
    are_integers = all(isinstance(number, int) for number in numbers)
    limits = limits_of(name, Int(low, high) if are_integers else Float(float(low), float(high)))
    ratio = numbers[-1] / numbers[-2]
    wanted = [numbers[-1] * ratio**power for power in (1, 2)]
    found = [round(n) if are_integers else float(f"{n:.2g}") for n in wanted if n < MAX_INTEGER]
    new = [number for number in dict.fromkeys(found) if not low <= number <= high]
    return [number for number in new if limits.allow(number)]


def _lowest(limits: Limits, low: float) -> float:
    """How far an end at `low` may go down."""
    if limits.above is not None:
        return limits.above + (low - limits.above) / WIDER

    return -float("inf") if limits.at_least is None else limits.at_least


def _highest(limits: Limits, high: float) -> float:
    """How far an end at `high` may go up."""
    if limits.below is not None:
        return limits.below + (high - limits.below) / WIDER

    return float("inf") if limits.at_most is None else limits.at_most


def _moved(dimension: Float | Int, limits: Limits, old: float, new: float) -> Any:
    """`new` as a number of the dimension's kind, a whole number of steps from `old`.

    `old` where nothing that the limits allow lies so far out, or `new` lies further in.
    """
    end = new
    if dimension.step is not None:
        end = old + int((new - old) / dimension.step) * dimension.step
    if isinstance(dimension, Int):
        end = round(min(max(end, -MAX_INTEGER), MAX_INTEGER))
    else:
        end = float(f"{end:.12g}")
    is_outside = not dimension.low <= end <= dimension.high
    return end if is_outside and limits.allow(end) else old
