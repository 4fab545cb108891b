"""What one batch does not show of the data: looked at before the first trial, in seconds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import torch

from trainable.data import PART_NAMES, Data, InMemory
from trainable.loss_check import OUT_OF_BOUNDS
from trainable.tensors import Tensors, leaves, map_tensors, num_rows

Loss = Callable[[Tensors, Tensors], torch.Tensor]
"""The loss of the model on a batch of inputs and targets."""
Place = Callable[[Tensors], Tensors]
"""Brings tensors to the model's device."""

MOST_BYTES = 2**31
"""Of data that is looked at whole: reading more would be felt."""
MOST_CLASSES = 1000
"""Distinct integers up to which targets are taken for classes."""
SHOWN, SOME = 3, 8
"""Classes that are named, and examples that are tried."""
FEW_EXAMPLES = 30
"""Validation examples below which their choice decides more than the configuration."""


def check_parts(data: Data, loss: Loss, place: Place) -> list[str]:
    """What is to be said of data that is held in memory. `place` brings examples to the device.

    Raises ValueError for examples that no trial could be measured or trained with: those that hold
    numbers that are not finite, and those of the lowest and the highest target, are tried.
    """
    parts = [
        (name, part)
        for name, part in zip(PART_NAMES, (data.train, data.validation, data.test), strict=True)
        if isinstance(part, InMemory) and len(part)
    ]
    if sum(part.num_bytes() for _, part in parts) > MOST_BYTES:
        return []
    for name, part in parts:
        _check_finite(name, part, loss, place)
        _check_extremes(name, part, loss, place)
    return list(_missing_classes(parts))


def check_batch(name: str, batch: tuple[Tensors, Tensors], loss: torch.Tensor) -> None:
    """Raise ValueError where a batch holds what is not finite, and its loss is not finite either.

    That is all that can be looked at of a part that is not held in memory.
    """
    if not loss.isfinite():
        for word, tensors in zip(("inputs", "targets"), batch, strict=True):
            bad = sum(int((~t.isfinite()).sum()) for t in leaves(tensors) if t.is_floating_point())
            if bad:
                raise ValueError(
                    f"{word} of the first batch of the {name} part hold {bad} numbers that are not "
                    "finite, and so is the loss: clean the data"
                )


def few_examples(num: int | None) -> str:
    """What is to be said of a validation part of so few examples; mostly nothing."""
    if num is None or num >= FEW_EXAMPLES:
        return ""
    plural = "s" * (num != 1)
    return (
        f"the validation part has {num} example{plural}: what is better on so few may be chance, "
        "and no figure of the answer knows that (--folds tells)"
    )


def _check_finite(name: str, part: InMemory, loss: Loss, place: Place) -> None:
    """Raise ValueError where the loss of examples that are not finite is not finite either.

    A model may know what to do with a missing number: only what comes out counts.
    """
    inputs, targets = part.select(_rows(part))
    for word, tensors in (("inputs", inputs), ("targets", targets)):
        bad = _not_finite(tensors)
        if len(bad) and not _is_finite(_loss_of(part, bad[:SOME], loss, place)):
            raise ValueError(
                f"{word} of the {name} part are not finite in {len(bad)} of {len(part)} examples, "
                f"first in example {int(bad[0])} (from 0), and so is the loss: clean the data"
            )


def _is_finite(found: float | Exception) -> bool:
    """Errors of the model count as sound here: a whole batch shows them in their own words."""
    return isinstance(found, Exception) or math.isfinite(found)


def _check_extremes(name: str, part: InMemory, loss: Loss, place: Place) -> None:
    """Raise ValueError where the lowest or the highest whole target has no output."""
    targets = _classes(part)
    if targets is None:
        return
    for row in (int(targets.argmin()), int(targets.argmax())):
        found = _loss_of(part, torch.tensor([row]), loss, place)
        if isinstance(found, Exception) and OUT_OF_BOUNDS in str(found.__cause__):
            _, _, way_out = str(found).partition(": ")
            raise ValueError(
                f"example {row} of the {name} part has the target {int(targets[row])}, for which "
                f"the model has no output: {way_out}"
            )


def _loss_of(part: InMemory, rows: torch.Tensor, loss: Loss, place: Place) -> float | Exception:
    """The loss of a few examples, or the error that came out instead."""
    examples = part.take(rows)
    try:
        return float(loss(*place(examples.select(_rows(examples)))))
    except (IndexError, RuntimeError, TypeError, ValueError) as error:
        return error


def _missing_classes(parts: Sequence[tuple[str, InMemory]]) -> Iterator[str]:
    """Classes of another part that no example of the training part has."""
    found = {name: _classes(part) for name, part in parts}
    known = {name: set(of.tolist()) for name, of in found.items() if of is not None}
    trained = known.pop(PART_NAMES[0], set())
    for name, classes in known.items() if 0 < len(trained) <= MOST_CLASSES else ():
        if missing := sorted(classes - trained):
            shown = ", ".join(map(str, missing[:SHOWN])) + ", ..." * (len(missing) > SHOWN)
            yield f"no training example has the target {shown}, which the {name} part has"


def _classes(part: InMemory) -> torch.Tensor | None:
    """The targets of its examples where each has one whole number, shape (n,)."""
    targets = part.targets
    if not isinstance(targets, torch.Tensor) or targets.is_floating_point():
        return None
    if targets.dim() != 1 or targets.dtype in (torch.bool, torch.complex64):
        return None
    return targets if part.rows is None else targets[part.rows]


def _rows(part: InMemory) -> torch.Tensor:
    return torch.arange(len(part)) if part.rows is None else part.rows


def _not_finite(tensors: Tensors) -> torch.Tensor:
    """Rows in which any number is not finite."""
    bad = torch.zeros(num_rows(tensors), dtype=torch.bool)
    for tensor in leaves(tensors):
        if tensor.is_floating_point() and len(tensor) == len(bad):
            bad |= ~tensor.flatten(1).isfinite().all(1) if tensor.dim() > 1 else ~tensor.isfinite()
    return bad.nonzero().flatten()


def check_last_batches(
    batch_sizes: Sequence[int], num: int | None, batch: tuple[Tensors, Tensors], train: Loss
) -> None:
    """Raise ValueError where the examples that are left after the last whole batch cannot train.

    `batch` is one of the training part, which has `num` examples; `train` is the loss in train
    mode. What one example cannot do, a BatchNorm for one, a few more can: the fewest are tried.
    """
    is_known = all(any(True for _ in leaves(tensors)) for tensors in batch)
    if not is_known or any(t.dim() == 0 or len(t) != num_rows(batch[1]) for t in leaves(batch)):
        return  # a row is not an example: nobody knows here how to take a few
    left_over = {num % size: size for size in sorted(batch_sizes)} if num else {}
    for left in sorted(left_over.keys() - {0}):
        if left >= num_rows(batch[1]):
            return
        try:
            train(*_first_of(batch, left))
        except (ValueError, RuntimeError) as error:
            size = left_over[left]
            raise ValueError(
                f"batch size {size} leaves {left} of {num} training examples for the last batch of "
                f"an epoch, and the model cannot train on {left} ({_first_line(error)}): leave it "
                "out, or give the training part another number of examples"
            ) from None
        return


def _first_of(batch: tuple[Tensors, Tensors], num: int) -> tuple[Tensors, Tensors]:
    found: tuple[Tensors, Tensors] = map_tensors(lambda tensor: tensor[:num], batch)
    return found


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
