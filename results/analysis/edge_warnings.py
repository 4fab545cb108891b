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
from results.format import percent, value_text
from results.run_data import RunData
from search_spaces import Choice, choices_setting, setting_of, widened
from search_spaces.dimensions import takes

AT_EDGE = 0.025
"""A value within this share of the range of its end lies at the edge."""

EDGE_CHANCE = 0.2
"""Chance of the best value lying at the edge from which on that is a warning. At the 5 % with
which an interval reaches the edge one in five heavily noisy searches would be warned in vain."""

BEST_CHANCE = 0.5
"""Chance above which the first or last tried batch size is called best ..."""

BEATS_CHANCE = 0.9
"""... given that it beats the next one with this chance. A smooth surface about which nothing is
known has its lowest point at an end more often than not."""

CLEAR = 4.0
"""Margins by which some value of a range has to be worse than its best. A line along what has no
effect is lowest at an end more often than not; one in fifty is so steep (docs/decisions.md)."""

BATCH_SIZE_ENDS = (("low", 0, 1, "smallest", "smaller"), ("high", -1, -2, "largest", "larger"))
"""Places of the first and the last batch size and of their neighbours, and what they are called."""


def near_edge(run: RunData, summary: Summary) -> Iterator[RunWarning]:
    """The best value may lie beyond what was tried."""
    for line in summary.profiles:
        if ends := _range_ends(summary, line):
            yield _range_warning(run, line.dimension, ends)
    yield from (warning for _, _, warning in _batch_edges(run, summary))


def open_ends(run: RunData, summary: Summary) -> dict[str, list[str]]:
    """Of each hyperparameter the ends, `low` and `high`, of which `near_edge` warns."""
    found = {line.dimension.name: _range_ends(summary, line) for line in summary.profiles}
    for name, end, _ in _batch_edges(run, summary):
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


def _batch_edges(run: RunData, summary: Summary) -> Iterator[tuple[str, str, RunWarning]]:
    """The batch size's name, an end of those that were tried, `low` or `high`, and what to say."""
    posterior = summary.posterior if summary.is_sure else None
    if posterior is None or posterior.observations.batch is None:
        return
    batch = posterior.observations.batch
    sizes, lowest = posterior.lowest_by_batch_size_drawn()
    if _surely_matters(lowest) < summary.margin:
        return
    shares = share_of(lowest.argmin(axis=1), len(sizes))
    for end, place, inner, word, further in BATCH_SIZE_ENDS:
        beats = float((lowest[:, place] < lowest[:, inner]).mean())
        if _were_left_out_beyond(run, sizes[place], place):
            continue
        beyond = _with_further(batch, sizes[place], place)
        if shares[place] > BEST_CHANCE and beats >= BEATS_CHANCE and beyond:
            text = (
                f"the {word} batch size tried, {sizes[place]}, is best with "
                f"{percent(shares[place])}: try {further} ones"
            )
            yield batch.name, end, RunWarning("edge", text, wider_command(run, beyond, MORE))


def _were_left_out_beyond(run: RunData, end: int, place: int) -> bool:
    """Whether further batch sizes were tried, and never trained."""
    gone = never_trained_in(run).get("batch_size", [])
    return any(size < end if place == 0 else size > end for size in gone)


def _with_further(batch: Axis, end: int, place: int) -> str:
    """The setting with up to two batch sizes beyond one end; empty where there are none, or the
    space has them already: a constraint then keeps them from the recommended configuration.

    It holds all that were searched: what was tried goes on to count.
    """
    dimension = batch.dimension
    step = getattr(dimension, "step", None) or 1
    wanted = (end // 4, end // 2) if place == 0 else (2 * end, 4 * end)
    on_grid = {end + round((size - end) / step) * step for size in wanted}
    beyond = sorted(size for size in on_grid if size >= 1 and not takes(dimension, size))
    if not beyond:
        return ""
    if not isinstance(dimension, Choice):
        moved: dict[str, Any] = {"low": beyond[0]} if place == 0 else {"high": beyond[-1]}
        return setting_of(batch.name, replace(dimension, **moved))
    return choices_setting(batch.name, sorted({*batch.choices, *beyond}))
