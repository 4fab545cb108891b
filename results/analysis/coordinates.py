"""Configurations as points: each dimension of a space a coordinate between 0 and 1."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from search_spaces import Choice, Searched, Space
from search_spaces.values import identity, is_number

T = TypeVar("T")
Floats = NDArray[np.float64]

ABSENT = 0.5
"""Coordinate of a dimension that a configuration does not have: the middle, so that its
presence is told by the choice it hangs on alone."""

MOST_CHOICES = 100
"""Choices that are looked at one by one: of more, evenly many."""

MISSING = object()
"""In the place of its value; None may be a choice."""

LOG_RATIO = 4.0
"""Positive numeric choices that span at least this factor are placed by their logarithm."""


@dataclass(frozen=True)
class Axis:
    """A dimension of a space that varies, as coordinates of its values.

    They are not those of the samplers, where every value of a grid owns a part of [0, 1]: here
    the ends of a range are 0 and 1, and the distance of two values is what the surrogate sees.
    """

    name: str
    dimension: Searched

    @cached_property
    def choices(self) -> tuple[Any, ...]:
        """The values of a choice; numbers in rising order. Empty for a range."""
        if not isinstance(self.dimension, Choice):
            return ()

        choices = self.dimension.choices
        return tuple(sorted(choices) if all(map(is_number, choices)) else choices)

    @cached_property
    def is_numeric(self) -> bool:
        """A range, or choices among numbers: values have an order and a distance."""
        return all(map(is_number, self.choices))

    @property
    def is_range(self) -> bool:
        """Values lie between two ends."""
        return not isinstance(self.dimension, Choice)

    @property
    def is_continuous(self) -> bool:
        """Every number between the two ends can be taken."""
        return self.dimension.num_values is None

    @property
    def low(self) -> Any:
        """The lowest number."""
        return self.choices[0] if isinstance(self.dimension, Choice) else self.dimension.low

    @property
    def high(self) -> Any:
        """The highest number."""
        return self.choices[-1] if isinstance(self.dimension, Choice) else self.dimension.high

    @cached_property
    def log(self) -> bool:
        """Whether numbers are placed by their logarithm."""
        if isinstance(self.dimension, Choice):
            return bool(self.low > 0 and self.high / self.low >= LOG_RATIO)
        return self.dimension.log

    def width_at(self, value: float) -> float:
        """The length of the range in the units of `value`, as steep as its scale is there."""
        return self._span() * (value if self.log else 1.0)

    def coordinates(self, values: Sequence[Any]) -> Floats:
        """The values between 0 and 1, shape (len(values), width).

        The width is 1 for numbers, absent ones in the middle; other choices have no order, and a
        coordinate each, all 0 where the value is absent.
        """
        if not self.is_numeric:
            choices = [identity(choice) for choice in self.choices]
            return np.array([[float(identity(v) == c) for c in choices] for v in values])

        numbers = np.array([v if is_number(v) else math.nan for v in values], dtype=float)
        inside = np.clip(numbers, self.low, self.high)
        placed = (self._scaled(inside) - self._scaled(self.low)) / self._span()
        return np.asarray(np.nan_to_num(placed, nan=ABSENT)).reshape(-1, 1)

    def line(self, num: int) -> list[Any]:
        """Up to `num` values from the lowest to the highest; of choices all, but MOST_CHOICES."""
        if self.choices:
            return evenly(self.choices, MOST_CHOICES)
        return list(dict.fromkeys(self.values(np.linspace(0, 1, num))))

    def value(self, coordinate: float) -> Any:
        """The value at a coordinate between 0 and 1; of choices the one in that share."""
        return self.values(np.array([coordinate]))[0]

    def values(self, coordinates: Floats) -> list[Any]:
        """The values at coordinates between 0 and 1, shape (num,)."""
        if self.choices:
            places = np.minimum(coordinates * len(self.choices), len(self.choices) - 1)
            return [self.choices[place] for place in places.astype(int)]

        scaled = self._scaled(self.low) + coordinates * self._span()
        numbers = np.exp(scaled) if self.log else scaled
        return [self.dimension.nearest(number) for number in numbers.tolist()]

    def _scaled(self, value: Any) -> Any:
        return np.log(value) if self.log else value

    def _span(self) -> float:
        return float(self._scaled(self.high) - self._scaled(self.low))


def axes_of(space: Space) -> list[Axis]:
    """An axis for each dimension that varies and is not computed from others."""
    return [Axis(name, dimension) for name, dimension in space.searched.items()]


def coordinates(axes: Sequence[Axis], configs: Sequence[Mapping[str, Any]]) -> Floats:
    """The configurations as points, shape (len(configs), sum of the widths)."""
    columns = [
        axis.coordinates([config.get(axis.name, MISSING) for config in configs]) for axis in axes
    ]
    return np.hstack(columns) if columns else np.zeros((len(configs), 0))


def evenly(items: Sequence[T], most: int) -> list[T]:
    """At most `most` of them, evenly spaced, with the first and the last."""
    num = min(len(items), most)
    return [items[place] for place in np.linspace(0, len(items) - 1, num).round().astype(int)]
