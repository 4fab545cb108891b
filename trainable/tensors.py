"""Tensors, alone or in tuples and dicts: what inputs and targets may be."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch

Tensors = Any
"""A tensor, or a tuple, list or dict of tensors with equal first dimensions, nested or not."""


def leaves(tensors: Tensors) -> Iterator[torch.Tensor]:
    """The tensors within, in order."""
    if isinstance(tensors, torch.Tensor):
        yield tensors
    elif isinstance(tensors, Mapping):
        for value in tensors.values():
            yield from leaves(value)
    elif isinstance(tensors, tuple | list):
        for value in tensors:
            yield from leaves(value)


def map_tensors(function: Callable[[torch.Tensor], torch.Tensor], tensors: Tensors) -> Tensors:
    """`tensors` of the same form, each tensor replaced by `function` of it."""
    if isinstance(tensors, torch.Tensor):
        return function(tensors)
    if isinstance(tensors, Mapping):
        return with_values(tensors, {n: map_tensors(function, v) for n, v in tensors.items()})
    if isinstance(tensors, tuple | list):
        return with_items(tensors, [map_tensors(function, value) for value in tensors])
    return tensors


def in_single(tensors: Tensors) -> Tensors:
    """`tensors` with those of float64 as float32: what NumPy makes, and no model is given."""
    if all(tensor.dtype != torch.float64 for tensor in leaves(tensors)):
        return tensors
    return map_tensors(lambda t: t.float() if t.dtype == torch.float64 else t, tensors)


def with_values(form: Mapping[str, Any], values: dict[str, Any]) -> Any:
    """A mapping of the type of `form`, as models return their own, with `values`."""
    if type(form) is dict or not hasattr(form, "__setitem__"):
        return values
    filled = copy.copy(form)
    for name, value in values.items():
        filled[name] = value
    return filled


def with_items(form: Any, items: list[Any]) -> Any:
    """A tuple or list of the type of `form`, with `items`."""
    return type(form)(*items) if hasattr(form, "_fields") else type(form)(items)


def num_rows(tensors: Tensors) -> int:
    """Length of the first dimension of the first tensor within. Raises ValueError without one."""
    for tensor in leaves(tensors):
        if tensor.dim() > 0:
            return len(tensor)
    raise ValueError("a batch must hold tensors whose first dimension counts its examples")


def num_bytes(tensors: Tensors) -> int:
    """Memory of all tensors within, one that is found twice counted twice."""
    return sum(tensor.nbytes for tensor in leaves(tensors))


def as_pair(batch: Any) -> tuple[Tensors, Tensors]:
    """Inputs and targets of a batch: the last of several values is the targets."""
    if isinstance(batch, tuple | list) and len(batch) > 1:
        return (batch[0] if len(batch) == 2 else tuple(batch[:-1])), batch[-1]
    held = f"{len(batch)} value" if isinstance(batch, tuple | list) else type(batch).__name__
    way_out = "return pairs from the dataset or collate"
    raise ValueError(f"an example must be (inputs, targets), got {held}: {way_out}")


def describe(tensors: Tensors) -> str:
    """Type and shape of the first few tensors within."""
    found = [f"{str(t.dtype).removeprefix('torch.')} {tuple(t.shape)}" for t in leaves(tensors)]
    return ", ".join(found[:4]) + (", ..." if len(found) > 4 else "")
