"""Conditions: which values of other dimensions a dimension needs to be present."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from search_spaces.dimensions import Dimension, Function
from search_spaces.messages import bare, quoted, shown, suggestion
from search_spaces.values import choice, identity, without_none


@dataclass(frozen=True)
class Condition:
    """Present when every named dimension is present and has one of its accepted values."""

    accepted: Mapping[str, tuple[Any, ...]]

    @classmethod
    def from_table(cls, table: Any) -> "Condition":
        """From `{optimizer = "sgd"}` or `{optimizer = ["sgd", "adam"]}`."""
        if not isinstance(table, Mapping) or not table:
            raise ValueError(f'when must be a table like {{optimizer = "sgd"}}, got {shown(table)}')

        return cls({name: _values(name, value) for name, value in table.items()})

    def to_table(self) -> dict[str, list[Any]]:
        """The form that `from_table` reads, without None."""
        return {name: list(map(without_none, values)) for name, values in self.accepted.items()}

    def holds(self, config: Mapping[str, Any]) -> bool:
        """Whether the values so far make the dimension present."""
        return all(
            name in config and identity(config[name]) in map(identity, values)
            for name, values in self.accepted.items()
        )

    def matched(self, earlier: Mapping[str, Dimension]) -> "Condition":
        """The same with its values as the dimensions write them; ValueError if one cannot be."""
        return Condition(
            {
                name: tuple(_match(name, value, earlier) for value in values)
                for name, values in self.accepted.items()
            }
        )

    def describe(self) -> str:
        """`when optimizer is sgd or adam`."""
        return "when " + " and ".join(
            f"{name} is {' or '.join(bare(value) for value in values)}"
            for name, values in self.accepted.items()
        )


def _values(name: str, value: Any) -> tuple[Any, ...]:
    values = tuple(map(choice, value if isinstance(value, list | tuple) else [value]))
    if not values:
        raise ValueError(f"when needs at least one value of {quoted(name)}, got []")

    return values


def _match(name: str, value: Any, earlier: Mapping[str, Dimension]) -> Any:
    if name not in earlier:
        raise ValueError(
            f"when names {quoted(name)}, which is not a dimension before it: "
            f"{suggestion(name, earlier)}define {quoted(name)} above"
        )
    dimension = earlier[name]
    if isinstance(dimension, Function) or dimension.num_values is None:
        raise ValueError(
            f"when needs a dimension with separate values, got {quoted(name)} "
            f"({dimension.describe()}): use a choice or a step"
        )
    try:
        return dimension.match(value)
    except ValueError as error:
        raise ValueError(f"when asks for a value that {quoted(name)} never has: {error}") from None
