"""The train/validate loop: one epoch of training, and a loss measured without gradients."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from trainable.config import LoopConfig
from trainable.data import Batches, Tensors, num_rows

Loss = Callable[[Any, Any], torch.Tensor]
Metrics = Callable[[Any, Any], Mapping[str, Any]]


def train_one_epoch(
    model: nn.Module,
    batches: Batches,
    optimizer: Optimizer,
    loss: Loss,
    *,
    schedule: LambdaLR | None = None,
    grad_clip: float | None = None,
) -> tuple[float, int]:
    """One pass in train mode: the mean loss per example as training went on, and the steps."""
    model.train()
    total, count, steps = torch.zeros((), dtype=torch.float64), 0, 0
    for inputs, targets in batches:
        optimizer.zero_grad()
        value = loss(forward(model, inputs), targets)
        value.backward()
        if grad_clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), grad_clip)
        optimizer.step()
        if schedule is not None:
            schedule.step()
        size = num_rows(targets)
        total += value.detach() * size  # a tensor: .item() would wait for each batch
        count += size
        steps += 1

    return mean(total, count), steps


@torch.no_grad()
def evaluate(
    model: nn.Module, batches: Batches, loss: Loss, metrics: Metrics | None = None
) -> tuple[float, dict[str, float]]:
    """Mean loss per example in eval mode, so a short last batch counts for its size.

    With `metrics`, also the mean per example of each of its values.
    """
    model.eval()
    total, count = torch.zeros((), dtype=torch.float64), 0
    sums: dict[str, float] = {}
    for inputs, targets in batches:
        outputs = forward(model, inputs)
        size = num_rows(targets)
        total += loss(outputs, targets) * size
        count += size
        for name, value in metrics(outputs, targets).items() if metrics else ():
            sums[name] = sums.get(name, 0.0) + as_number(name, value) * size

    return mean(total, count), {name: value / count for name, value in sums.items()}


def forward(model: nn.Module, inputs: Tensors) -> Any:
    """The model's outputs; inputs that are a tuple are passed side by side, a dict by name."""
    if isinstance(inputs, tuple | list):
        return model(*inputs)
    if isinstance(inputs, dict):
        return model(**inputs)
    return model(inputs)


def mean(total: torch.Tensor, count: int) -> float:
    """`total / count`; an epoch without a single example is the task's mistake."""
    if count == 0:
        raise ValueError("an epoch had no batches: data() must give at least one example")
    return total.item() / count


def as_number(name: str, value: Any) -> float:
    """A metric's value as a float."""
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        return float(value)
    if isinstance(value, int | float):
        return float(value)
    raise ValueError(f"metrics() must give numbers, got {type(value).__name__} for {name!r}")


def default_loss(outputs: Any, targets: Any, label_smoothing: float = 0.0) -> torch.Tensor:
    """Cross entropy for integer targets, mean squared error for floating ones."""
    if not isinstance(targets, torch.Tensor) or not isinstance(outputs, torch.Tensor):
        raise ValueError("outputs or targets are not single tensors: the task needs loss()")
    if not targets.is_floating_point():
        return nn.functional.cross_entropy(outputs, targets, label_smoothing=label_smoothing)
    if outputs.shape != targets.shape:
        shapes = f"{tuple(outputs.shape)} and targets {tuple(targets.shape)}"
        raise ValueError(f"outputs and targets must have one shape, got outputs {shapes}")
    return nn.functional.mse_loss(outputs, targets)


def make_optimizer(model: nn.Module, config: LoopConfig) -> Optimizer:
    """The optimizer that `config` names, in its fused form."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if not parameters:
        raise ValueError("model(config) has no parameters to train: return a module with some")
    common: dict[str, Any] = {
        "lr": config.lr,
        "weight_decay": config.weight_decay,
        "fused": True,
    }
    if config.optimizer == "sgd":
        return torch.optim.SGD(parameters, momentum=config.momentum, **common)
    kind = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
    return kind(parameters, **common)


def make_schedule(
    optimizer: Optimizer, config: LoopConfig, steps_per_epoch: int, epochs: int
) -> LambdaLR | None:
    """Linear warm-up, then constant, or cosine to 0 at the end; None where lr never changes."""
    if config.schedule == "constant" and config.warmup_epochs == 0:
        return None
    warmup = config.warmup_epochs * steps_per_epoch
    total = epochs * steps_per_epoch

    def factor(step: int) -> float:
        if step < warmup:
            return (step + 1) / (warmup + 1)
        if config.schedule == "constant":
            return 1.0
        return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warmup) / max(1, total - warmup))))

    return LambdaLR(optimizer, factor)
