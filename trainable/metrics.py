"""A task's metrics: numbers over a whole part of the data, which no mean over batches gives."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import torch

from record.goal import MODES
from record.lines import LINE_FIELDS
from trainable.named_metrics import named_metric
from trainable.tensors import Tensors, leaves, map_tensors, num_bytes, with_items, with_values

MOST_BYTES = 2 * 2**30
"""Outputs and targets of a part that are held for its metrics, by each worker."""

TAKEN = LINE_FIELDS | {
    *("loss", "objective", "val_loss", "train_loss", "train_eval_loss", "seconds", "steps")
}
"""Names that our own measurements have."""

STREAM = "give torchmetrics objects as metrics, which hold no outputs"


class Metrics(Protocol):
    """What is measured on a part besides the loss, batch after batch."""

    def reset(self) -> None:
        """Begin anew."""

    def update(self, outputs: Any, targets: Tensors) -> None:
        """Take in one batch."""

    def compute(self) -> dict[str, float]:
        """The values over all batches since `reset`."""


class WholePart:
    """The values of a function of all outputs and targets of a part, kept until its end."""

    def __init__(self, function: Callable[[Any, Any], Any]) -> None:
        self.function = function
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self._outputs: list[Any] = []
        self._targets: list[Tensors] = []
        self._bytes = 0

    def update(self, outputs: Any, targets: Tensors) -> None:
        """Keep one batch. Raises ValueError where the part is too large for that."""
        self._outputs.append(held(outputs))
        self._targets.append(held(targets))
        self._bytes += num_bytes(outputs) + num_bytes(targets)
        check_size(self._bytes)

    def compute(self) -> dict[str, float]:
        """The function's values, as floats. Raises ValueError for one that is no number."""
        values = self.function(joined(self._outputs), joined(self._targets))
        if not isinstance(values, Mapping):
            kind = type(values).__name__
            raise ValueError(f"metrics() must return a dict of numbers by name, got {kind}")
        return {str(name): as_number(name, value) for name, value in values.items()}


class Streamed:
    """Metrics that keep what they need themselves: torchmetrics objects by name."""

    def __init__(self, metrics: Mapping[str, Any]) -> None:
        self.metrics = {name: copy.deepcopy(metric) for name, metric in metrics.items()}

    @property
    def names(self) -> set[str]:
        """What they are called, those of a collection by their own names."""
        return {
            str(part)
            for name, metric in self.metrics.items()
            for part in (metric if hasattr(metric, "keys") else [name])
        }

    def reset(self) -> None:
        """Begin anew."""
        for metric in self.metrics.values():
            metric.reset()

    def update(self, outputs: Any, targets: Tensors) -> None:
        """Take in one batch, on the device that it is on."""
        for metric in self.metrics.values():
            device = next(leaves(outputs)).device
            (metric.to(device) if hasattr(metric, "to") else metric).update(outputs, targets)

    def compute(self) -> dict[str, float]:
        """Their values; of a collection each by its own name."""
        found: dict[str, float] = {}
        for name, metric in self.metrics.items():
            value = metric.compute()
            parts = value if isinstance(value, Mapping) else {name: value}
            found |= {str(part): as_number(part, number) for part, number in parts.items()}
        return found


class Both:
    """A task's own metrics, and one by name unless it is among those."""

    def __init__(self, own: Metrics, name: str) -> None:
        self.own, self.name = own, name
        self.named: Metrics | None = named(name)

    def reset(self) -> None:
        """Begin anew."""
        self.own.reset()
        if self.named is not None:
            self.named.reset()

    def update(self, outputs: Any, targets: Tensors) -> None:
        """Take in one batch."""
        self.own.update(outputs, targets)
        if self.named is not None:
            self.named.update(outputs, targets)

    def compute(self) -> dict[str, float]:
        """The values of all."""
        found = self.own.compute()
        if self.name in found:
            self.named = None
        return found if self.named is None else found | self.named.compute()


def named(name: str) -> Metrics:
    """The metric of scikit-learn that is called `name`."""
    return WholePart(partial(named_metric, name))


def metrics_of(given: Any, goal: str) -> Metrics | None:
    """What a task's `metrics` measure, and the metric called `goal` where that is scikit-learn's.

    They are a function, a torchmetrics object or a dict of such, or None. Raises ValueError for
    anything else.
    """
    own = _own(given)
    if goal not in MODES or (isinstance(own, Streamed) and goal in own.names):
        return own
    return named(goal) if own is None else Both(own, goal)


def _own(given: Any) -> Metrics | None:
    if given is None:
        return None
    if isinstance(given, Mapping) and all(map(_is_streaming, given.values())):
        return Streamed(given)
    if _is_streaming(given):
        return Streamed({type(given).__name__: given})
    if callable(given):
        return WholePart(given)
    raise ValueError(
        f"metrics must be a function of outputs and targets, or torchmetrics objects by name, got "
        f"{type(given).__name__}"
    )


def check_size(num: int) -> None:
    """Raise ValueError where `num` bytes of outputs and targets are too many to hold."""
    if num > MOST_BYTES:
        held = f"{num / 2**30:.1f} GiB of outputs and targets"
        raise ValueError(
            f"metrics() is given the whole validation part, {held}, more than the "
            f"{MOST_BYTES / 2**30:.0f} GiB that are held: {STREAM}"
        )


def joined(batches: Sequence[Any]) -> Any:
    """The batches as one, of the same form. Raises ValueError where they cannot be joined."""
    first = batches[0]
    if len(batches) == 1:
        return first
    if isinstance(first, torch.Tensor):
        try:
            return torch.cat(list(batches))
        except RuntimeError:
            shapes = " and ".join(dict.fromkeys(str(tuple(batch.shape)) for batch in batches))
            raise ValueError(
                f"metrics() is given the whole validation part, and its batches, of shapes "
                f"{shapes[:80]}, cannot be joined: pad them to one length, or {STREAM}"
            ) from None
    if isinstance(first, Mapping):
        return with_values(first, {n: joined([batch[n] for batch in batches]) for n in first})
    if isinstance(first, tuple | list):
        return with_items(first, [joined(parts) for parts in zip(*batches, strict=True)])
    if first is None or all(batch == first for batch in batches):
        return first
    kind = type(first).__name__
    raise ValueError(
        f"metrics() is given the whole validation part, and outputs or targets of type {kind} "
        f"cannot be joined: give tensors, or {STREAM}"
    )


def held(tensors: Any) -> Any:
    """`tensors` on the CPU, where the whole of a part is kept."""
    return map_tensors(lambda tensor: tensor.cpu(), tensors)


def as_number(name: Any, value: Any) -> float:
    """A metric's value as a float. Raises ValueError where it is none, or its name is taken."""
    if name in TAKEN:
        raise ValueError(f"metrics() must not call a metric {name!r}, which is ours: rename it")
    if hasattr(value, "item"):  # of a tensor or an array
        try:
            value = value.item()
        except (RuntimeError, ValueError):
            shape = tuple(value.shape)
            raise ValueError(
                f"metrics() must give numbers, got shape {shape} for {name!r}"
            ) from None
    if isinstance(value, int | float):
        return float(value)
    raise ValueError(f"metrics() must give numbers, got {type(value).__name__} for {name!r}")


def _is_streaming(value: Any) -> bool:
    """Whether it is a torchmetrics object, or works as one; a class is none."""
    parts = ("update", "compute", "reset")
    return not isinstance(value, type) and all(callable(getattr(value, p, None)) for p in parts)
