"""Values as the text that makes them again: plain ones, small arrays, paths, dataclasses."""

from __future__ import annotations

import math
import pathlib
import sys
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Any

MAX_CHARACTERS = 30_000
"""Of one value: a file that a person reads has no room for more."""
MAX_ELEMENTS = 1_000
"""Of an array."""

Needs = dict[str, Any]
"""Names that a text uses, with what they mean."""


class NotPlainError(ValueError):
    """A value that no text of a sensible length makes again."""


def constant(value: Any) -> tuple[str, Needs]:
    """An expression for `value`, and what it needs. Raises NotPlainError where there is none."""
    needs: Needs = {}
    try:
        text = _text(value, needs)
    except RecursionError:
        raise NotPlainError from None
    if len(text) > MAX_CHARACTERS:
        raise NotPlainError
    return text, needs


def _text(value: Any, needs: Needs) -> str:
    """Exact types only: what a subclass adds would be lost without a word."""
    kind = type(value)
    if kind is float and not math.isfinite(value):
        return f"float({str(value)!r})"
    if value is None or value is ... or kind in (bool, int, float, str, bytes, range):
        return repr(value)
    if kind is complex and math.isfinite(value.real) and math.isfinite(value.imag):
        return repr(value)
    if kind in (list, tuple, set, frozenset, dict):
        if len(value) > MAX_CHARACTERS:
            raise NotPlainError
        return _container(value, needs)
    if isinstance(value, pathlib.Path):
        needs["pathlib"] = pathlib
        return f"pathlib.Path({str(value)!r})"
    if is_dataclass(value) and not isinstance(value, type):
        return _dataclass(value, needs)
    return _of_library(value, needs)


def _container(value: Any, needs: Needs) -> str:
    if isinstance(value, dict):
        pairs = (f"{_text(k, needs)}: {_text(v, needs)}" for k, v in value.items())
        return f"{{{', '.join(pairs)}}}"
    parts = [_text(part, needs) for part in value]
    if isinstance(value, list):
        return f"[{', '.join(parts)}]"
    if isinstance(value, tuple):
        return f"({', '.join(parts)}{',' * (len(parts) == 1)})"
    inner = f"{{{', '.join(sorted(parts))}}}" if parts else ""
    return f"frozenset({inner})" if isinstance(value, frozenset) else inner or "set()"


def _dataclass(value: Any, needs: Needs) -> str:
    given = fields(value)
    others = getattr(value, "__dict__", {}).keys() - {part.name for part in given}
    if others or not all(part.init for part in given):
        raise NotPlainError
    made = type(value)
    needs[made.__name__] = made
    parts = (f"{part.name}={_text(getattr(value, part.name), needs)}" for part in given)
    return f"{made.__name__}({', '.join(parts)})"


def _of_library(value: Any, needs: Needs) -> str:
    """NumPy's and torch's, neither of which is imported for it."""
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if numpy is not None and isinstance(value, numpy.ndarray | numpy.generic):
        needs["numpy"] = numpy
        if value.dtype.kind not in "biuf":
            raise NotPlainError
        if isinstance(value, numpy.generic):
            return f"numpy.{value.dtype}({_text(value.item(), needs)})"
        if type(value) is not numpy.ndarray:
            raise NotPlainError
        return f"numpy.array({_elements(value, value.size, needs)}, dtype=numpy.{value.dtype})"
    if torch is not None and isinstance(value, torch.device | torch.dtype | torch.Size):
        needs["torch"] = torch
        is_dtype = isinstance(value, torch.dtype)
        return repr(value) if is_dtype or isinstance(value, torch.Size) else f"torch.{value!r}"
    if torch is not None and type(value) is torch.Tensor:
        needs["torch"] = torch
        if value.requires_grad or value.device.type != "cpu" or value.is_sparse:
            raise NotPlainError
        return f"torch.tensor({_elements(value, value.numel(), needs)}, dtype={value.dtype})"
    raise NotPlainError


def _elements(value: Any, num: int, needs: Needs) -> str:
    if not 0 < num <= MAX_ELEMENTS:
        raise NotPlainError
    return _text(value.tolist(), needs)


def described(value: Any) -> str:
    """What a value is, for a message: `an array of shape (1797, 64)`, `a Linear`."""
    kind = type(value).__name__
    article = "an" if kind[:1].lower() in "aeiou" else "a"
    shape = getattr(value, "shape", None)
    if isinstance(shape, Iterable):
        return f"{article} {kind} of shape {tuple(shape)}"
    if isinstance(value, list | tuple | set | frozenset | dict):
        return f"{article} {kind} of {len(value)} values"
    return f"{article} {kind}"
