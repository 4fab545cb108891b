"""Space: the dimensions of a search in order, with their conditions and constraints."""

import copy
import json
import keyword
import math
from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from search_spaces.conditions import Condition
from search_spaces.constraints import Constraint
from search_spaces.dimensions import Dimension, Function, Searched
from search_spaces.limits import check_value
from search_spaces.messages import quoted, shown, suggestion
from search_spaces.serialisation import dimension_from, table_of
from search_spaces.source import Source
from search_spaces.values import identity

MAX_NAME_CHARACTERS = 64

CONSTRAINTS = "constraints"
"""The name under which a mapping keeps the constraints beside the dimensions."""

Config = dict[str, Any]
"""A configuration: a value for each dimension that is present."""

_SET_BY_THE_RUN = {"seed": "--seed", "epochs": "--epochs"}


@dataclass(frozen=True)
class Space:
    """What may be tried. It checks itself; one with a dimension can be searched."""

    dimensions: Mapping[str, Dimension]
    conditions: Mapping[str, Condition] = field(default_factory=dict)
    """Of the dimensions that are not always present."""
    constraints: tuple[Constraint, ...] = ()
    source: Source = field(default=Source("space"), compare=False, repr=False)
    """Where it was written, for errors."""

    def __post_init__(self) -> None:
        assert self.conditions.keys() <= self.dimensions.keys(), self.conditions
        for name, dimension in self.dimensions.items():
            with self.source.errors_of(name):
                _check_values(name, dimension)
        object.__setattr__(self, "conditions", self._matched_conditions())
        for constraint in self.constraints:
            with self.source.errors_of_constraint(constraint.expression):
                self._check_names(constraint)

    @classmethod
    def from_dict(
        cls,
        mapping: Mapping[str, Any],
        source: str | Source = "space",
        functions: Mapping[str, Any] = MappingProxyType({}),
    ) -> "Space":
        """The space that a TOML file, `run.toml` or a task file's dict writes.

        Args:
            mapping: Dimension names to tables, plain values (constants), lists (choices),
                callables or Ray Tune domains; and `constraints`, a list of expressions.
            source: Where it was written: named in errors.
            functions: Where tables of type `function` find their callables, by dimension
                name: the `space` of the task file. Other entries are ignored.
        """
        source = Source(source) if isinstance(source, str) else source
        dimensions, conditions = {}, {}
        for name, written in mapping.items():
            if name == CONSTRAINTS:
                continue
            with source.errors_of(name):
                check_name(name)
                dimensions[name], condition = dimension_from(name, written, functions)
            if condition is not None:
                conditions[name] = condition

        if not dimensions:
            raise source.space_error("must have at least one dimension, got none")
        constraints = _constraints(mapping.get(CONSTRAINTS, []), source)
        return cls(dimensions, conditions, constraints, source)

    def to_dict(self) -> dict[str, Any]:
        """Plain values that TOML and JSON can hold; `from_dict` makes an equal space of them."""
        tables: dict[str, Any] = {
            name: table_of(dimension, self.conditions.get(name))
            for name, dimension in self.dimensions.items()
        }
        if self.constraints:
            tables[CONSTRAINTS] = [constraint.expression for constraint in self.constraints]

        return tables

    @cached_property
    def searched(self) -> dict[str, Searched]:
        """The dimensions with more than one value."""
        return {
            name: dimension
            for name, dimension in self.dimensions.items()
            if not isinstance(dimension, Function) and dimension.num_values != 1
        }

    @property
    def num_configurations(self) -> int | None:
        """How many distinct configurations it has, before constraints; None when continuous."""
        # Counted by state: the values so far that later conditions ask for, as JSON.
        counts = Counter({"{}": 1})
        for name, dimension in self.dimensions.items():
            if dimension.num_values is None:
                return None
            counts = self._counts_after(name, dimension.num_values, counts)

        return counts.total()

    def configuration(self, values: Mapping[str, Any]) -> Config:
        """The configuration with these values of the searched dimensions.

        Dimensions whose condition does not hold are left out; constants and functions are
        filled in. ValueError where a value is missing or not of its dimension, or a function fails.
        """
        config: Config = {}
        for name, dimension in self.dimensions.items():
            if not self._is_present(name, config):
                continue
            if isinstance(dimension, Function):
                config[name] = self._computed(name, dimension, config)
            elif dimension.num_values == 1:
                config[name] = copy.deepcopy(dimension.from_unit(0))
            else:
                config[name] = copy.deepcopy(self._matched(name, dimension, values))

        return config

    def holds(self, config: Mapping[str, Any]) -> bool:
        """Whether it is a configuration of this space; names that the space lacks do not count."""
        own = {name: config[name] for name in self.dimensions if name in config}
        whole = self.fitting(config)
        return whole is not None and identity(whole) == identity(own)

    def fitting(self, values: Mapping[str, Any]) -> Config | None:
        """`configuration(values)` where the space holds one with these values, else None.

        It holds none where `configuration` fails, or a constraint is violated or cannot be
        computed.
        """
        try:
            config = self.configuration(values)
            return None if self.violated(config) else config
        except ValueError:
            return None

    def nearest(self, config: Mapping[str, Any]) -> Config:
        """The configuration with each searched value moved to the next one that can be taken.

        Other names are left out. ValueError for a value that is next to none.
        """
        return {
            name: dimension.nearest(config[name])
            for name, dimension in self.searched.items()
            if name in config
        }

    def violated(self, config: Mapping[str, Any]) -> Constraint | None:
        """The first constraint that the configuration does not satisfy."""
        for constraint in self.constraints:
            with self.source.errors_of_constraint(constraint.expression):
                if not constraint.holds(config):
                    return constraint

        return None

    def describe(self) -> list[str]:
        """Lines that say what is searched and how many distinct configurations there are."""
        width = max(map(len, self.dimensions))
        lines = [
            f"{name:<{width}}  {dimension.describe()}" + self._condition_in_words(name)
            for name, dimension in self.dimensions.items()
        ]
        lines += [f"only {constraint.expression}" for constraint in self.constraints]
        return [*lines, self._size_in_words()]

    def _matched_conditions(self) -> dict[str, Condition]:
        matched: dict[str, Condition] = {}
        earlier: dict[str, Dimension] = {}
        for name, dimension in self.dimensions.items():
            if name in self.conditions:
                with self.source.errors_of(name):
                    matched[name] = self.conditions[name].matched(earlier)
            earlier[name] = dimension

        return matched

    def _check_names(self, constraint: Constraint) -> None:
        for name in sorted(constraint.names - self.dimensions.keys()):
            raise ValueError(
                f"{quoted(name)} is not a dimension: {suggestion(name, self.dimensions)}"
                f"the space has {shown(list(self.dimensions))}"
            )

    def _matched(self, name: str, dimension: Searched, values: Mapping[str, Any]) -> Any:
        if name not in values:
            raise self.source.error(name, "has no value in the configuration")
        try:
            return dimension.match(values[name])
        except ValueError as error:
            raise self.source.error(name, error) from error

    def _is_present(self, name: str, config: Mapping[str, Any]) -> bool:
        return name not in self.conditions or self.conditions[name].holds(config)

    def _computed(self, name: str, function: Function, config: dict[str, Any]) -> Any:
        with self.source.errors_of(name):
            value = function.value(MappingProxyType(config))
            check_value(name, f"the result of {function.name}", value)
            return value

    def _counts_after(self, name: str, num_values: int, counts: Counter[str]) -> Counter[str]:
        """Extend each counted state by one dimension, and forget what no one asks for again."""
        asked_later = self._asked_after(name)
        values = asked_later.get(name, [])
        after: Counter[str] = Counter()
        for state, count in counts.items():
            answers = json.loads(state)
            kept = {parent: answers[parent] for parent in answers if parent in asked_later}
            if not self._is_present(name, answers):
                after[json.dumps(kept)] += count
                continue
            after[json.dumps(kept)] += count * (num_values - len(values))
            for value in values:
                after[json.dumps(kept | {name: value})] += count

        return after

    def _asked_after(self, name: str) -> dict[str, list[Any]]:
        """The values of each dimension that conditions of dimensions after `name` ask for."""
        order = list(self.dimensions)
        asked: dict[str, dict[Hashable, Any]] = {}
        for child in order[order.index(name) + 1 :] if self.conditions else []:
            for parent, values in self.conditions.get(child, Condition({})).accepted.items():
                asked.setdefault(parent, {}).update((identity(value), value) for value in values)

        return {parent: list(values.values()) for parent, values in asked.items()}

    def _condition_in_words(self, name: str) -> str:
        return f", {self.conditions[name].describe()}" if name in self.conditions else ""

    def _size_in_words(self) -> str:
        num = self.num_configurations
        if num is None:
            return "continuous: any number of distinct configurations"

        most = "at most " if self.constraints else ""
        size = str(num) if num < 10**15 else f"about 10**{math.log10(num):.0f}"
        return f"{most}{size} distinct configuration{'' if num == 1 else 's'}"


