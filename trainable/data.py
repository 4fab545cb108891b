"""A task's data: three parts, and the batches that an epoch walks through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset, TensorDataset

TEST_SHARE = VALIDATION_SHARE = 0.15
"""Share of the examples in each held-out part, where the task does not split itself."""
EVALUATION_BYTES = 8 * 2**20
"""Inputs of one evaluation batch hold at most this much, so that activations stay small too."""
EVALUATION_ROWS = 4096

Tensors = Any
"""A tensor, or a tuple or dict of tensors with equal first dimensions."""


def split_indices(
    num_examples: int,
    *,
    seed: int,
    stratify: Any = None,
    groups: Any = None,
    ordered: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Indices of the training (70 %), validation and test part (15 % each).

    `stratify` (labels, shape [num_examples]) keeps the shares within each class: examples are
    sorted by class, shuffled within it, and held out at even steps (systematic sampling,
    Cochran, Sampling Techniques, ch. 8). `groups` keeps equal values in one part. `ordered`
    takes the last examples as test, those before as validation: the future stays unseen.
    """
    if num_examples < 3:
        raise ValueError(f"data to split must hold at least 3 examples, got {num_examples}")
    generator = np.random.default_rng(seed)
    if ordered:
        return _cut(np.arange(num_examples))
    if groups is not None:
        return _split_groups(np.asarray(groups), generator)
    if stratify is None:
        return _cut(generator.permutation(num_examples))

    order = np.lexsort((generator.random(num_examples), np.asarray(stratify)))
    held_share = VALIDATION_SHARE + TEST_SHARE
    position = np.floor(np.arange(num_examples + 1) * held_share + generator.random())
    held = np.diff(position) > 0
    train, held_out = generator.permutation(order[~held]), order[held]
    return train, held_out[0::2], held_out[1::2]


