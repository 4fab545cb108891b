"""Whether what a task makes for each trial is made anew, and comes to something."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from torch import nn
from torch.utils.data import DataLoader

from trainable.batches import MadeBatches, num_batches
from trainable.data import BatchMaker, Part, length


def check_made_anew(make: Callable[..., Any] | None, model: nn.Module) -> None:
    """Raise ValueError where a model trains layers that its file holds: all trials would."""
    trained = {id(p) for p in model.parameters() if p.requires_grad}
    for name, value in getattr(make, "__globals__", {}).items():
        if isinstance(value, nn.Module) and trained & {id(p) for p in value.parameters()}:
            raise ValueError(
                f"model(config) returns layers of {name}, which is made once: each trial would go "
                "on with what the last one trained, so make them in model(config)"
            )


def check_made_batches(batch_sizes: Sequence[int], part: Part) -> None:
    """Raise ValueError where loaders of the task's own have no batch, or can be read only once."""
    if not isinstance(part, BatchMaker):
        return
    for size in batch_sizes:
        if num_batches(MadeBatches(part.make, size)) == 0:
            raise ValueError(
                f"batch size {size} gives no batch of the training part, as drop_last leaves out "
                "an incomplete one: leave it out of the space, or drop_last"
            )
    if isinstance(made := part.make(1), Iterator) and part.make(1) is made:
        raise ValueError(
            "a function in data() returned the same batches twice, which can be read only once: "
            "make them within it"
        )


def num_drawn(part: Part) -> int | None:
    """Examples of one pass, also of a loader of the task's own; None where there is no telling."""
    if not isinstance(part, BatchMaker):
        return length(part)
    loader = part.make(1)
    is_plain = isinstance(loader, DataLoader) and loader.batch_size == 1 and not loader.drop_last
    return length(loader.sampler) if is_plain else None