def _constraints(written: Any, source: Source) -> tuple[Constraint, ...]:
    if not isinstance(written, list | tuple):
        raise source.error(CONSTRAINTS, f"must be a list of strings, got {shown(written)}")

    constraints = []
    for expression in written:
        with source.errors_of_constraint(expression):
            constraints.append(Constraint(expression))

    return tuple(constraints)


def check_name(name: Any) -> None:
    """Raise ValueError for what cannot be the name of a dimension."""
    if not isinstance(name, str) or not (name.isascii() and name.isidentifier()):
        raise ValueError("a name must be of letters, digits and _, and not start with a digit")
    if len(name) > MAX_NAME_CHARACTERS:
        raise ValueError(
            f"a name must have at most {MAX_NAME_CHARACTERS} characters, got {len(name)}"
        )
    if keyword.iskeyword(name):
        raise ValueError("a name must not be a word of Python: choose another")
    if name == "constraint":
        raise ValueError(f"did you mean {CONSTRAINTS}? choose another name for a dimension")
    if name in _SET_BY_THE_RUN:
        raise ValueError(f"is set by the run: use {_SET_BY_THE_RUN[name]}")


def _check_values(name: str, dimension: Dimension) -> None:
    if isinstance(dimension, Function):
        return
    for field_name, value in dimension.bounds():
        check_value(name, field_name, value)
