"""One batch, forward and backward, before the first trial: mistakes show here, not in trial 1."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from typing import Any

import torch

from trainable.data import Data
from trainable.loop import as_number, forward
from trainable.orders import Preflight
from trainable.task import Task
from trainable.trial import LoopTrial


def preflight(
    task: Task, data: Data | None, config: Mapping[str, Any], *, epochs: int
) -> Preflight | None:
    """Run one training and one validation batch of `config`; None for a generator task."""
    if data is None:
        return None
    trial = LoopTrial(task, data, config, seed=0, epochs=epochs)
    inputs, targets = next(iter(trial.batches))
    check_loss(trial.loss(forward(trial.model, inputs), targets)).backward()
    trial.optimizer.step()
    trial.model.eval()
    with torch.no_grad():
        inputs, targets = next(iter(trial.validation))
        outputs = forward(trial.model, inputs)
        check_loss(trial.evaluation_loss(outputs, targets))
        for name, value in task.metrics(outputs, targets).items() if task.metrics else ():
            as_number(name, value)
    return Preflight(
        frozenset(trial.config.names_read),
        sum(parameter.numel() for parameter in trial.model.parameters() if parameter.requires_grad),
        (_length(data.train), _length(data.validation), _length(data.test)),
    )


def check_loss(value: Any) -> torch.Tensor:
    """`value`, if it is a loss: one number as a tensor."""
    if not isinstance(value, torch.Tensor):
        raise ValueError(f"loss() must return a tensor of one number, got {type(value).__name__}")
    if value.numel() != 1:
        shape = tuple(value.shape)
        raise ValueError(f"loss() must return one number, the mean of the batch, got shape {shape}")
    return value


def _length(part: Any) -> int | None:
    return len(part) if isinstance(part, Sized) else None
