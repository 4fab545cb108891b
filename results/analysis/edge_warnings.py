"""Warnings that the best value may lie beyond what was searched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from results.analysis.coordinates import Axis
from results.analysis.gain import MORE
from results.analysis.never_trained import never_trained_in
from results.analysis.profiles import Profile
from results.analysis.run_warning import RunWarning
from results.analysis.summary import Summary
from results.analysis.surrogate import share_of
from results.commands import wider_command
from results.format import percent, value_text
from results.run_data import RunData
from search_spaces import Choice, setting_of, widened
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

BATCH_SIZE_ENDS = ((0, 1, "smallest", "smaller"), (-1, -2, "largest", "larger"))
"""Places of the first and the last batch size and of their neighbours, and what they are called."""


def near_edge(run: RunData, summary: Summary) -> Iterator[RunWarning]:
    """The best value may lie beyond what was tried."""
    if not summary.is_sure or summary.posterior is None:
        return
    for line in summary.profiles:
        if line.dimension.is_range:
            yield from _range_edge(run, line)
    yield from _batch_edge(run, summary)


def _range_edge(run: RunData, line: Profile) -> Iterator[RunWarning]:
    """Only an end that can move out: a share does not lie below 0."""
    axis, dimension = line.dimension, line.dimension.dimension
    assert not isinstance(dimension, Choice), axis
    wider = widened(axis.name, dimension)
    best = axis.coordinates(line.values)[line.difference.argmin(axis=1), 0]
    beyond: dict[str, Any] = {}
    if wider.low < axis.low and (best <= AT_EDGE).mean() >= EDGE_CHANCE:
        beyond["low"] = wider.low
    if wider.high > axis.high and (best >= 1 - AT_EDGE).mean() >= EDGE_CHANCE:
        beyond["high"] = wider.high
    if not beyond:
        return
    places = " and ".join(value_text(getattr(axis, end)) for end in beyond)
    text = f"the best {axis.name} may lie beyond the range searched ({places})"
    setting = setting_of(axis.name, replace(dimension, **beyond))
    yield RunWarning("edge", text, wider_command(run, setting, MORE))


def _batch_edge(run: RunData, summary: Summary) -> Iterator[RunWarning]:
    posterior = summary.posterior
    if posterior is None or posterior.observations.batch is None:
        return
    batch = posterior.observations.batch
    sizes, lowest = posterior.lowest_by_batch_size_drawn()
    shares = share_of(lowest.argmin(axis=1), len(sizes))
    for place, inner, word, further in BATCH_SIZE_ENDS if len(sizes) > 1 else ():
        beats = float((lowest[:, place] < lowest[:, inner]).mean())
        if _were_left_out_beyond(run, sizes[place], place):
            continue
        beyond = _with_further(batch, sizes[place], place)
        if shares[place] > BEST_CHANCE and beats >= BEATS_CHANCE and beyond:
            text = (
                f"the {word} batch size tried, {sizes[place]}, is best with "
                f"{percent(shares[place])}: try {further} ones"
            )
            yield RunWarning("edge", text, wider_command(run, beyond, MORE))


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
    return f"{batch.name}=" + ",".join(map(str, sorted({*batch.choices, *beyond})))
