"""The configurations of a search that follow from its space and seed alone."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import islice

from search_spaces import Config, History, Space, draws
from search_spaces.values import identity

BLOCK = 256
"""Points among which, after the space was changed, those come first that are new."""


def drawn(
    space: Space,
    sampler: str,
    num: int,
    seed: int,
    history: History,
    known: Sequence[Config] = (),
) -> list[Config]:
    """The first `num` configurations from the present space on; fewer where a grid ends.

    Where the space was changed those come first that no earlier one held: nothing is known there
    yet. Of a grid nothing comes twice, nor what is `known`. The list of n begins that of more.
    """
    tried = {identity(config) for config in known}
    points, is_grid = draws(space, sampler, seed), sampler == "grid"
    if not history.earlier:
        return list(islice((c for c in points if not (is_grid and identity(c) in tried)), num))
    tried |= {identity(config) for config in _drawn_before(sampler, seed, history)}
    found = list[Config]()
    while len(found) < num and (block := list(islice(points, BLOCK))):
        found += _new_first(block, history, tried, is_grid=is_grid)
    return found[:num]


def _new_first(
    points: Sequence[Config], history: History, tried: set[Hashable], *, is_grid: bool
) -> list[Config]:
    """Those in no earlier space, then those not tried, then (of random points) those that were."""
    left = [c for c in points if not (is_grid and identity(c) in tried)]
    return sorted(left, key=lambda config: (history.held(config), identity(config) in tried))


def _drawn_before(sampler: str, seed: int, history: History) -> list[Config]:
    """What was drawn, at most, in the spaces that the run had before."""
    found: list[Config] = []
    for place, stage in enumerate(history.earlier):
        before = History(history.earlier[:place], history.ran_with)
        num = stage.num_begun - before.num_begun
        drawn_then = drawn(stage.space, sampler, num, seed, before)
        found += [history.completed(config) for config in drawn_then]
    return found
