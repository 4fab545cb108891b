"""A task's data: its training, validation and test part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch.utils.data import (
    DataLoader,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
)

from trainable.arrays import pairs_of
from trainable.splits import Fold, split_indices
from trainable.tensors import Tensors, as_pair, map_tensors, num_bytes, num_rows

PART_NAMES = ("training", "validation", "test")
FACTORY_HINT = "return a function of batch_size that makes it, as the batch size is searched"

LARGE_BYTES = 64 * 2**20
"""Data above this size is split without a copy of its parts."""


@dataclass(frozen=True)
class InMemory:
    """Examples held as tensors: batched by indexing, never one example at a time."""

    inputs: Tensors
    targets: Tensors
    rows: torch.Tensor | None = None
    """Which rows of the tensors are this part's, in its order; None for all of them."""

    def __len__(self) -> int:
        return num_rows(self.targets) if self.rows is None else len(self.rows)

    @property
    def tensors(self) -> tuple[Tensors, Tensors]:
        """Inputs and targets, all rows."""
        return self.inputs, self.targets

    def num_bytes(self) -> int:
        """Memory of the part's own rows."""
        return num_bytes(self.tensors) * len(self) // max(1, num_rows(self.targets))

    def take(self, rows: Any) -> InMemory:
        """The examples at `rows` (integer indices, shape [num_rows]), large ones uncopied."""
        rows = torch.as_tensor(rows)
        rows = rows if self.rows is None else self.rows[rows]
        if num_bytes(self.tensors) > LARGE_BYTES:
            return replace(self, rows=rows)
        return InMemory(*self.select(rows))

    def first(self, number: int) -> InMemory:
        """The first examples, in the same memory."""
        if self.rows is not None:
            return replace(self, rows=self.rows[:number])
        return InMemory(*map_tensors(lambda tensor: tensor[:number], self.tensors))

    def select(self, rows: Any) -> tuple[Tensors, Tensors]:
        """Inputs and targets at `rows` of the tensors."""
        if isinstance(self.inputs, torch.Tensor) and isinstance(self.targets, torch.Tensor):
            return self.inputs.index_select(0, rows), self.targets.index_select(0, rows)
        selected: tuple[Tensors, Tensors] = map_tensors(
            lambda tensor: tensor.index_select(0, rows), self.tensors
        )
        return selected


@dataclass(frozen=True)
class BatchMaker:
    """A task's own function of `batch_size`, called for each pass: the batches of that pass."""

    make: Callable[[int], Any]


Part = InMemory | Dataset[Any] | BatchMaker
"""One part of the data."""


@dataclass(frozen=True)
class Data:
    """The parts of a task's data."""

    train: Part
    validation: Part
    test: Part | None
    train_sample: Part
    """A fixed part of `train`, as large as `validation`, on which the training loss is measured in
    eval mode; `train` itself where it is a stream, of which so much is read."""

    def num_examples(self) -> tuple[int | None, int | None, int | None]:
        """Examples in the training, validation and test part; None where there is no telling."""
        return length(self.train), length(self.validation), length(self.test)


def prepare(loaded: Any, *, split_seed: int, fold: Fold | None = None) -> Data:
    """The parts of what a task's `data` returned: one dataset to split, or two or three parts."""
    if (pairs := pairs_of(loaded)) is not None:
        loaded = tuple(InMemory(*pair) for pair in pairs)
    given = tuple(loaded) if _is_several(loaded) else (loaded,)
    if not 1 <= len(given) <= 3:
        raise ValueError(f"data() must return a Dataset, or (train, val[, test]), got {len(given)}")
    parts = tuple(as_part(part) for part in given)
    if len(parts) == 1:
        return _split(parts[0], split_seed, fold)
    if fold is not None:
        raise ValueError(
            "--folds needs data(split), or one dataset to split: here data() splits it itself"
        )
    _require_examples(parts)
    train, validation = parts[:2]
    test = parts[2] if len(parts) == 3 else None
    return Data(train, validation, test, _train_sample(train, validation, split_seed))


