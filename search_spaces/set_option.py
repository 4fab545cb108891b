"""The option --set: dimensions from the command line and back, as `lr=1e-4..1:log` says them."""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from search_spaces.conditions import Condition
from search_spaces.dimensions import Choice, Dimension, Function, takes
from search_spaces.messages import shown, suggestion
from search_spaces.ranges import Float, Int
from search_spaces.source import Source
from search_spaces.space import Space, check_name

_INTEGER = re.compile(r"[+-]?\d+")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.+-]*")
_NOT_WORDS = {"True": "true", "False": "false"}
_MODIFIERS = ("log", "float", "step=")


def with_settings(space: Space, settings: Iterable[str]) -> Space:
    """The space with each `name=...` in the place of that dimension, or added at the end.

    A range is `low..high` with `:log`, `:step=8` or `:float`; anything else is a list of TOML
    values or words, where a single one is a constant. A condition stays with its dimension;
    one that can hold no longer (`--set optimizer=adam`) takes its dimension away.
    """
    settings = list(settings)
    if not settings:
        return space

    source = Source(" ".join(f"--set {setting}" for setting in settings))
    new = _all_parsed(settings)
    merged = with_dimensions(space, new, source)
    for name in new:
        if name not in merged.dimensions:
            condition = space.conditions[name].describe()
            raise source.error(name, f"can never be present, only {condition}: set one of the two")

    return replace(merged, source=space.source)


def setting_of(name: str, dimension: Float | Int) -> str:
    """The setting that `with_settings` reads as this range: `lr=0.0001..1:log`."""
    ends = [_end_text(dimension.low), _end_text(dimension.high)]
    step = [] if dimension.step is None else [f"step={_end_text(dimension.step)}"]
    is_float = isinstance(dimension, Float) and all(map(_INTEGER.fullmatch, ends))
    modifiers = [*step, *["log"] * dimension.log, *["float"] * is_float]
    return ":".join([f"{name}={'..'.join(ends)}", *modifiers])


def choices_setting(name: str, choices: Iterable[Any]) -> str:
    """The setting that `with_settings` reads as these choices: `activation=relu,"leaky relu"`.

    Words are in quotes where another value has commas of its own: the whole is then read as TOML.
    """
    values = list(choices)
    has_commas = any(isinstance(v, list) or (isinstance(v, str) and "," in v) for v in values)
    return f"{name}=" + ",".join(
        _choice_text(value, may_be_bare=not has_commas) for value in values
    )


def _choice_text(value: Any, *, may_be_bare: bool) -> str:
    if value is None:
        return "None"
    if isinstance(value, str) and may_be_bare and _is_word(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _is_word(text: str) -> bool:
    try:
        return bool(value_of(text) == text)
    except ValueError:
        return False


def _end_text(number: float) -> str:
    """The shortest text of the number; of an integer its digits."""
    if isinstance(number, int):
        return str(number)

    return min(f"{number:.12g}", repr(number), key=lambda t: (float(t) != number, len(t)))


def _all_parsed(settings: list[str]) -> dict[str, Dimension]:
    dimensions: dict[str, Dimension] = {}
    for setting in settings:
        source = Source(f"--set {setting}")
        name, dimension = _parsed(setting, source)
        if name in dimensions:
            raise source.error(name, "is set twice: keep one")
        dimensions[name] = dimension

    return dimensions


def with_dimensions(
    space: Space, new: Mapping[str, Dimension], source: Source | None = None
) -> Space:
    """The space with the new dimensions, and without those that can then never be present.

    `source` is where they were written, for errors; that of the space by default.
    """
    dimensions: dict[str, Dimension] = {}
    conditions = {}
    for name, dimension in {**space.dimensions, **new}.items():
        if name in space.conditions:
            condition = _possible(space.conditions[name], dimensions)
            if condition is None:
                continue
            conditions[name] = condition
        dimensions[name] = dimension

    constraints = tuple(c for c in space.constraints if c.names <= dimensions.keys())
    return Space(dimensions, conditions, constraints, source or space.source)


def _possible(condition: Condition, dimensions: Mapping[str, Dimension]) -> Condition | None:
    """The condition with only the values that the dimensions can take; None if none is left."""
    accepted = {}
    for name, values in condition.accepted.items():
        possible = tuple(v for v in values if name in dimensions and _can_take(dimensions[name], v))
        if not possible:
            return None
        accepted[name] = possible

    return Condition(accepted)


def _can_take(dimension: Dimension, value: Any) -> bool:
    """True also where no condition is allowed, so that the space says so."""
    if isinstance(dimension, Function) or dimension.num_values is None:
        return True
    return takes(dimension, value)


def _parsed(setting: str, source: Source) -> tuple[str, Dimension]:
    name, equals, written = (part.strip() for part in setting.partition("="))
    if not equals:
        raise source.space_error(
            f"--set needs name=values, got {shown(setting)}: "
            "write lr=1e-4..1:log or batch_size=32,64"
        )
    with source.errors_of(name):
        check_name(name)
        return name, _range(written) if _is_range(written) else Choice(_values(written))


def _is_range(written: str) -> bool:
    return ".." in re.sub(r"""("[^"]*"|'[^']*')""", "", written)


def _range(written: str) -> Float | Int:
    ends, *modifiers = (part.strip() for part in written.split(":"))
    fields = _modifiers(modifiers)
    low, _, high = ends.partition("..")
    fields |= {"low": _number("low", low), "high": _number("high", high)}
    if "float" not in modifiers and all(isinstance(fields[end], int) for end in ("low", "high")):
        return Int(**fields)

    return Float(**fields)


def _modifiers(modifiers: list[str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for modifier in modifiers:
        if modifier == "log":
            fields["log"] = True
        elif modifier.startswith("step="):
            fields["step"] = _number("step", modifier.removeprefix("step="))
        elif modifier != "float":
            raise ValueError(
                f"unknown modifier {shown(modifier)}: {suggestion(modifier, _MODIFIERS)}"
                "a range takes :log, :step=8 and :float"
            )

    return fields


def _number(field: str, written: str) -> int | float:
    written = written.strip()
    try:
        return int(written) if _INTEGER.fullmatch(written) else float(written)
    except ValueError:
        raise ValueError(
            f"{field} must be a number, got {shown(written)}: write low..high, as in 1e-4..1"
        ) from None


def _values(written: str) -> tuple[Any, ...]:
    values = _toml_list(written)
    if values is not None:
        return tuple(values)

    return tuple(value_of(item.strip()) for item in written.split(","))


def _toml_list(written: str) -> list[Any] | None:
    """The values of a TOML list; None when it is not one."""
    try:
        document = tomllib.loads(f"values = [{written}]")
    except (ValueError, RecursionError):
        return None

    values = document["values"]
    return values if len(document) == 1 and isinstance(values, list) else None


def value_of(written: str) -> Any:
    """One TOML value, word or None. ValueError for what is neither."""
    if written == "None":
        return None
    if written in _NOT_WORDS:
        raise ValueError(f"{written} is Python, not TOML: write {_NOT_WORDS[written]}")
    if _WORD.fullmatch(written) and written not in ("true", "false", "inf", "nan"):
        return written
    values = _toml_list(written)
    if values is not None and len(values) == 1:
        return values[0]

    raise ValueError(
        f"{shown(written)} is neither a TOML value nor a word: "
        "write a range as low..high, and other strings in quotes"
    )
