"""The space of a finished run, read from its settings as far as it can be."""

from collections.abc import Mapping
from typing import Any

from search_spaces.conditions import Condition
from search_spaces.constraints import Constraint
from search_spaces.dimensions import Dimension
from search_spaces.serialisation import dimension_from
from search_spaces.space import CONSTRAINTS, Space


def recorded_space(table: Mapping[str, Any]) -> Space:
    """The space that run.toml keeps, without what cannot be read: a damaged run is shown, too.

    A function is kept there by name only, so that what it computes is no dimension here, and a
    constraint that asks for it is left out.
    """
    dimensions: dict[str, Dimension] = {}
    conditions: dict[str, Condition] = {}
    for name, written in table.items():
        if name == CONSTRAINTS:
            continue
        try:
            dimension, condition = dimension_from(name, written, {})
            of_name = {} if condition is None else {name: condition}
            Space(dimensions | {name: dimension}, conditions | of_name)
        except ValueError:
            continue
        dimensions[name] = dimension
        conditions |= of_name

    space = Space(dimensions, conditions)
    return Space(dimensions, space.conditions, _constraints(table.get(CONSTRAINTS), space))


def _constraints(written: Any, space: Space) -> tuple[Constraint, ...]:
    found = []
    for expression in written if isinstance(written, list) else []:
        try:
            constraint = Constraint(expression)
        except ValueError:
            continue
        if constraint.names <= space.dimensions.keys():
            found.append(constraint)

    return tuple(found)