def _cut(order: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    num_validation = max(1, round(len(order) * VALIDATION_SHARE))
    num_test = max(1, round(len(order) * TEST_SHARE))
    num_train = len(order) - num_validation - num_test
    return order[:num_train], order[num_train : num_train + num_validation], order[-num_test:]


def _split_groups(
    groups: np.ndarray, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    names, sizes = np.unique(groups, return_counts=True)
    if len(names) < 3:
        raise ValueError(f"groups must hold at least 3 different values, got {len(names)}")
    order = generator.permutation(len(names))
    before = np.cumsum(sizes[order]) - sizes[order]
    share = before / sizes.sum()
    part = np.digitize(share, [1 - VALIDATION_SHARE - TEST_SHARE, 1 - TEST_SHARE])
    part[-2:] = 1, 2
    chosen = [np.flatnonzero(np.isin(groups, names[order[part == index]])) for index in range(3)]
    return chosen[0], chosen[1], chosen[2]


@dataclass(frozen=True)
class InMemory:
    """Examples held as tensors: batched by indexing, never one example at a time."""

    inputs: Tensors
    targets: Tensors

    def __len__(self) -> int:
        return num_rows(self.targets)

    def take(self, rows: Any) -> InMemory:
        """The examples at `rows` (integer indices, shape [num_rows])."""
        rows = torch.as_tensor(rows)
        return InMemory(*map_tensors(lambda tensor: tensor[rows], (self.inputs, self.targets)))


Part = InMemory | Dataset[Any]
"""One part of the data."""


@dataclass(frozen=True)
class Data:
    """The parts of a task's data. `train_sample` is a fixed part of `train`, as large as
    `validation`, on which the training loss is measured in eval mode."""

    train: Part
    validation: Part
    test: Part | None
    train_sample: Part
    collate: Callable[[list[Any]], Any] | None = None


def prepare(loaded: Any, *, split_seed: int, collate: Any = None) -> Data:
    """The parts of what a task's `data` returned: one dataset to split, or two or three parts."""
    parts = tuple(as_part(part) for part in (loaded if isinstance(loaded, tuple) else (loaded,)))
    if not 1 <= len(parts) <= 3:
        raise ValueError(f"data() must return a Dataset, or (train, val[, test]), got {len(parts)}")
    if len(parts) == 1:
        labels = _class_labels(parts[0])
        indices = split_indices(_size(parts[0]), seed=split_seed, stratify=labels)
        parts = tuple(take(parts[0], rows) for rows in indices)
    for name, part in zip(("training", "validation", "test"), parts, strict=False):
        if isinstance(part, Sized) and len(part) == 0:
            raise ValueError(f"the {name} part of data() is empty: return at least one example")
    train, validation = parts[:2]
    test = parts[2] if len(parts) == 3 else None
    return Data(train, validation, test, _train_sample(train, validation, split_seed), collate)


def as_part(dataset: Any) -> Part:
    """`dataset` as tensors where it is a TensorDataset or a part of one; else itself."""
    if isinstance(dataset, InMemory):
        return dataset
    if type(dataset) is TensorDataset:
        *inputs, targets = dataset.tensors
        return InMemory(inputs[0] if len(inputs) == 1 else tuple(inputs), targets)
    if type(dataset) is Subset and type(dataset.dataset) is TensorDataset:
        return take(as_part(dataset.dataset), list(dataset.indices))
    if not isinstance(dataset, Dataset) and not hasattr(dataset, "__getitem__"):
        raise ValueError(f"data() must return torch Datasets, got {type(dataset).__name__}")
    return dataset  # type: ignore[no-any-return]


def take(part: Part, rows: Any) -> Part:
    """The examples of `part` at `rows`."""
    if isinstance(part, InMemory):
        return part.take(rows)
    return Subset(part, [int(row) for row in rows])


def _size(part: Part) -> int:
    if isinstance(part, IterableDataset) or not isinstance(part, Sized):
        raise ValueError("data() must return (train, val) where the data has no length to split")
    return len(part)


def _class_labels(part: Part) -> np.ndarray | None:
    if not isinstance(part, InMemory) or not isinstance(part.targets, torch.Tensor):
        return None
    targets = part.targets
    return targets.numpy() if targets.dim() == 1 and not targets.is_floating_point() else None


def _train_sample(train: Part, validation: Part, seed: int) -> Part:
    if isinstance(train, IterableDataset) or isinstance(validation, IterableDataset):
        return train
    num_rows = min(_size(train), _size(validation))
    rows = np.random.default_rng(seed).permutation(_size(train))[:num_rows]
    return take(train, rows)


def num_rows(tensors: Tensors) -> int:
    """Length of the first dimension of a tensor, or of a tuple or dict of them."""
    while not isinstance(tensors, torch.Tensor):
        tensors = next(iter(tensors.values())) if isinstance(tensors, dict) else tensors[0]
    return len(tensors)


def map_tensors(function: Callable[[torch.Tensor], torch.Tensor], tensors: Tensors) -> Tensors:
    """`tensors` of the same form, each tensor replaced by `function` of it."""
    if isinstance(tensors, torch.Tensor):
        return function(tensors)
    if isinstance(tensors, dict):
        return {name: map_tensors(function, value) for name, value in tensors.items()}
    if isinstance(tensors, tuple | list):
        return type(tensors)(map_tensors(function, value) for value in tensors)
    return tensors


@dataclass(frozen=True)
class TensorBatches:
    """Batches of an `InMemory` part; with a generator in a new random order at each pass."""

    part: InMemory
    batch_size: int
    generator: torch.Generator | None = None

    def __len__(self) -> int:
        return -(-len(self.part) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensors, Tensors]]:
        inputs, targets = self.part.inputs, self.part.targets
        if self.generator is None:
            for start in range(0, len(self.part), self.batch_size):
                window = slice(start, start + self.batch_size)
                yield map_tensors(lambda t, w=window: t[w], (inputs, targets))  # type: ignore[misc]
            return

        order = torch.randperm(len(self.part), generator=self.generator)
        if isinstance(inputs, torch.Tensor) and isinstance(targets, torch.Tensor):
            for rows in order.split(self.batch_size):
                yield inputs.index_select(0, rows), targets.index_select(0, rows)
            return
        for rows in order.split(self.batch_size):
            yield map_tensors(lambda t, r=rows: t.index_select(0, r), (inputs, targets))  # type: ignore[misc]


Batches = Iterable[tuple[Tensors, Tensors]]


def training_batches(data: Data, batch_size: int, generator: torch.Generator) -> Batches:
    """Batches of the training part in a new random order each epoch."""
    if isinstance(data.train, InMemory):
        return TensorBatches(data.train, min(batch_size, len(data.train)), generator)
    streamed = isinstance(data.train, IterableDataset)
    return DataLoader(
        data.train,
        batch_size=batch_size,
        shuffle=not streamed,
        generator=generator,
        collate_fn=data.collate,
    )


def evaluation_batches(data: Data, part: Part, batch_size: int) -> Batches:
    """Batches of `part` in its own order; large where it is in memory."""
    if not isinstance(part, InMemory):
        return DataLoader(part, batch_size=batch_size, collate_fn=data.collate)
    sizes: list[int] = []
    map_tensors(lambda tensor: sizes.append(tensor.nbytes) or tensor, part.inputs)  # type: ignore[func-returns-value]
    bytes_per_row = max(1, sum(sizes) // len(part))
    return TensorBatches(part, min(EVALUATION_ROWS, max(1, EVALUATION_BYTES // bytes_per_row)))
