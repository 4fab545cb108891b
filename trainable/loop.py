"""The train/validate loop: one epoch of training, and a loss measured without gradients."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from trainable.batches import NO_BATCHES, Batches
from trainable.direct import backward
from trainable.hardware import Hardware
from trainable.metrics import Metrics
from trainable.tensors import Tensors, num_rows

ON_CPU = Hardware()
Loss = Callable[[Any, Any], torch.Tensor]


class Updates:
    """Turns the losses of batches into optimizer steps."""

    def __init__(
        self,
        optimizer: Optimizer,
        *,
        schedule: LRScheduler | None = None,
        grad_clip: float | None = None,
        accumulate_steps: int = 1,
    ) -> None:
        self.optimizer, self.schedule, self.grad_clip = optimizer, schedule, grad_clip
        self.accumulate_steps = accumulate_steps
        self.parameters = [p for group in optimizer.param_groups for p in group["params"]]
        self.steps = self._parts = self._examples = 0

    def add(self, loss: torch.Tensor, num_examples: int) -> None:
        """Take in the loss of one batch, or of one of the parts it is computed in."""
        if self.accumulate_steps == 1:
            backward(loss)
            self._step()
            return
        backward(loss * num_examples)
        self._parts += 1
        self._examples += num_examples
        if self._parts == self.accumulate_steps:
            self.flush()

    def flush(self) -> None:
        """Step with the parts taken in so far: their mean per example, however unequal they are."""
        if self._parts == 0:
            return
        for parameter in self.parameters:
            if parameter.grad is not None:
                parameter.grad /= self._examples
        self._parts = self._examples = 0
        self._step()

    def _step(self) -> None:
        if self.grad_clip is not None:
            nn.utils.clip_grad_norm_(self.parameters, self.grad_clip)
        self.optimizer.step()
        for parameter in self.parameters:
            parameter.grad = None
        if self.schedule is not None:
            self.schedule.step()
        self.steps += 1


class MeanLoss:
    """Losses of batches, added up to their mean per example."""

    def __init__(self, hardware: Hardware) -> None:
        self._total, self.num_examples = hardware.zero(), 0

    def add(self, loss: torch.Tensor | float, num_examples: int) -> None:
        """The mean loss of a batch of so many. Where there is a GPU nobody waits for it."""
        if isinstance(self._total, float):
            self._total += float(loss) * num_examples
        else:
            self._total.add_(torch.as_tensor(loss).reshape(()), alpha=num_examples)
        self.num_examples += num_examples

    @property
    def value(self) -> float:
        """Raises ValueError without an example: that is the task's mistake."""
        if self.num_examples == 0:
            raise ValueError(NO_BATCHES)
        return float(self._total) / self.num_examples


def train_one_epoch(
    model: nn.Module,
    batches: Batches,
    updates: Updates,
    loss: Loss,
    hardware: Hardware = ON_CPU,
) -> float:
    """One pass in train mode: the mean loss per example as training went on."""
    model.train()
    mean = MeanLoss(hardware)
    for inputs, targets in batches:
        with hardware.autocast():
            value = loss(forward(model, inputs), targets)
        size = batch_rows(inputs, targets)
        updates.add(value, size)
        mean.add(value.detach(), size)

    updates.flush()
    return mean.value


class Evaluation(NamedTuple):
    """What `evaluate` measured."""

    loss: float
    """Mean per example."""
    metrics: dict[str, float]
    """Over the whole part."""
    num_examples: int


@torch.no_grad()
def evaluate(
    model: nn.Module,
    batches: Batches,
    loss: Loss,
    metrics: Metrics | None = None,
    hardware: Hardware = ON_CPU,
    at_least: float = math.inf,
) -> Evaluation:
    """Mean loss per example in eval mode, so a short last batch counts for its size.

    With `metrics`, also those over all batches. Ends with the batch that completes `at_least`
    examples: a stream need not be read to its end.
    """
    model.eval()
    mean = MeanLoss(hardware)
    if metrics is not None:
        metrics.reset()
    for inputs, targets in batches:
        with hardware.autocast():
            outputs = forward(model, inputs)
            value = loss(outputs, targets)
        mean.add(value, batch_rows(inputs, targets))
        if metrics is not None:
            metrics.update(outputs, targets)
        if mean.num_examples >= at_least:
            break

    return Evaluation(mean.value, metrics.compute() if metrics else {}, mean.num_examples)


def forward(model: nn.Module, inputs: Tensors) -> Any:
    """The model's outputs; inputs that are a tuple are passed side by side, a dict by name.

    A dict whose names are not those of `forward` is one input, where that takes one.
    """
    if isinstance(inputs, torch.Tensor):
        return model(inputs)
    if type(inputs) is tuple or type(inputs) is list:  # a packed sequence is one input
        return model(*inputs)
    if isinstance(inputs, Mapping) and _takes_each(type(model).forward, frozenset(inputs)):
        return model(**inputs)
    return model(inputs)


@lru_cache(maxsize=64)
def _takes_each(function: Callable[..., Any], names: frozenset[str]) -> bool:
    """Whether a `forward` is given inputs by name; one of a single parameter, as one dict."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return True
    required = [
        p.name for p in parameters if p.default is p.empty and p.kind is not p.VAR_POSITIONAL
    ]
    return names <= {p.name for p in parameters} or len(required) != 1


def batch_rows(inputs: Tensors, targets: Tensors) -> int:
    """Examples of a batch."""
    return len(targets) if isinstance(targets, torch.Tensor) else num_rows((targets, inputs))


def default_loss(outputs: Any, targets: Any, label_smoothing: float = 0.0) -> torch.Tensor:
    """Cross entropy for integer targets, mean squared error for floating ones.

    Class numbers may be of any integer type and stand in a column, (n, 1) for (n,); so may numbers
    where the outputs are (n,), or the other way round.
    """
    if isinstance(targets, list | tuple) and targets and isinstance(targets[0], str):
        way_out = "give each class its number, or return arrays, whose texts are numbered"
        raise ValueError(f"targets are texts, such as {targets[0]!r}: {way_out}")
    if not isinstance(targets, torch.Tensor) or not isinstance(outputs, torch.Tensor):
        raise ValueError("outputs or targets are not single tensors: the task needs loss()")
    if not targets.is_floating_point():
        targets = targets.long()
        if outputs.dim() == 2 and targets.shape == (len(outputs), 1):
            targets = targets.squeeze(1)
        return nn.functional.cross_entropy(outputs, targets, label_smoothing=label_smoothing)
    if sorted([outputs.dim(), targets.dim()]) == [1, 2] and outputs.numel() == targets.numel():
        outputs = outputs.reshape(targets.shape)
    if outputs.shape != targets.shape:
        shapes = f"{tuple(outputs.shape)} and targets {tuple(targets.shape)}"
        way_out = "reshape one in data() or model(config), make class numbers integers, or write a "
        way_out += "loss()"
        raise ValueError(
            f"outputs and targets must have one shape, got outputs {shapes}: {way_out}"
        )
    return nn.functional.mse_loss(outputs, targets)
