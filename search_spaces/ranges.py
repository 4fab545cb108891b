"""Ranges: dimensions of floats or integers between two ends, with or without a step."""

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from search_spaces.messages import shown
from search_spaces.unit_interval import Cells, between
from search_spaces.values import field_value, finite

MAX_INTEGER = 2**53
"""Integers up to here are exact as floats, in JSON and in every reader of it."""

MAX_FLOAT_STEPS = 1_000_000
"""A float range with more steps than this is continuous for every purpose."""


@dataclass(frozen=True)
class Float:
    """A number from `low` to `high`, uniform or (with `log`) uniform in its logarithm.

    With `step` only `low`, `low + step`, ... `high` can be taken; `high` must be one of them.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "low", field_value("low", finite, self.low))
        object.__setattr__(self, "high", field_value("high", finite, self.high))
        _check_range(self.low, self.high, self.log)
        if self.step is not None:
            object.__setattr__(self, "step", field_value("step", finite, self.step))
            self._check_step(self.step)

    @property
    def num_values(self) -> int | None:
        """How many values it can take; None for a continuous range."""
        return None if self._cells is None else self._cells.num

    def from_unit(self, u: float) -> float:
        """The value at `u` in [0, 1]: equal parts of [0, 1] are equally likely parts of the range.

        On a step grid each value owns the part of the range from itself to the next one.
        """
        if self._cells is not None:
            return self._at(self._cells.index(u))

        return min(max(between(u, self.low, self.high, self.log), self.low), self.high)

    def match(self, value: Any) -> float:
        """The value as this dimension writes it; ValueError when it cannot take it."""
        number = finite(value)
        if self.low <= number <= self.high:
            own = number if self._cells is None else self._at(self._cells.nearest(number))
            if math.isclose(own, number, rel_tol=1e-9, abs_tol=1e-9 * (self.step or 0)):
                return own

        raise ValueError(f"must lie in {self.describe()}, got {shown(value)}")

    def nearest(self, value: Any) -> float:
        """The value that it can take next to a number; ValueError for anything else."""
        inside = min(max(finite(value), self.low), self.high)
        return inside if self._cells is None else self._at(self._cells.nearest(inside))

    def grid(self, num_points: int) -> Sequence[float]:
        """Every value; of a continuous range `num_points`, evenly from `low` to `high`.

        They are rounded to 12 digits: 0.01 rather than 0.010000000000000004.
        """
        if self._cells is not None:
            return [self._at(index) for index in range(self._cells.num)]

        points = [self.from_unit(index / (num_points - 1)) for index in range(num_points)]
        return [min(max(float(f"{point:.12g}"), self.low), self.high) for point in points]

    def bounds(self) -> list[tuple[str, Any]]:
        """The field and value of each end."""
        return [("low", self.low), ("high", self.high)]

    def describe(self) -> str:
        """The range in words."""
        return _range_in_words(f"{self.low:.12g} to {self.high:.12g}", self.log, self.step)

    @property
    def _cells(self) -> Cells | None:
        if self.step is None:
            return None

        num = round((self.high - self.low) / self.step) + 1
        return Cells(self.low, self.step, num, self.log)

    def _at(self, index: int) -> float:
        """The value number `index` of the grid, without the dust of 0.1 + 0.2."""
        value = float(Decimal(repr(self.low)) + index * Decimal(repr(self.step)))
        return min(value, self.high)

    def _check_step(self, step: float) -> None:
        if step <= 0:
            raise ValueError(f"step must be above 0, got step={step}")
        steps = (self.high - self.low) / step
        if steps > MAX_FLOAT_STEPS:
            raise ValueError(
                f"step must cut the range into at most {MAX_FLOAT_STEPS} parts, got step={step}: "
                "for a continuous range leave it out"
            )
        if steps < 0.5 or not math.isclose(steps, round(steps), rel_tol=1e-9):
            highest = float(Decimal(repr(self.low)) + math.floor(steps) * Decimal(repr(step)))
            raise ValueError(_does_not_fit(self.low, self.high, step, highest))


@dataclass(frozen=True)
class Int:
    """An integer from `low` to `high`, both included; with `log` small ones are likelier.

    With `step` only `low`, `low + step`, ... `high` can be taken; `high` must be one of them.
    """

    low: int
    high: int
    log: bool = False
    step: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "low", field_value("low", _integer, self.low))
        object.__setattr__(self, "high", field_value("high", _integer, self.high))
        _check_range(self.low, self.high, self.log)
        if self.step is not None:
            object.__setattr__(self, "step", field_value("step", _integer, self.step))
            self._check_step(self.step)

    @property
    def num_values(self) -> int:
        """How many values it can take."""
        return len(self._values)

    def from_unit(self, u: float) -> int:
        """The value at `u` in [0, 1]: each value owns a part of equal width.

        With `log` the widths are as in Ray's `lograndint`: from log(value) to log(next value).
        """
        return self._values[self._cells.index(u)]

    def match(self, value: Any) -> int:
        """The value as this dimension writes it; ValueError when it cannot take it."""
        number = finite(value)
        if not number.is_integer() or int(number) not in self._values:
            raise ValueError(f"must lie in {self.describe()}, got {shown(value)}")

        return int(number)

    def nearest(self, value: Any) -> int:
        """The value that it can take next to a number; ValueError for anything else."""
        inside = min(max(finite(value), self.low), self.high)
        if self.step is None:
            return round(inside)

        return self._values[self._cells.nearest(inside)]

    def grid(self, num_points: int) -> Sequence[int]:
        """Every value, whatever `num_points` is."""
        return self._values

    def bounds(self) -> list[tuple[str, Any]]:
        """The field and value of each end."""
        return [("low", self.low), ("high", self.high)]

    def describe(self) -> str:
        """The range in words."""
        return _range_in_words(f"integers {self.low} to {self.high}", self.log, self.step)

    @property
    def _values(self) -> range:
        return range(self.low, self.high + 1, self.step or 1)

    @property
    def _cells(self) -> Cells:
        return Cells(self.low, self.step or 1, self.num_values, self.log)

    def _check_step(self, step: int) -> None:
        if step <= 0:
            raise ValueError(f"step must be at least 1, got step={step}")
        excess = (self.high - self.low) % step
        if excess or step > self.high - self.low:
            raise ValueError(_does_not_fit(self.low, self.high, step, self.high - excess))


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise ValueError(f"must be an integer, got {shown(value)} (or use a float range)")
    integer = int(value)
    if abs(integer) > MAX_INTEGER:
        raise ValueError(f"must lie within 2**53 of 0, got {shown(integer)}")

    return integer


def _check_range(low: float, high: float, log: bool) -> None:
    if not isinstance(log, bool):
        raise ValueError(f"log must be true or false, got {shown(log)}")
    if low == high:
        raise ValueError(f"low must be below high, got low={low}, high={high}: use a constant")
    if low > high:
        raise ValueError(f"low must be below high, got low={low}, high={high}")
    if log and low <= 0:
        raise ValueError(f"low must be above 0 with log, got low={low}: raise it or drop log")


def _does_not_fit(low: float, high: float, step: float, highest: float) -> str:
    way_out = f"use high={highest}" if highest > low else "use a smaller step"
    return f"step must lead from low={low} to high={high}, got step={step}: {way_out}"


def _range_in_words(ends: str, log: bool, step: float | None) -> str:
    return ends + (f" in steps of {step:.12g}" if step else "") + (", log" if log else "")
