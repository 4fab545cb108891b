"""The optimizer and the learning-rate schedule that a configuration names."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from trainable.config import LoopConfig
from trainable.direct import adam_step, sgd_step
from trainable.errors import blaming

FOR_COMPILING = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")
"""Methods of an optimizer that torch wraps for the case that they are compiled."""


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
        return eager(torch.optim.SGD)(parameters, momentum=config.momentum, **common)
    kind = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
    return eager(kind)(parameters, **common)


def own_optimizer(
    make: Callable[..., Any], model: nn.Module, config: Mapping[str, Any]
) -> Optimizer:
    """What a task's `optimizer` returned. Raises ValueError where it is none."""
    with blaming(make):
        optimizer = make(model, config)
        if not hasattr(optimizer, "param_groups"):
            raise ValueError(
                "optimizer(model, config) must return a torch.optim.Optimizer, got "
                f"{type(optimizer).__name__}: a schedule is for scheduler(optimizer, config)"
            )
    return optimizer  # type: ignore[no-any-return]


@cache
def eager(kind: type[Optimizer]) -> Callable[..., Optimizer]:
    """`kind`, one of SGD, Adam and AdamW, without the wrappers that are there for torch.compile.

    They import torch._dynamo, for more than a second, and take a third of a small step's time.
    We compile models (`compile`), never steps.
    """
    methods = {name: inspect.unwrap(getattr(kind, name)) for name in FOR_COMPILING}
    made_directly = sgd_step if kind is torch.optim.SGD else adam_step
    usual = torch.no_grad()(inspect.unwrap(kind.step))

    def step(self: Optimizer) -> None:
        if not made_directly(self):
            usual(self)

    step.hooked = True  # type: ignore[attr-defined]  # torch then leaves out its wrapper, for the profiler
    return type(kind.__name__, (kind,), methods | {"step": step})


def make_schedule(
    optimizer: Optimizer, config: LoopConfig, steps_per_epoch: float, total: float
) -> LambdaLR | None:
    """Linear warm-up, then constant, or cosine to 0 after `total` steps.

    None where the learning rate never changes.
    """
    if config.schedule == "constant" and config.warmup_epochs == 0:
        return None
    warmup = config.warmup_epochs * steps_per_epoch

    def factor(step: int) -> float:
        if step < warmup:
            return (step + 1) / (warmup + 1)
        if config.schedule == "constant":
            return 1.0
        return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warmup) / max(1, total - warmup))))

    return LambdaLR(optimizer, factor)
