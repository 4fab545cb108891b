"""Dimensions: the values that one hyperparameter may take, checked when they are made."""

import math
import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from search_spaces.messages import bare, one_line, shown
from search_spaces.values import finite, identity, plain

MAX_INTEGER = 2**53
"""Integers up to here are exact as floats, in JSON and in every reader of it."""

MAX_FLOAT_STEPS = 1_000_000
"""A float range with more steps than this is continuous for every purpose."""

_MAX_CHOICES_SHOWN = 12

_T = TypeVar("_T")


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
        object.__setattr__(self, "low", _field("low", finite, self.low))
        object.__setattr__(self, "high", _field("high", finite, self.high))
        _check_range(self.low, self.high, self.log)
        if self.step is not None:
            object.__setattr__(self, "step", _field("step", finite, self.step))
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

        return min(max(_between(u, self.low, self.high, self.log), self.low), self.high)

    def to_unit(self, value: float) -> float:
        """Where the value lies in [0, 1]; on a step grid the middle of its part."""
        own = self.match(value)
        if self._cells is not None:
            return self._cells.middle(self._cells.nearest(own))

        return _position(own, self.low, self.high, self.log)

    def match(self, value: Any) -> float:
        """The value as this dimension writes it; ValueError when it cannot take it."""
        number = finite(value)
        if self.low <= number <= self.high:
            own = number if self._cells is None else self._at(self._cells.nearest(number))
            if math.isclose(own, number, rel_tol=1e-9, abs_tol=1e-9 * (self.step or 0)):
                return own

        raise ValueError(f"must lie in {self.describe()}, got {shown(value)}")

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
    def _cells(self) -> "_Cells | None":
        if self.step is None:
            return None

        num = round((self.high - self.low) / self.step) + 1
        return _Cells(self.low, self.step, num, self.log)

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
        object.__setattr__(self, "low", _field("low", _integer, self.low))
        object.__setattr__(self, "high", _field("high", _integer, self.high))
        _check_range(self.low, self.high, self.log)
        if self.step is not None:
            object.__setattr__(self, "step", _field("step", _integer, self.step))
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

    def to_unit(self, value: int) -> float:
        """The middle of the value's part of [0, 1]."""
        return self._cells.middle(self._values.index(self.match(value)))

    def match(self, value: Any) -> int:
        """The value as this dimension writes it; ValueError when it cannot take it."""
        number = finite(value)
        if not number.is_integer() or int(number) not in self._values:
            raise ValueError(f"must lie in {self.describe()}, got {shown(value)}")

        return int(number)

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
    def _cells(self) -> "_Cells":
        return _Cells(self.low, self.step or 1, self.num_values, self.log)

    def _check_step(self, step: int) -> None:
        if step <= 0:
            raise ValueError(f"step must be at least 1, got step={step}")
        excess = (self.high - self.low) % step
        if excess or step > self.high - self.low:
            raise ValueError(_does_not_fit(self.low, self.high, step, self.high - excess))


@dataclass(frozen=True)
class Choice:
    """One of several plain values, each as likely as the others; a single one is a constant.

    They are kept as a tuple, tuples among them as lists.
    """

    choices: Sequence[Any]

    def __post_init__(self) -> None:
        if isinstance(self.choices, str) or not isinstance(self.choices, Sequence):
            raise ValueError(f"choices must be a list, got {shown(self.choices)}")
        if not self.choices:
            raise ValueError("choices must not be empty, got choices=[]: name at least one value")
        values = tuple(_field("choices", plain, choice) for choice in self.choices)
        object.__setattr__(self, "choices", values)
        self._check_distinct()

    @property
    def num_values(self) -> int:
        """How many values it can take."""
        return len(self.choices)

    def from_unit(self, u: float) -> Any:
        """The value at `u` in [0, 1], in parts of equal width."""
        return self.choices[self._cells.index(u)]

    def to_unit(self, value: Any) -> float:
        """The middle of the value's part of [0, 1]."""
        return self._cells.middle(self._index(value))

    def match(self, value: Any) -> Any:
        """The value as this dimension writes it; ValueError when it cannot take it."""
        return self.choices[self._index(value)]

    def grid(self, num_points: int) -> Sequence[Any]:
        """Every value, whatever `num_points` is."""
        return self.choices

    def bounds(self) -> list[tuple[str, Any]]:
        """The field and value of each choice."""
        return [("choices", choice) for choice in self.choices]

    def describe(self) -> str:
        """The values in words, the first of many."""
        words = [bare(choice) for choice in self.choices[:_MAX_CHOICES_SHOWN]]
        hidden = self.num_values - len(words)
        return ", ".join(words) + (f", ... ({hidden} more)" if hidden else "")

    @property
    def _cells(self) -> "_Cells":
        return _Cells(0, 1, self.num_values, log=False)

    def _index(self, value: Any) -> int:
        wanted = identity(plain(value))
        for index, choice in enumerate(self.choices):
            if identity(choice) == wanted:
                return index

        raise ValueError(f"must be one of {self.describe()}, got {shown(value)}")

    def _check_distinct(self) -> None:
        seen = set()
        for choice in self.choices:
            if identity(choice) in seen:
                raise ValueError(f"choices must differ, got {shown(choice)} twice: drop one")
            seen.add(identity(choice))


