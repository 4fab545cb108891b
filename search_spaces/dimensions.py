"""Dimensions: the values that one hyperparameter may take, checked when they are made."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from search_spaces.messages import bare, one_line, shown
from search_spaces.ranges import Float, Int
from search_spaces.unit_interval import Cells
from search_spaces.values import NONE, choice, field_value, identity, is_number, plain

_MAX_CHOICES_SHOWN = 12


@dataclass(frozen=True)
class Choice:
    """One of several plain values, each as likely as the others; a single one is a constant.

    They are kept as a tuple, tuples among them as lists. None may be one, which is written as the
    text `NONE` where only plain values can stand.
    """

    choices: Sequence[Any]

    def __post_init__(self) -> None:
        if isinstance(self.choices, str) or not isinstance(self.choices, Sequence):
            raise ValueError(f"choices must be a list, got {shown(self.choices)}")
        if not self.choices:
            raise ValueError("choices must not be empty, got choices=[]: name at least one value")
        values = tuple(field_value("choices", choice, value) for value in self.choices)
        object.__setattr__(self, "choices", values)
        if self.has_none and NONE in values:
            raise ValueError(f'choices has None and "{NONE}", which are written alike: rename one')
        self._check_distinct()

    @cached_property
    def has_none(self) -> bool:
        """Whether None is one of them."""
        return any(value is None for value in self.choices)

    @property
    def num_values(self) -> int:
        """How many values it can take."""
        return len(self.choices)

    def from_unit(self, u: float) -> Any:
        """The value at `u` in [0, 1], in parts of equal width."""
        return self.choices[self._cells.index(u)]

    def match(self, value: Any) -> Any:
        """The value as this dimension writes it; ValueError when it cannot take it."""
        return self.choices[self._index(value)]

    def nearest(self, value: Any) -> Any:
        """The choice next to a number; ValueError for another value that is no choice."""
        if not is_number(value) or not all(map(is_number, self.choices)):
            return self.match(value)

        return min(self.choices, key=lambda known: abs(known - value))

    def grid(self, num_points: int) -> Sequence[Any]:
        """Every value, whatever `num_points` is."""
        return self.choices

    def bounds(self) -> list[tuple[str, Any]]:
        """The field and value of each choice."""
        return [("choices", value) for value in self.choices]

    def describe(self) -> str:
        """The values in words, the first of many."""
        words = [bare(value) for value in self.choices[:_MAX_CHOICES_SHOWN]]
        hidden = self.num_values - len(words)
        return ", ".join(words) + (f", ... ({hidden} more)" if hidden else "")

    @property
    def _cells(self) -> Cells:
        return Cells(0, 1, self.num_values, log=False)

    def _index(self, value: Any) -> int:
        is_none = value is None or (self.has_none and value == NONE)
        wanted = identity(None if is_none else plain(value))
        if wanted in self._indices:
            return self._indices[wanted]

        raise ValueError(f"must be one of {self.describe()}, got {shown(value)}")

    @cached_property
    def _indices(self) -> dict[Hashable, int]:
        """The number of each choice; a scan would cost a search of many choices its square."""
        return {identity(value): index for index, value in enumerate(self.choices)}

    def _check_distinct(self) -> None:
        seen: set[Hashable] = set()
        for value in self.choices:
            if identity(value) in seen:
                raise ValueError(f"choices must differ, got {shown(value)} twice: drop one")
            seen.add(identity(value))


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

        return field_value(f"the result of {self.name}", plain, result)

    def describe(self) -> str:
        """Where the value comes from."""
        return f"computed by {self.name}"


Searched = Float | Int | Choice
"""A dimension with values of its own to search."""

Dimension = Searched | Function


def takes(dimension: Searched, value: Any) -> bool:
    """Whether the value is one of the dimension's."""
    try:
        dimension.match(value)
    except ValueError:
        return False
    return True
