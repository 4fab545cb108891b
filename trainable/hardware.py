"""Where a trial computes, and how precisely: CUDA, MPS or CPU; float32 or bfloat16."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch

from trainable.batches import Batches, num_batches
from trainable.errors import OutOfMemoryError
from trainable.tensors import Tensors

CPU = torch.device("cpu")


def choose_device(gpu_given: bool) -> torch.device:
    """CUDA for a trial that was given a GPU, MPS where the machine has it, else the CPU.

    Raises ValueError where a GPU was given that this torch cannot use.
    """
    if gpu_given:
        if not torch.cuda.is_available():
            rule = f"torch {torch.__version__} cannot use the GPU that the trial was given"
            raise ValueError(f"{rule}: install torch with CUDA, or search without GPUs per trial")
        return torch.device("cuda")
    return torch.device("mps") if torch.backends.mps.is_available() else CPU


@dataclass(frozen=True)
class Hardware:
    """A trial's device and precision."""

    device: torch.device = CPU
    bf16: bool = False
    """Whether the forward pass runs in bfloat16 where that is safe; weights stay float32."""

    def autocast(self) -> AbstractContextManager[Any]:
        """Around one forward pass and its loss: autocast keeps casts of weights within it."""
        return torch.autocast(self.device.type, torch.bfloat16) if self.bf16 else nullcontext()

    def zero(self) -> torch.Tensor | float:
        """A sum to add losses to: where there is a GPU, without waiting for it."""
        if self.device.type == "cpu":
            return 0.0
        kind = torch.float32 if self.device.type == "mps" else torch.float64  # MPS has no float64
        return torch.zeros((), dtype=kind, device=self.device)

    def place(self, batches: Batches) -> Batches:
        """`batches` on this device; on the CPU they stay what they are."""
        return batches if self.device.type == "cpu" else PlacedBatches(batches, self.device)


@dataclass(frozen=True)
class PlacedBatches:
    """Batches that are copied to a device one by one, without waiting for the copy."""

    batches: Batches
    device: torch.device

    def __len__(self) -> int:
        number = num_batches(self.batches)
        if number is None:
            raise TypeError("the number of batches is not known")
        return number

    def __iter__(self) -> Iterator[tuple[Tensors, Tensors]]:
        for inputs, targets in self.batches:
            yield move(inputs, self.device), move(targets, self.device)


def move(tensors: Tensors, device: torch.device) -> Tensors:
    """`tensors` of the same form on `device`; what cannot be moved stays."""
    if hasattr(tensors, "to"):  # packed sequences and other containers know how to move
        return tensors.to(device, non_blocking=True)
    if isinstance(tensors, Mapping):
        return {name: move(value, device) for name, value in tensors.items()}
    if isinstance(tensors, tuple | list):
        return [move(value, device) for value in tensors]  # spread over forward as a tuple would be
    return tensors


@contextmanager
def telling_out_of_memory(batch_size: int, doing: str = "") -> Iterator[None]:
    """A batch that does not fit into memory is told as an OutOfMemoryError of that size.

    One that was told within stays what it is.
    """
    try:
        yield
    except OutOfMemoryError:
        raise
    except RuntimeError as error:
        if is_out_of_memory(error):
            raise OutOfMemoryError(batch_size, doing) from error
        raise


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether a device, or the CPU's allocator, had no memory left."""
    text = str(error)
    return "out of memory" in text or "can't allocate memory" in text
