"""Samplers: a space turned into a list of configurations, the same for the same seed.

Whatever the sampler, the first n configurations of a longer list are the list of n.
"""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import count, islice

from search_spaces.messages import shown, suggestion
from search_spaces.space import Config, Space

GRID_POINTS = 5
"""Points of a grid along a continuous dimension, both ends included."""

MAX_SOBOL_DIMENSIONS = 21201
"""Joe and Kuo's direction numbers, which scipy uses, go up to here."""

MIN_FITTING = 1 / 1000
"""The share of a space that must satisfy its constraints."""

_FIRST_BLOCK = 64
_MAX_SPREAD = 2**20


def configurations(space: Space, sampler: str, num: int, seed: int) -> list[Config]:
    """The first `num` configurations that `sampler` (sobol, random or grid) draws.

    Configurations that violate a constraint are passed over. A grid ends when it has given
    each of its configurations once; the other samplers may repeat one of a small space.
    """
    if sampler not in SAMPLERS:
        raise ValueError(
            f"unknown sampler {shown(sampler)}: {suggestion(sampler, SAMPLERS)}"
            f"use {', '.join(SAMPLERS)}"
        )
    for name, value, least in [("samples", num, 1), ("seed", seed, 0)]:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"{name} must be an integer of at least {least}, got {shown(value)}")

    return list(islice(draws(space, sampler, seed), num))


def draws(space: Space, sampler: str, seed: int) -> Iterator[Config]:
    """One after another what `configurations` lists."""
    return _fitting(space, SAMPLERS[sampler](space, seed))


def _fitting(space: Space, drawn: Iterator[Config]) -> Iterator[Config]:
    """Those that satisfy the constraints; ValueError when they are too few to be found."""
    num_fitting, num_drawn = 0, 0
    violations: Counter[str] = Counter()
    for config in drawn:
        num_drawn += 1
        constraint = space.violated(config)
        if constraint is None:
            num_fitting += 1
            yield config
            continue
        violations[constraint.expression] += 1
        if num_fitting + 1 <= MIN_FITTING * num_drawn:
            raise _too_few_fit(space, num_fitting, num_drawn, violations)

    if num_fitting == 0:
        raise _too_few_fit(space, num_fitting, num_drawn, violations)


def _too_few_fit(
    space: Space, num_fitting: int, num_drawn: int, violations: Counter[str]
) -> ValueError:
    expression, num_violations = violations.most_common(1)[0]
    with space.source.errors_of_constraint(expression):
        raise ValueError(
            f"only {num_fitting} of {num_drawn} configurations fit, fewer than 1 in 1000, and it "
            f"refused {num_violations} of them: loosen it or change the ranges"
        )


def _sobol(space: Space, seed: int) -> Iterator[Config]:
    return _at_points(space, _sobol_points(len(space.searched), seed))


def _random(space: Space, seed: int) -> Iterator[Config]:
    import numpy as np

    generator = np.random.default_rng(seed)
    axes = len(space.searched)
    return _at_points(space, (generator.random(axes).tolist() for _ in count()))


def _at_points(space: Space, points: Iterable[list[float]]) -> Iterator[Config]:
    """The configurations at points of the unit cube, one coordinate a searched dimension."""
    axes = space.searched
    for point in points:
        values = (axis.from_unit(u) for axis, u in zip(axes.values(), point, strict=True))
        yield space.configuration(dict(zip(axes, values, strict=True)))


def _grid(space: Space, seed: int) -> Iterator[Config]:
    """Each configuration of the grid once, in an order whose beginning covers the space."""
    axes = {name: axis.grid(GRID_POINTS) for name, axis in space.searched.items()}
    seen = set()
    for indices in _spread_then_all([len(axis) for axis in axes.values()], seed):
        values = (axis[index] for axis, index in zip(axes.values(), indices, strict=True))
        config = space.configuration(dict(zip(axes, values, strict=True)))
        key = json.dumps(config)
        if key not in seen:
            seen.add(key)
            yield config


def _spread_then_all(lengths: list[int], seed: int) -> Iterator[list[int]]:
    """Cells of a grid: where Sobol points fall, twice as many as cells, then all in order."""
    size = math.prod(lengths)
    for point in islice(_sobol_points(len(lengths), seed), min(2 * size, _MAX_SPREAD)):
        yield [int(u * length) for u, length in zip(point, lengths, strict=True)]
    for cell in range(size):
        yield _digits(cell, lengths)


def _digits(number: int, bases: list[int]) -> list[int]:
    digits = []
    for base in bases:
        number, digit = divmod(number, base)
        digits.append(digit)

    return digits


def _sobol_points(num_dimensions: int, seed: int) -> Iterator[list[float]]:
    """Scrambled Sobol points without end, drawn in blocks that make powers of two."""
    import numpy as np
    from scipy.stats import qmc

    if num_dimensions > MAX_SOBOL_DIMENSIONS:
        raise ValueError(
            f"sobol and grid take at most {MAX_SOBOL_DIMENSIONS} dimensions, got {num_dimensions}: "
            "use random"
        )
    # Sobol points need a dimension, even where all is constant.
    engine = qmc.Sobol(max(num_dimensions, 1), scramble=True, rng=np.random.default_rng(seed))
    for block in count():
        for point in engine.random(_FIRST_BLOCK * 2 ** max(block - 1, 0)):
            yield point[:num_dimensions].tolist()


SAMPLERS: dict[str, Callable[[Space, int], Iterator[Config]]] = {
    "sobol": _sobol,
    "random": _random,
    "grid": _grid,
}