def _is_several(loaded: Any) -> bool:
    """Whether these are parts: a tuple, or the list that `random_split` gives; a list of examples
    is one dataset."""
    if isinstance(loaded, list):
        return len(loaded) > 0 and all(isinstance(part, Dataset) for part in loaded)
    return isinstance(loaded, tuple)


def as_part(dataset: Any) -> Part:
    """`dataset` as tensors where it is made of tensors; a function makes batches; else itself."""
    if isinstance(dataset, InMemory):
        return dataset
    if type(dataset) is Subset:
        whole = as_part(dataset.dataset)
        return whole.take(list(dataset.indices)) if isinstance(whole, InMemory) else dataset
    tensors = _tensors_of(dataset)
    if tensors is not None:
        return InMemory(*as_pair(tensors))
    if isinstance(dataset, DataLoader):
        raise ValueError(f"data() returned a DataLoader of one batch size: {FACTORY_HINT}")
    is_mapping = isinstance(dataset, Mapping)
    if isinstance(dataset, Dataset) or (hasattr(dataset, "__getitem__") and not is_mapping):
        return dataset  # type: ignore[no-any-return]
    if callable(dataset):
        return BatchMaker(dataset)
    kind = type(dataset).__name__
    raise ValueError(
        f"data() must return torch Datasets, or functions of batch_size that make batches, "
        f"got {kind}"
    )


def take(part: Part, rows: Any) -> Part:
    """The examples of `part` at `rows`."""
    if isinstance(part, InMemory):
        return part.take(rows)
    return Subset(part, [int(row) for row in rows])  # type: ignore[arg-type]


def take_first(part: Part, number: int) -> Part:
    """The first examples of `part`, without a copy."""
    return part.first(number) if isinstance(part, InMemory) else take(part, range(number))


def length(part: Part | None) -> int | None:
    """Examples of `part`; None for a stream, or where there is no part."""
    if part is None or isinstance(part, IterableDataset | BatchMaker):
        return None
    try:
        return len(part)  # type: ignore[arg-type]
    except (TypeError, NotImplementedError):
        return None


def _tensors_of(dataset: Any) -> Tensors | None:
    """The tensors that `dataset` is made of, nested as its examples are; None if it is not."""
    if isinstance(dataset, torch.Tensor):
        return dataset
    if type(dataset) is TensorDataset:
        return dataset.tensors
    if type(dataset) is not StackDataset:
        return None
    stacked = dataset.datasets
    names = list(stacked) if isinstance(stacked, dict) else range(len(stacked))
    found = [_tensors_of(stacked[name]) for name in names]
    if any(part is None for part in found):
        return None
    return dict(zip(names, found, strict=True)) if isinstance(stacked, dict) else tuple(found)


def _split(whole: Part, seed: int, fold: Fold | None) -> Data:
    size = length(whole)
    if size is None:
        raise ValueError("data() must return (train, val) where the data has no length to split")
    rows = split_indices(size, seed=seed, fold=fold, stratify=_class_labels(whole))
    train, validation, test = (take(whole, part) for part in rows)
    # the training rows are in a random order, so the first of them are a sample of all
    sample = take_first(train, min(len(rows[0]), len(rows[1])))
    return Data(train, validation, test, sample)


def _class_labels(part: Part) -> np.ndarray | None:
    """Integer labels of the examples, as tensors or as torchvision's `targets`; None without."""
    targets = getattr(part, "targets", None)
    if not isinstance(targets, torch.Tensor | np.ndarray | list):
        return None
    labels = np.asarray(targets)
    is_label = labels.shape == (length(part),) and np.issubdtype(labels.dtype, np.integer)
    return labels if is_label else None


def _require_examples(parts: tuple[Part, ...]) -> None:
    for name, part in zip(PART_NAMES, parts, strict=False):
        if length(part) == 0:
            raise ValueError(f"the {name} part of data() is empty: return at least one example")


def _train_sample(train: Part, validation: Part, seed: int) -> Part:
    size = length(train)
    if size is None:
        return train
    number = min(size, length(validation) or size)
    return take(train, np.random.default_rng(seed).permutation(size)[:number])
