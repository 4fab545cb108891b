"""The batches that an epoch walks through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch.utils.data import DataLoader, IterableDataset

from trainable.data import BatchMaker, InMemory, Part
from trainable.tensors import Tensors, as_pair, in_single, leaves, map_tensors, num_rows

EVALUATION_BYTES = 8 * 2**20
"""Examples of one evaluation batch hold at most this much, so that activations stay small too."""
EVALUATION_ROWS = 4096
EVALUATION_BATCH = 32
"""Examples of one evaluation batch that a Dataset, a loader or a `collate` makes: one size for all
trials, so that a loss which is no mean over examples compares the same with every batch size."""
NO_BATCHES = "an epoch had no batches: data() must give at least one example"

BLOCK_BYTES = 2**20
"""Of training examples gathered at a time, unless a single batch is larger."""

Batches = Iterable[tuple[Tensors, Tensors]]
"""Inputs and targets of one batch after the other; walked through anew for each pass."""


@dataclass(frozen=True)
class TensorBatches:
    """Batches of an `InMemory` part; with a generator in a new random order at each pass."""

    part: InMemory
    batch_size: int
    generator: torch.Generator | None = None

    def __len__(self) -> int:
        return -(-len(self.part) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensors, Tensors]]:
        rows = self.part.rows
        if self.generator is not None:
            order = torch.randperm(len(self.part), generator=self.generator)
            rows = order if rows is None else rows[order]
        if rows is None:
            yield from windows(self.part.tensors, self.batch_size)
            return
        for block in rows.split(self._rows_per_block()):
            yield from windows(self.part.select(block), self.batch_size)

    def _rows_per_block(self) -> int:
        """Many batches are gathered at once: each alone would cost a small model's step 5 %."""
        bytes_per_row = max(1, self.part.num_bytes() // len(self.part))
        return self.batch_size * max(1, BLOCK_BYTES // (self.batch_size * bytes_per_row))


def windows(tensors: tuple[Tensors, Tensors], batch_size: int) -> Iterator[tuple[Tensors, Tensors]]:
    """Inputs and targets of `batch_size` rows after the other, in the same memory."""
    inputs, targets = tensors
    if isinstance(inputs, torch.Tensor) and isinstance(targets, torch.Tensor):
        yield from zip(inputs.split(batch_size), targets.split(batch_size), strict=True)
        return
    for start in range(0, num_rows(targets), batch_size):
        window = slice(start, start + batch_size)
        yield map_tensors(lambda t, w=window: t[w], tensors)  # type: ignore[misc]


@dataclass(frozen=True)
class LoaderBatches:
    """Batches of a DataLoader, each as (inputs, targets)."""

    loader: DataLoader[Any]

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[tuple[Tensors, Tensors]]:
        return map(as_pair, self.loader)


@dataclass(frozen=True)
class MadeBatches:
    """Batches that a task makes itself, anew for each pass."""

    make: Callable[[int], Any]
    batch_size: int

    def __len__(self) -> int:
        return len(self._checked())

    def __iter__(self) -> Iterator[tuple[Tensors, Tensors]]:
        return map(as_pair, self._checked())

    def _checked(self) -> Any:
        batches = self.make(self.batch_size)
        if isinstance(batches, Iterable):
            return batches
        kind = type(batches).__name__
        raise ValueError(f"a function in data() must return a DataLoader or batches, got {kind}")


@dataclass(frozen=True)
class SingleBatches:
    """Batches whose float64 tensors come as float32."""

    batches: Batches

    def __len__(self) -> int:
        return len(self.batches)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[tuple[Tensors, Tensors]]:
        return map(in_single, self.batches)


@dataclass(frozen=True, kw_only=True)
class Batching:
    """How a trial's examples become batches."""

    batch_size: int
    num_workers: int = 0
    """Processes that a DataLoader reads with; tensors in memory need none."""
    collate: Callable[[list[Any]], Any] | None = None
    pin_memory: bool = False
    single: bool = True
    """Whether float64 tensors come as float32, as a model of float32 needs them."""

    def training(self, part: Part, generator: torch.Generator) -> Batches:
        """Batches in a new random order at each pass; a stream and made batches keep their own."""
        if isinstance(part, InMemory) and self.collate is None:
            return self._cast(TensorBatches(part, min(self.batch_size, len(part)), generator))
        if isinstance(part, BatchMaker):
            return self._cast(MadeBatches(part.make, self.batch_size))
        return self._load(part, generator, shuffle=not isinstance(part, IterableDataset))

    def evaluation(self, part: Part) -> Batches:
        """Batches in the part's own order, of a size that no configuration changes."""
        size = self.evaluation_size(part)
        if isinstance(part, BatchMaker):
            return self._cast(MadeBatches(part.make, size))
        if not isinstance(part, InMemory) or self.collate is not None:
            return replace(self, batch_size=size)._load(part, None, shuffle=False)
        return self._cast(TensorBatches(part, size))

    def evaluation_size(self, part: Part) -> int:
        """Examples of one evaluation batch; many where they are in memory."""
        if not isinstance(part, InMemory) or self.collate is not None:
            return EVALUATION_BATCH
        bytes_per_row = max(1, part.num_bytes() // len(part))
        return min(EVALUATION_ROWS, max(1, EVALUATION_BYTES // bytes_per_row))

    def _load(self, part: Part, generator: torch.Generator | None, *, shuffle: bool) -> Batches:
        # workers live for one pass: their random state then follows from the saved generators
        loader = DataLoader(
            as_dataset(part),
            batch_size=self.batch_size,
            shuffle=shuffle,
            generator=generator,
            collate_fn=self.collate,
            num_workers=self.num_workers,
            pin_memory=self.pin_memory,
        )
        return self._cast(LoaderBatches(loader))

    def _cast(self, batches: Batches) -> Batches:
        """`batches` as they are where no float64 can be among them, or it is wanted."""
        of = batches.part.tensors if isinstance(batches, TensorBatches) else None
        is_fine = of is not None and all(t.dtype != torch.float64 for t in leaves(of))
        return SingleBatches(batches) if self.single and not is_fine else batches


def as_dataset(part: Part) -> Any:
    """`part` as a DataLoader reads it; tensors in memory example by example, for a `collate`."""
    return Examples(part) if isinstance(part, InMemory) else part


@dataclass(frozen=True)
class Examples:
    """Tensors in memory, one example at a time."""

    part: InMemory

    def __len__(self) -> int:
        return len(self.part)

    def __getitem__(self, row: int) -> tuple[Tensors, Tensors]:
        index = row if self.part.rows is None else self.part.rows[row]
        return map_tensors(lambda tensor: tensor[index], self.part.tensors)  # type: ignore[no-any-return]


def num_batches(batches: Batches) -> int | None:
    """Batches of one pass; None where there is no telling before it ends."""
    try:
        return len(batches)  # type: ignore[arg-type]
    except (TypeError, NotImplementedError):
        return None
