"""One batch, forward and backward, before the first trial: mistakes show here, not in trial 1."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import torch

from trainable.batches import num_batches
from trainable.data import Data
from trainable.errors import OutOfMemoryError, blaming
from trainable.hardware import CPU, is_out_of_memory
from trainable.loop import Loss, as_number, batch_rows, forward
from trainable.loop_trial import LoopTrial
from trainable.preflight_result import Preflight
from trainable.task import Task
from trainable.tensors import Tensors, describe, leaves

WARM_SECONDS = 1.0
"""A first training step that takes longer is the measure itself: a second one is not waited for."""


def preflight(
    task: Task,
    data: Data | None,
    config: Mapping[str, Any],
    *,
    epochs: int,
    device: torch.device = CPU,
) -> Preflight | None:
    """Run one training and one validation batch of `config`; None for a generator task.

    A batch that does not fit into memory is halved until it does: that is for its trial to tell.
    """
    if data is None:
        return None
    with blaming(task.model):
        trial = LoopTrial(task, data, config, seed=0, epochs=epochs, device=device)
    try:
        return _run(task, data, trial)
    except RuntimeError as error:
        batch_size = trial.loop.batch_size
        if not is_out_of_memory(error):
            raise
        if batch_size == 1:
            raise OutOfMemoryError(batch_size) from error
    del trial
    halved = {**config, "batch_size": batch_size // 2}
    return preflight(task, data, halved, epochs=epochs, device=device)


def _run(task: Task, data: Data, trial: LoopTrial) -> Preflight:
    step_seconds = _time_training(task, trial)
    evaluation_seconds = _time_evaluation(task, trial)
    state = (trial.model.state_dict(), trial.optimizer.state_dict()["state"])
    return Preflight(
        names_read=frozenset(trial.config.names_read),
        num_parameters=sum(p.numel() for p in trial.model.parameters() if p.requires_grad),
        num_examples=data.num_examples(),
        data_bytes=data.num_bytes(),
        checkpoint_bytes=sum(tensor.nbytes for tensor in leaves(state)),
        device=trial.hardware.device.type,
        batch_size=trial.loop.batch_size,
        step_seconds=step_seconds * trial.loop.accumulate_steps,
        epoch_seconds=_forecast(trial, step_seconds, evaluation_seconds),
    )


def _time_training(task: Task, trial: LoopTrial) -> float:
    """Seconds of one batch forward and backward, after one that shows what is wrong."""
    trial.model.train()
    with blaming(task.data):
        inputs, targets = _first(trial.batches)
    start = time.perf_counter()
    _loss(task, trial, inputs, targets, trial.loss).backward()
    trial.optimizer.step()
    seconds = time.perf_counter() - start
    if seconds > WARM_SECONDS and not trial.loop.compile:
        return seconds
    start = time.perf_counter()
    trial.updates.add(_loss(task, trial, inputs, targets, trial.loss), batch_rows(inputs, targets))
    trial.updates.flush()
    trial.hardware.zero().item()  # waits for the device
    return time.perf_counter() - start


@torch.no_grad()
def _time_evaluation(task: Task, trial: LoopTrial) -> float:
    """Seconds of one validation batch with its metrics."""
    trial.model.eval()
    with blaming(task.data):
        inputs, targets = _first(trial.validation)
    start = time.perf_counter()
    _loss(task, trial, inputs, targets, trial.evaluation_loss)
    with blaming(task.metrics):
        outputs = forward(trial.model, inputs)
        for name, value in task.metrics(outputs, targets).items() if task.metrics else ():
            as_number(name, value)
    return time.perf_counter() - start


def _loss(
    task: Task, trial: LoopTrial, inputs: Tensors, targets: Tensors, loss: Loss
) -> torch.Tensor:
    with trial.hardware.autocast():
        with blaming(task.model, f" (given {describe(inputs)})"):
            outputs = forward(trial.model, inputs)
        with blaming(task.loss or task.model, f" (outputs {describe(outputs)})"):
            return check_loss(loss(outputs, targets))


def check_loss(value: Any) -> torch.Tensor:
    """`value`, if it is a loss: one number as a tensor."""
    if not isinstance(value, torch.Tensor):
        raise ValueError(f"loss() must return a tensor of one number, got {type(value).__name__}")
    if value.numel() != 1:
        shape = tuple(value.shape)
        raise ValueError(f"loss() must return one number, the mean of the batch, got shape {shape}")
    return value


def _first(batches: Any) -> tuple[Tensors, Tensors]:
    for pair in batches:
        batch_rows(*pair)
        return pair  # type: ignore[no-any-return]
    raise ValueError("data() gave no batch: return at least one example")


def _forecast(trial: LoopTrial, step: float, evaluation: float) -> float | None:
    """Seconds of one epoch, from those of one training and one validation batch."""
    numbers = [num_batches(b) for b in (trial.batches, trial.validation, trial.train_sample)]
    train, *measured = numbers
    if train is None or None in measured:
        return None
    return train * step + sum(number or 0 for number in measured) * evaluation
