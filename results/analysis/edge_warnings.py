"""Warnings that the best value may lie beyond what was searched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from results.analysis.coordinates import Axis, Floats
from results.analysis.gain import MORE
from results.analysis.never_trained import never_trained_in
from results.analysis.profiles import LEVEL, Profile
from results.analysis.run_warning import RunWarning
from results.analysis.summary import Summary
from results.analysis.surrogate import share_of
from results.commands import wider_command
from results.format import name_text, percent, value_text
from results.run_data import RunData
from search_spaces import Choice, choices_setting, further, setting_of, widened
from search_spaces.dimensions import takes

AT_EDGE = 0.025
"""A value within this share of the range of its end lies at the edge."""

EDGE_CHANCE = 0.2
"""Chance of the best value lying at the edge from which on that is a warning. At the 5 % with
which an interval reaches the edge one in five heavily noisy searches would be warned in vain."""

BEST_CHANCE = 0.5
"""Chance above which the first or last of choices among numbers is called best ..."""

BEATS_CHANCE = 0.9
"""... given that it beats the next one with this chance. A smooth surface about which nothing is
known has its lowest point at an end more often than not."""

CLEAR = 4.0
"""Margins by which some value of a range has to be worse than its best. A line along what has no
effect is lowest at an end more often than not; one in fifty is so steep (docs/decisions.md)."""

CHOICE_ENDS = (("low", 0, 1, "smallest", "smaller"), ("high", -1, -2, "largest", "larger"))
"""Places of the first and the last choice and of their neighbours, and what they are called."""


def near_edge(run: RunData, summary: Summary) -> Iterator[RunWarning]:
    """The best value may lie beyond what was tried."""
    for line in summary.profiles:
        if ends := _range_ends(summary, line):
            yield _range_warning(run, line.dimension, ends)
    yield from (warning for _, _, warning in _choice_edges(run, summary))


def open_ends(run: RunData, summary: Summary) -> dict[str, list[str]]:
    """Of each hyperparameter the ends, `low` and `high`, of which `near_edge` warns."""
    found = {line.dimension.name: _range_ends(summary, line) for line in summary.profiles}
    for name, end, _ in _choice_edges(run, summary):
        found[name] = sorted({*found.get(name, []), end})
    return found


def _surely_matters(heights: Floats) -> float:
    """By how much, at least with 95 %, some value is worse than the best, of draws of shape (draws,
    values)."""
    above = heights - heights[:, [heights.mean(axis=0).argmin()]]
    return float(np.quantile(above, (1 - LEVEL) / 2, axis=0).max())


def _range_ends(summary: Summary, line: Profile) -> list[str]:
    """Only ends that can move out: a share does not lie below 0."""
    axis, dimension = line.dimension, line.dimension.dimension
    if isinstance(dimension, Choice) or not summary.is_sure:
        return []
    if _surely_matters(line.difference) < CLEAR * summary.margin:
        return []
    wider = widened(axis.name, dimension)
    best = axis.coordinates(line.values)[line.difference.argmin(axis=1), 0]
    is_low = wider.low < axis.low and float((best <= AT_EDGE).mean()) >= EDGE_CHANCE
    is_high = wider.high > axis.high and float((best >= 1 - AT_EDGE).mean()) >= EDGE_CHANCE
    return ["low"] * is_low + ["high"] * is_high


def _range_warning(run: RunData, axis: Axis, ends: Sequence[str]) -> RunWarning:
    assert not isinstance(axis.dimension, Choice), axis
    wider = widened(axis.name, axis.dimension)
    places = " and ".join(value_text(getattr(axis, end)) for end in ends)
    beyond = {end: getattr(wider, end) for end in ends}
    setting = setting_of(axis.name, replace(axis.dimension, **beyond))
    text = f"the best {axis.name} may lie beyond the range searched ({places})"
    return RunWarning("edge", text, wider_command(run, setting, MORE))


def _choice_edges(run: RunData, summary: Summary) -> Iterator[tuple[str, str, RunWarning]]:
    """A choice's name, an end of what was tried of it, `low` or `high`, and what to say."""
    for axis, values, lowest in _along_choices(summary):
        if _surely_matters(lowest) < summary.margin:
            continue
        shares = share_of(lowest.argmin(axis=1), len(values))
        for end, place, inner, word, more in CHOICE_ENDS:
            beats = float((lowest[:, place] < lowest[:, inner]).mean())
            if _were_left_out_beyond(run, axis.name, values[place], place):
                continue
            beyond = _with_further(axis, values, place)
            if shares[place] > BEST_CHANCE and beats >= BEATS_CHANCE and beyond:
                which = f"the {word} {name_text(axis.name)} tried, {value_text(values[place])}"
                text = f"{which}, is best with {percent(shares[place])}: try {more} ones"
                yield axis.name, end, RunWarning("edge", text, wider_command(run, beyond, MORE))


def _along_choices(summary: Summary) -> Iterator[tuple[Axis, Sequence[Any], Floats]]:
    """The batch size and the choices among numbers that are placed by their logarithm.

    Each with its values and every draw's height at each of them, of the batch size at its best lr.
    """
    posterior = summary.posterior if summary.is_sure else None
    if posterior is None:
        return
    batch = posterior.observations.batch
    if batch is not None:
        yield batch, *posterior.lowest_by_batch_size_drawn()
    for line in summary.profiles:
        axis = line.dimension
        if axis.choices and axis.is_numeric and axis.log and axis != batch and len(line.values) > 1:
            yield axis, line.values, line.difference


def _were_left_out_beyond(run: RunData, name: str, end: Any, place: int) -> bool:
    """Whether values further out were tried, and never trained."""
    gone = never_trained_in(run).get(name, [])
    return any(value < end if place == 0 else value > end for value in gone)


def _with_further(axis: Axis, values: Sequence[Any], place: int) -> str:
    """The setting with up to two values beyond one end; empty where there are none, or the
    space has them already: a constraint then keeps them from the recommended configuration.

    It holds all that were searched: what was tried goes on to count.
    """
    dimension = axis.dimension
    if axis.name == "batch_size":
        beyond = _doubled(axis, values[place], place)
    else:
        beyond = further(axis.name, values[::-1] if place == 0 else values)
    beyond = sorted(value for value in beyond if not takes(dimension, value))
    if not beyond:
        return ""
    if not isinstance(dimension, Choice):
        moved: dict[str, Any] = {"low": beyond[0]} if place == 0 else {"high": beyond[-1]}
        return setting_of(axis.name, replace(dimension, **moved))
    return choices_setting(axis.name, sorted({*axis.choices, *beyond}))


def _doubled(axis: Axis, end: int, place: int) -> list[int]:
    """A quarter and half of the lowest batch size, or twice and four times the highest, on the
    grid of its range."""
    step = getattr(axis.dimension, "step", None) or 1
    wanted = (end // 4, end // 2) if place == 0 else (2 * end, 4 * end)
    on_grid = {end + round((size - end) / step) * step for size in wanted}
    return [size for size in on_grid if size >= 1]
