"""NumPy arrays and pandas tables as tensors: what people have before they make a Dataset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from trainable.tensors import Tensors

Pair = tuple[Tensors, Tensors]
"""Inputs and targets."""

_HOW = "return (inputs, targets), or a pair of them for each part"
_NUMBERS = "biuf"
"""Kinds of NumPy types that are numbers."""


def pairs_of(loaded: Any) -> list[Pair] | None:
    """Inputs and targets of each part, where `loaded` is made of arrays; None where it is not.

    That is `(inputs, targets)`, `((inputs, targets), (inputs, targets)[, ...])`, or what
    scikit-learn's `train_test_split` returns: all inputs, then all targets. Floats become float32,
    whole numbers int64, texts the numbers of their sorted distinct values. Raises ValueError where
    it is not plain which is which, or something is no number.
    """
    found = _arranged(loaded)
    if found is None:
        return None
    for inputs, targets in found:
        if (num := _num(inputs)) != len(targets):
            raise ValueError(f"data() returned {num} inputs and {len(targets)} targets: {_HOW}")
    targets = _targets([targets for _, targets in found])
    return [(_inputs(inputs), of) for (inputs, _), of in zip(found, targets, strict=True)]


def _arranged(loaded: Any) -> list[tuple[Any, Any]] | None:
    """Pairs of arrays as they were given; None where these are no arrays."""
    if _is_table(loaded):
        raise ValueError(f"data() returned one {type(loaded).__name__}: {_HOW}")
    if isinstance(loaded, tuple) and len(loaded) == 2 and _is_flat(loaded[1]):
        loaded = tuple(np.asarray(v) if isinstance(v, list) else v for v in loaded)
    if isinstance(loaded, list) and len(loaded) in (2, 4, 6) and _are_arrays(loaded):
        loaded = tuple(loaded)  # what train_test_split returns
    if not isinstance(loaded, tuple) or not loaded:
        return None
    are_pairs = all(isinstance(part, tuple | list) and len(part) == 2 for part in loaded)
    if are_pairs and all(map(_are_arrays, loaded)):
        return [(part[0], part[1]) for part in loaded]
    if not _are_arrays(loaded):
        return None
    if len(loaded) == 2:
        return [(loaded[0], loaded[1])]
    half = len(loaded) // 2
    pairs = list(zip(loaded[:half], loaded[half:], strict=False))
    lengths = list(map(_num, loaded))
    if len(loaded) in (4, 6) and lengths[:half] == lengths[half:] and len(set(lengths)) > 1:
        return pairs
    raise ValueError(f"data() returned {len(loaded)} arrays of {lengths} examples: {_HOW}")


def _are_arrays(values: Sequence[Any]) -> bool:
    return all(
        isinstance(v, np.ndarray | torch.Tensor) or _is_table(v) or hasattr(v, "toarray")
        for v in values
    )


def _num(array: Any) -> int:
    """Examples of an array, which may be sparse."""
    return int(array.shape[0])


def _is_flat(value: Any) -> bool:
    """Whether it is a list of numbers or texts, as targets are; a list of examples is none."""
    return isinstance(value, list) and all(isinstance(v, int | float | str) for v in value)


def _is_table(value: Any) -> bool:
    """Whether it is a DataFrame or a Series, without importing pandas for that."""
    return type(value).__module__.partition(".")[0] == "pandas" and hasattr(value, "to_numpy")


def _inputs(given: Any) -> torch.Tensor:
    if hasattr(given, "toarray"):
        raise ValueError(f"inputs are a sparse {type(given).__name__}: return their toarray()")
    if isinstance(given, torch.Tensor):
        return given.float() if given.dtype == torch.float64 else given
    if hasattr(given, "dtypes") and hasattr(given, "columns"):
        for name, dtype in given.dtypes.items():
            if getattr(dtype, "kind", "O") not in _NUMBERS:
                raise ValueError(
                    f"column {name} of the inputs holds {dtype}, not numbers: encode it, as "
                    "pandas.get_dummies does"
                )
        return torch.from_numpy(np.require(given.to_numpy(np.float32), requirements=["C", "W"]))
    array = np.asarray(given)
    if array.dtype.kind not in _NUMBERS:
        raise ValueError(f"inputs hold {array.dtype}, not numbers: encode them")
    kind = np.int64 if array.dtype.kind in "iu" else np.float32
    return torch.from_numpy(np.require(array, kind, ["C", "W"]))


def _targets(given: Sequence[Any]) -> list[torch.Tensor]:
    """Of all parts together: the same text is the same class in each."""
    arrays = [of if isinstance(of, torch.Tensor) else np.asarray(of) for of in given]
    texts = [a for a in arrays if isinstance(a, np.ndarray) and a.dtype.kind in "OUST"]
    if texts:
        if len(texts) != len(arrays) or not all(isinstance(v, str) for a in texts for v in a.flat):
            raise ValueError("targets hold numbers and texts, or neither: make them one of both")
        known = np.unique(np.concatenate([a.ravel().astype(str) for a in texts]))
        arrays = [np.searchsorted(known, a.astype(str)) for a in texts]
    return [_target(array) for array in arrays]


def _target(array: np.ndarray | torch.Tensor) -> torch.Tensor:
    if isinstance(array, torch.Tensor):
        return array.float() if array.dtype == torch.float64 else array
    if array.dtype.kind not in _NUMBERS:
        raise ValueError(f"targets hold {array.dtype}, neither numbers nor texts: encode them")
    if array.dtype.kind == "f":
        return torch.from_numpy(np.require(array, np.float32, ["C", "W"]))
    whole = torch.from_numpy(np.require(array, np.int64, ["C", "W"]))
    return whole.squeeze(1) if whole.dim() == 2 and whole.shape[1] == 1 else whole
