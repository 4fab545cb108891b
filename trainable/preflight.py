"""One batch, forward and backward, before the first trial: mistakes show here, not in trial 1."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import torch

from trainable.batches import num_batches
from trainable.data import PART_NAMES, Data, length
from trainable.data_check import check_batch, check_last_batches, check_parts, few_examples
from trainable.errors import OutOfMemoryError, blaming
from trainable.hardware import CPU, is_out_of_memory, telling_out_of_memory
from trainable.hardware import move as to_device
from trainable.loop import Loss, batch_rows, forward
from trainable.loop_trial import MEASURING, LoopTrial
from trainable.loss_check import (
    check_logits,
    check_loss,
    check_mean,
    of_another_type,
    without_output,
)
from trainable.made_check import check_made_anew, check_made_batches, num_drawn
from trainable.metrics import Metrics, Streamed, check_size
from trainable.preflight_result import Preflight
from trainable.randomness import seeds_itself
from trainable.schedules import check_saved, move
from trainable.task import Task
from trainable.tensors import Tensors, describe, in_single, leaves, num_bytes

TRAINING, VALIDATION, TEST = PART_NAMES
SEED = 1789
"""One that no task sets by itself: whether it does shows."""
WARM_SECONDS = 1.0
"""A first training step that takes longer is the measure itself: a second one is not waited for."""


def preflight(
    task: Task,
    data: Data | None,
    config: Mapping[str, Any],
    *,
    epochs: int,
    steps: int | None = None,
    batch_sizes: Sequence[int] = (),
    device: torch.device = CPU,
) -> Preflight | None:
    """Run one batch of each part with `config`; None for a generator task.

    Of data in memory also the examples that may be trouble, and what each of the `batch_sizes`
    that are searched leaves for the last batch of an epoch.

    A batch that does not fit into memory is halved until it does: that is for its trial to tell.
    """
    if data is None:
        return None
    with blaming(task.model):
        trial = LoopTrial(task, data, config, seed=SEED, epochs=epochs, steps=steps, device=device)
        check_made_anew(task.model, trial.model)
    try:
        return _run(task, data, trial, batch_sizes)
    except OutOfMemoryError:  # measuring: its batches have one size whatever is searched
        raise
    except RuntimeError as error:
        batch_size = trial.loop.batch_size
        if not is_out_of_memory(error):
            raise
        if batch_size == 1:
            raise OutOfMemoryError(batch_size) from error
    del trial
    halved = {**config, "batch_size": batch_size // 2}
    return preflight(
        task, data, halved, epochs=epochs, steps=steps, batch_sizes=batch_sizes, device=device
    )


def _run(task: Task, data: Data, trial: LoopTrial, batch_sizes: Sequence[int]) -> Preflight:
    notes = _look_at_data(task, data, trial)
    with blaming(task.data):
        (batch,) = _first(trial.batches)
    step_seconds = _time_training(task, trial, batch)
    with telling_out_of_memory(trial.evaluation_size, MEASURING):
        evaluation = _evaluate(task, data, trial)
    _look_further(task, data, trial, batch, batch_sizes)
    with blaming(task.scheduler):
        if task.scheduler is not None and trial.schedule is not None:
            check_saved(trial.schedule)
            move(trial.schedule, 0.0)
    if (own := torch.initial_seed()) != SEED:
        notes.append(seeds_itself(own))
    state = (trial.model.state_dict(), trial.optimizer.state_dict()["state"])
    return Preflight(
        names_read=frozenset(trial.config.names_read),
        num_parameters=sum(p.numel() for p in trial.model.parameters() if p.requires_grad),
        num_examples=data.num_examples(),
        checkpoint_bytes=sum(tensor.nbytes for tensor in leaves(state)),
        device=trial.hardware.device.type,
        batch_size=trial.loop.batch_size,
        epoch_seconds=_forecast(trial, step_seconds, evaluation.seconds),
        metrics=frozenset(evaluation.metrics),
        notes=tuple(filter(None, [few_examples(length(data.validation)), evaluation.note, *notes])),
    )


def _time_training(task: Task, trial: LoopTrial, batch: tuple[Tensors, Tensors]) -> float:
    """Seconds of one batch forward and backward, after one that shows what is wrong."""
    trial.model.train()
    inputs, targets = batch
    if task.loss is None and "label_smoothing" in trial.config:
        _check_smoothed(targets)
    start = time.perf_counter()
    value = _loss(task, trial, inputs, targets, trial.loss)
    check_batch(TRAINING, batch, value)
    with blaming(task.loss or task.model):
        value.backward()
    trial.optimizer.step()
    seconds = time.perf_counter() - start
    if seconds > WARM_SECONDS and not trial.loop.compile:
        return seconds
    start = time.perf_counter()
    trial.updates.add(_loss(task, trial, inputs, targets, trial.loss), batch_rows(inputs, targets))
    trial.updates.flush()
    float(trial.hardware.zero())  # waits for the device
    return time.perf_counter() - start


def _check_smoothed(targets: Tensors) -> None:
    """Raise ValueError where the default loss is none of classes, and smooths no labels."""
    if isinstance(targets, torch.Tensor) and targets.is_floating_point():
        raise ValueError(
            "label_smoothing is of the cross entropy of integer targets, and data() gives floating "
            "ones: leave it out of the space"
        )


class _Evaluated(NamedTuple):
    seconds: float
    """One validation batch, with the metrics of that batch."""
    metrics: dict[str, float]
    note: str


@torch.no_grad()
def _evaluate(task: Task, data: Data, trial: LoopTrial) -> _Evaluated:
    """One validation batch; where there are metrics a second one shows whether they are joined."""
    trial.model.eval()
    with blaming(task.data):
        batches = _first(trial.validation, 1 if trial.metrics is None else 2)
    start = time.perf_counter()
    check_batch(VALIDATION, batches[0], _loss(task, trial, *batches[0], trial.evaluation_loss))
    with blaming(task.model):
        outputs = [forward(trial.model, inputs) for inputs, _ in batches]
    found: dict[str, float] = {}
    with blaming(task.metrics):
        if trial.metrics is not None:
            _check_held(data, trial.metrics, outputs[0], batches[0][1])
            trial.metrics.reset()
            for output, (_, targets) in zip(outputs, batches, strict=True):
                trial.metrics.update(output, targets)
            found = trial.metrics.compute()
    seconds = (time.perf_counter() - start) / len(batches)
    with blaming(task.loss):
        note = check_mean(trial.evaluation_loss, outputs[0], batches[0][1])
    if task.loss is None or isinstance(task.loss, torch.nn.CrossEntropyLoss):
        note = check_logits(outputs[0], batches[0][1]) or note
    return _Evaluated(seconds, found, note)


@torch.no_grad()
def _look_at_data(task: Task, data: Data, trial: LoopTrial) -> list[str]:
    """What is to be said of data that is held in memory."""
    if task.collate is not None:  # what the model is given is made there
        return []
    trial.model.eval()

    def place(tensors: Tensors) -> Tensors:
        return to_device(in_single(tensors) if trial.is_single else tensors, trial.hardware.device)

    return check_parts(data, _loss_of(task, trial), place)


@torch.no_grad()
def _look_further(
    task: Task,
    data: Data,
    trial: LoopTrial,
    batch: tuple[Tensors, Tensors],
    batch_sizes: Sequence[int],
) -> None:
    """Run the smallest last batch that is to come, and a batch of the test part."""
    sizes = [-(-size // trial.loop.accumulate_steps) for size in batch_sizes]
    trial.model.train()
    with blaming(task.data):
        check_made_batches(sizes, data.train)
    check_last_batches(sizes, num_drawn(data.train), batch, _loss_of(task, trial))
    trial.model.eval()
    if trial.test_part is not None:
        with blaming(task.data):
            (of_test,) = _first(trial.test_part)
        check_batch(TEST, of_test, _loss(task, trial, *of_test, trial.evaluation_loss))


def _loss_of(task: Task, trial: LoopTrial) -> Loss:
    return lambda inputs, targets: _loss(task, trial, inputs, targets, trial.evaluation_loss)


def _check_held(data: Data, metrics: Metrics, outputs: Any, targets: Tensors) -> None:
    """Raise ValueError where the validation part's outputs are too large to be held."""
    examples = length(data.validation)
    if examples is not None and not isinstance(metrics, Streamed):
        rows = max(1, batch_rows(outputs, targets))
        check_size((num_bytes(outputs) + num_bytes(targets)) * examples // rows)


def _loss(
    task: Task, trial: LoopTrial, inputs: Tensors, targets: Tensors, loss: Loss
) -> torch.Tensor:
    with trial.hardware.autocast():
        with blaming(task.model, f" (given {describe(inputs)})"):
            try:
                outputs = forward(trial.model, inputs)
            except RuntimeError as error:
                if (told := of_another_type(error, inputs)) is not None:
                    raise told from error
                raise
        given = f" (outputs {describe(outputs)}; targets {describe(targets)})"
        with blaming(task.loss or task.model, given):
            try:
                return check_loss(loss(outputs, targets))
            except IndexError as error:
                if (told := without_output(error, outputs, targets)) is not None:
                    raise told from error
                raise


def _first(batches: Any, num: int = 1) -> list[tuple[Tensors, Tensors]]:
    """The first batches, at most `num` of them. Raises ValueError where there is none."""
    found = list(islice(batches, num))
    for pair in found:
        batch_rows(*pair)
    if not found:
        raise ValueError("data() gave no batch: return at least one example")
    return found


def _forecast(trial: LoopTrial, step: float, evaluation: float) -> float | None:
    """Seconds of one epoch, from those of one training and one validation batch."""
    numbers = [num_batches(b) for b in (trial.batches, trial.validation, trial.train_sample)]
    train, *measured = numbers
    if trial.steps is not None:
        train = trial.loop.accumulate_steps * trial.steps // trial.epochs
    if train is None or None in measured:
        return None
    return train * step + sum(number or 0 for number in measured) * evaluation
