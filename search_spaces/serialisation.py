"""One dimension as TOML, JSON or a task file's dict writes it."""

from collections.abc import Mapping
from typing import Any

from search_spaces import ray_domains
from search_spaces.conditions import Condition
from search_spaces.dimensions import Choice, Dimension, Function
from search_spaces.messages import quoted, shown, suggestion
from search_spaces.ranges import Float, Int
from search_spaces.values import NONE, is_number, plain, without_none

_KEYS = {
    "float": ("low", "high", "log", "step"),
    "int": ("low", "high", "log", "step"),
    "choice": ("choices", "none"),
    "function": ("function", "name"),
}
_REQUIRED = {"float": ("low", "high"), "int": ("low", "high"), "choice": ("choices",)}


def dimension_from(
    name: str, written: Any, functions: Mapping[str, Any]
) -> tuple[Dimension, Condition | None]:
    """The dimension and its condition; ValueError says what is wrong with `written`.

    A plain value is a constant, a list means choices, a callable is a `Function`, a Ray Tune
    domain is translated. A table `{"type": "function"}` finds its callable in `functions`.
    """
    if ray_domains.is_ray(written):
        return ray_domains.from_ray(written), None
    if callable(written) and not isinstance(written, type):
        return Function(written), None
    if isinstance(written, Mapping):
        return _from_table(name, written, functions)
    if isinstance(written, range) or type(written).__module__ == "numpy":
        written = plain(list(written) if isinstance(written, range) else written)
    if isinstance(written, tuple) and len(written) == 2 and all(map(is_number, written)):
        low, high = written
        raise ValueError(
            f"is a tuple of two numbers, which may be a range or its ends: write [{low}, {high}] "
            f'for these two, {{"type": "float", "low": {low}, "high": {high}}} for a range'
        )
    if isinstance(written, list | tuple):
        return _choices(written), None

    return Choice((written,)), None


def table_of(dimension: Dimension, condition: Condition | None) -> dict[str, Any]:
    """The table that `dimension_from` reads; a function is kept by name only."""
    when = {} if condition is None else {"when": condition.to_table()}
    match dimension:
        case Function():
            return {"type": "function", "name": dimension.name} | when
        case Choice():
            none = {"none": True} if dimension.has_none else {}
            choices = list(map(without_none, dimension.choices))
            return {"type": "choice", "choices": choices} | none | when
        case Float() | Int():
            kind = "float" if isinstance(dimension, Float) else "int"
            table = {"type": kind, "low": dimension.low, "high": dimension.high}
            log = {"log": True} if dimension.log else {}
            step = {} if dimension.step is None else {"step": dimension.step}
            return table | log | step | when


def _from_table(
    name: str, table: Mapping[str, Any], functions: Mapping[str, Any]
) -> tuple[Dimension, Condition | None]:
    kind = _kind(table)
    _check_keys(kind, table)
    fields = {key: table[key] for key in _KEYS[kind] if key in table}
    condition = Condition.from_table(table["when"]) if "when" in table else None
    match kind:
        case "float":
            return Float(**fields), condition
        case "int":
            return Int(**fields), condition
        case "choice":
            return _choice_of(**fields), condition
        case _:
            return _function(name, table, functions), condition


def _kind(table: Mapping[str, Any]) -> str:
    if "type" not in table:
        raise ValueError(
            f"type is missing, got the keys {shown(list(table))}: give type float, int or choice "
            "(dimensions cannot be grouped: each has a table of its own)"
        )
    kind = table["type"]
    if not isinstance(kind, str) or kind not in _KEYS:
        raise ValueError(
            f"unknown type {shown(kind)}: {suggestion(kind, _KEYS)}use float, int or choice"
        )

    return kind


def _check_keys(kind: str, table: Mapping[str, Any]) -> None:
    known = ("type", *_KEYS[kind], "when")
    for key in table:
        if key not in known:
            raise ValueError(
                f"unknown key {quoted(key)}: {suggestion(key, known)}"
                f"type {kind} knows {', '.join(known[1:])}"
            )
    for key in _REQUIRED.get(kind, ()):
        if key not in table:
            raise ValueError(f"{key} is missing: type {kind} needs {' and '.join(_REQUIRED[kind])}")


def _function(name: str, table: Mapping[str, Any], functions: Mapping[str, Any]) -> Function:
    written = table.get("function", functions.get(name))
    if written is not None:
        dimension, _ = dimension_from(name, written, {})
        if isinstance(dimension, Function):
            return dimension

    raise ValueError(
        f"function {shown(table.get('name', name))} is not at hand: "
        "it must come from the space of the task file"
    )


def _choice_of(choices: Any, none: bool = False) -> Choice:
    """The choices of a table; with `none` that text stands for None, which TOML does not have."""
    if not isinstance(none, bool):
        raise ValueError(f"none must be true or false, got {shown(none)}")
    if none and isinstance(choices, list | tuple):
        choices = [None if value == NONE else value for value in choices]
    return Choice(choices)


def _choices(written: list[Any] | tuple[Any, ...]) -> Choice:
    if any(isinstance(item, Mapping) and item.get("type") in list(_KEYS) for item in written):
        raise ValueError(f"is a list of tables, got {shown(written)}: write [name], not [[name]]")

    return Choice(tuple(written))
