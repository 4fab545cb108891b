"""Configurations to choose from: some everywhere in the space, more around the best ones."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

import numpy as np

from results.analysis.coordinates import Axis, Floats, axes_of
from search_spaces import Config, Space
from search_spaces.values import identity

EVERYWHERE = 512
"""Uniform in the space."""

AROUND = 48
"""Around each of the best."""

STEPS = (0.03, 0.1, 0.25)
"""Standard deviations of the steps away from a good one, as shares of the range."""

MOVED = 0.5
"""Chance of each hyperparameter to move in such a step."""


def candidates(space: Space, best: Sequence[Config], rng: np.random.Generator) -> list[Config]:
    """Distinct configurations of the space: EVERYWHERE in it and AROUND each of `best`.

    Fewer where constraints refuse some, or the space holds fewer.
    """
    axes = axes_of(space)
    places = np.vstack([rng.random((EVERYWHERE, len(axes))), *_around(axes, best, rng)])
    columns = [axis.values(column) for axis, column in zip(axes, places.T, strict=True)]
    names = [axis.name for axis in axes]
    found: dict[Hashable, Config] = {}
    for values in zip(*columns, strict=True):
        config = space.fitting(dict(zip(names, values, strict=True)))
        if config is not None:
            found.setdefault(identity(config), config)
    return list(found.values())


def _around(
    axes: Sequence[Axis], best: Sequence[Config], rng: np.random.Generator
) -> Iterator[Floats]:
    """Places between 0 and 1, shape (AROUND, len(axes)) for each of `best`."""
    size = (AROUND, len(axes))
    for config in best:
        base = np.array([_place(axis, config, rng) for axis in axes])
        moved = rng.random(size) < MOVED
        moved[np.arange(AROUND), rng.integers(len(axes), size=AROUND)] = True
        step = rng.choice(STEPS, (AROUND, 1)) * rng.standard_normal(size)
        jumps = [not axis.is_numeric for axis in axes]
        places = np.where(jumps, rng.random(size), _reflected(base + step))
        yield np.where(moved, places, base)


def _place(axis: Axis, config: Config, rng: np.random.Generator) -> float:
    """Where the configuration stands on the axis; anywhere where it has no value there."""
    if axis.name not in config:
        return float(rng.random())
    if axis.choices:
        place = [identity(choice) for choice in axis.choices].index(identity(config[axis.name]))
        return (place + 0.5) / len(axis.choices)
    return float(axis.coordinates([config[axis.name]])[0, 0])


def _reflected(places: Floats) -> Floats:
    """Places beyond an end of [0, 1] as far within it: clipped ones would gather at the end."""
    return np.asarray(1 - np.abs(1 - np.abs(places) % 2))
