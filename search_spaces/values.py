"""Plain values: what a configuration may hold, the same after a trip through TOML and JSON."""

import math
import numbers
import sys
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

from search_spaces.messages import shown

T = TypeVar("T")

NONE = "none"
"""None as a choice, where a plain value has to stand for it: TOML has no null."""

_LARGEST = sys.float_info.max


def plain(value: Any) -> Any:
    """The value as str, bool, int, finite float, or lists and string-keyed dicts of these.

    Tuples become lists and NumPy scalars and arrays Python values, because that is what
    comes back from run.toml and the record. Everything else raises ValueError.
    """
    if type(value).__module__ == "numpy":
        value = value.tolist()
    if isinstance(value, str):
        return _encodable(value)
    if isinstance(value, int):
        return _storable(value)
    if isinstance(value, float):
        return finite(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}

    raise ValueError(f"must be a string, number, boolean, list or table, got {_object(value)}")


def choice(value: Any) -> Any:
    """A value among others: a plain one, or None."""
    return None if value is None else plain(value)


def without_none(value: Any) -> Any:
    """The value, or NONE in the place of None."""
    return NONE if value is None else value


def finite(value: Any) -> float:
    """The number as a float; ValueError for booleans, other types and non-finite numbers."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise ValueError(f"must be a number, got {shown(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"must be a finite number, got {shown(value)}")

    return number


def is_number(value: Any) -> bool:
    """Whether it is a finite number; a boolean is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def field_value(field: str, check: Callable[[Any], T], value: Any) -> T:
    """`check(value)`, its ValueError beginning with the field's name."""
    try:
        return check(value)
    except ValueError as error:
        raise ValueError(f"{field} {error}") from None


def identity(value: Any) -> Hashable:
    """Equal for equal plain values, but not for a boolean and a number (Python has True == 1)."""
    if isinstance(value, str | int | float):  # most are: to look for tables first is dear
        return (isinstance(value, bool), value)
    if isinstance(value, list | tuple):
        return ("list", *map(identity, value))
    if isinstance(value, Mapping):
        return ("table", frozenset((key, identity(item)) for key, item in value.items()))

    return (isinstance(value, bool), value)


def _storable(value: int) -> int:
    if abs(value) >= 2**63:
        raise ValueError(f"must fit in 64 bits, got {shown(value)}: write a string")

    return value


def _encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"must be valid UTF-8, got {shown(text)}") from None

    return text


def _object(value: Any) -> str:
    """What is no plain value, with what to write in its place."""
    name = getattr(value, "__name__", type(value).__name__)
    if value is None or not (callable(value) and str(name).isidentifier()):
        way_out = "a string" if value is None else "a list of values, a string, or a range as in "
        table = "" if value is None else '{"type": "float", "low": 1e-4, "high": 0.1, "log": True}'
        return f"{shown(value)}: write {way_out}{table}"
    made = "" if hasattr(value, "__name__") else "()"
    kind = "the class" if isinstance(value, type) else "an instance," if made else "the function"
    return (
        f'{kind} {name}{made}: write its name, "{name}", and look it up in the task, as in '
        f'{{"{name}": {name}, ...}}[config["..."]]{made and "()"}'
    )


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise ValueError(f"must have strings as keys, got {shown(key)}")

    return _encodable(key)
