"""Whether a loss is what the loop takes it for: one number, the mean over the examples."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from trainable.tensors import Tensors, leaves, map_tensors

OUT_OF_BOUNDS = "out of bounds"
"""What torch says of a target without an output."""
NEAR = 1e-3
"""Share by which losses may differ that are called equal."""


def check_loss(value: Any) -> torch.Tensor:
    """`value`, if it is a loss: one number as a tensor."""
    if not isinstance(value, torch.Tensor):
        raise ValueError(f"loss() must return a tensor of one number, got {type(value).__name__}")
    if value.numel() != 1:
        shape = tuple(value.shape)
        raise ValueError(f"loss() must return one number, the mean of the batch, got shape {shape}")
    return value


def of_another_type(error: RuntimeError, inputs: Tensors) -> ValueError | None:
    """What to say where a model is given no floats of its own type; None of other errors."""
    is_of_type = any(words in str(error) for words in ("same dtype", "scalar type", "Input type"))
    if not is_of_type or any(t.dtype == torch.float32 for t in leaves(inputs)):
        return None
    return ValueError(f"{error}: give the model float32, as .float() makes it")


def without_output(error: IndexError, outputs: Any, targets: Tensors) -> ValueError | None:
    """What to say where a target has no output; None of other errors."""
    if OUT_OF_BOUNDS not in str(error) or not isinstance(targets, torch.Tensor):
        return None
    num = outputs.shape[1]
    way_out = "classes are counted from 0, and each needs an output"
    if num == 1:
        way_out += "; for one output give floats, and for two classes loss = nn.BCEWithLogitsLoss()"
    return ValueError(
        f"targets are from {int(targets.min())} to {int(targets.max())}, and an example has {num} "
        f"output{'s' * (num != 1)}: {way_out}"
    )


def check_mean(loss: Callable[[Any, Any], torch.Tensor], outputs: Any, targets: Tensors) -> str:
    """What is to be said of a loss, from that of a batch and those of its halves; mostly nothing.

    Raises ValueError for a sum: it grows with the batch, so that batch sizes cannot be compared,
    nor the learning rates that go with them. What is neither sum nor mean depends on which examples
    are together: a contrastive loss, or one that weighs classes.
    """
    whole = float(loss(outputs, targets))
    if whole != float(loss(outputs, targets)):  # random, so halves say nothing
        return ""
    halves = _halves(outputs, targets)
    if halves is None or not math.isfinite(whole):
        return ""
    try:
        (first, one), (second, two) = ((len(next(leaves(h[1]))), float(loss(*h))) for h in halves)
    except Exception:  # one that cannot take every number of examples: nothing to compare
        return ""
    mean = (first * one + second * two) / (first + second)
    if _near(whole, mean):
        return ""
    if _near(whole, one + two):
        raise ValueError(
            f"loss() is the sum over its batch ({whole:.3g}, of its halves {one:.3g} and "
            f"{two:.3g}), which grows with the batch size: return the mean per example"
        )
    return (
        f"loss() of a batch ({whole:.3g}) is not the mean of its halves' ({mean:.3g}): it depends "
        "on which examples are together, so losses of batch sizes compare only as measured, in "
        "validation batches of one size"
    )


def check_logits(outputs: Any, targets: Tensors) -> str:
    """What is to be said of outputs that cross entropy would make probabilities of once more."""
    is_of_classes = isinstance(targets, torch.Tensor) and not targets.is_floating_point()
    if not is_of_classes or not isinstance(outputs, torch.Tensor) or outputs.dim() < 2:
        return ""
    sums = outputs.sum(1)
    if (
        outputs.shape[1] < 2
        or (outputs < 0).any()
        or not torch.allclose(sums, torch.ones_like(sums))
    ):
        return ""
    return (
        "the outputs of the model are probabilities (those of an example sum to 1), of which cross "
        "entropy takes the softmax again: leave the softmax out of the model"
    )


def _halves(outputs: Any, targets: Tensors) -> list[tuple[Any, Tensors]] | None:
    """Both halves of a batch; None where its tensors do not all have a row per example."""
    rows = {len(tensor) if tensor.dim() else 0 for tensor in (*leaves(outputs), *leaves(targets))}
    if len(rows) != 1 or (num := rows.pop()) < 2:
        return None
    middle = num // 2

    def part(rows: slice) -> tuple[Any, Tensors]:
        def taken(tensors: Any) -> Any:
            return map_tensors(lambda tensor: tensor[rows], tensors)

        return taken(outputs), taken(targets)

    return [part(slice(0, middle)), part(slice(middle, num))]


def _near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=NEAR, abs_tol=1e-6)