@dataclass(frozen=True)
class Function:
    """A value computed from the values of the dimensions before it."""

    function: Callable[[Mapping[str, Any]], Any]

    @property
    def num_values(self) -> int:
        """One: the other dimensions decide it."""
        return 1

    @property
    def name(self) -> str:
        """What the user wrote and where: `<lambda> (my_task.py, line 12)`."""
        name = getattr(self.function, "__name__", type(self.function).__name__)
        code = getattr(self.function, "__code__", None)
        if code is None:
            return str(name)

        return f"{name} ({Path(code.co_filename).name}, line {code.co_firstlineno})"

    def value(self, config: Mapping[str, Any]) -> Any:
        """The plain value for the values so far; ValueError names the function when it fails."""
        try:
            result = self.function(config)
        except (
            ArithmeticError,
            AttributeError,
            LookupError,
            NameError,
            TypeError,
            ValueError,
        ) as e:
            problem = one_line(f"{type(e).__name__}: {e}")
            raise ValueError(
                f"{self.name} raised {problem}; it sees only the dimensions before it that are "
                f"present: {', '.join(config) or 'none'}"
            ) from e

        return _field(f"the result of {self.name}", plain, result)

    def describe(self) -> str:
        """Where the value comes from."""
        return f"computed by {self.name}"


Searched = Float | Int | Choice
"""A dimension with values of its own to search."""

Dimension = Searched | Function


def _field(field: str, check: Callable[[Any], _T], value: Any) -> _T:
    try:
        return check(value)
    except ValueError as error:
        raise ValueError(f"{field} {error}") from None


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


def _between(u: float, low: float, high: float, log: bool) -> float:
    """The point of the (log) range at the fraction `u`; no width is formed that could overflow."""
    if log:
        return math.exp(_between(u, math.log(low), math.log(high), log=False))

    return low * (1 - u) + high * u


def _position(value: float, low: float, high: float, log: bool) -> float:
    """The fraction of the (log) range that lies below the value: the inverse of `_between`."""
    if log:
        return _position(math.log(value), math.log(low), math.log(high), log=False)

    return (value / 2 - low / 2) / (high / 2 - low / 2)


@dataclass(frozen=True)
class _Cells:
    """The unit range cut into one part for each value of a grid."""

    low: float
    step: float
    num: int
    log: bool

    def index(self, u: float) -> int:
        """The number of the grid value that owns `u`."""
        assert 0 <= u <= 1, u
        if self.log:
            index = int((_between(u, self.low, self._end, log=True) - self.low) / self.step)
        else:
            index = int(u * self.num)

        return min(max(index, 0), self.num - 1)

    def middle(self, index: int) -> float:
        """The middle of what the grid value number `index` owns."""
        if self.log:
            return _position(self.low + (index + 0.5) * self.step, self.low, self._end, log=True)

        return (index + 0.5) / self.num

    def nearest(self, value: float) -> int:
        """The number of the grid value next to `value`."""
        return round((value - self.low) / self.step)

    @property
    def _end(self) -> float:
        return self.low + self.num * self.step
