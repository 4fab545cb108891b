"""Whether each name of a space is read by something, or changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from search_spaces import Function, Space
from search_spaces.dimensions import takes
from trainable.config import LOOP_NAMES
from trainable.errors import did_you_mean
from trainable.hooks import unused_constants
from trainable.task import TaskFile

_ELSEWHERE = {
    "lr": "learning_rate base_lr init_lr initial_lr learningrate",
    "batch_size": "batchsize bs train_batch_size per_device_train_batch_size",
    "accumulate_steps": "accumulation_steps gradient_accumulation_steps grad_accum_steps "
    "accum_steps accum_iter iters_to_accumulate accumulate_grad_batches",
    "grad_clip": "max_grad_norm clip_grad clip_grad_norm gradient_clip gradient_clip_val clip_norm",
    "weight_decay": "wd",
    "label_smoothing": "smoothing",
}
"""What the loop's names are called elsewhere."""
_OURS = {name: ours for ours, names in _ELSEWHERE.items() for name in names.split()}


def check_names(space: Space, task: TaskFile) -> None:
    """Raise ValueError for a sampled name that neither the loop nor the task can read."""
    for name in space.dimensions:
        if not is_used(name, space, task) and not task.reads.may_read(name):
            if name == "momentum" and name in task.loop_reads(LOOP_NAMES):
                raise ValueError(
                    "the space samples momentum, which only sgd reads, and its optimizer is never "
                    "sgd: leave momentum out, or add sgd"
                )
            close = did_you_mean(name, sorted({*task.reads.names, *task.loop_reads(LOOP_NAMES)}))
            raise ValueError(
                f"the space samples {name}, which neither the training loop nor {task.path.name} "
                f"reads{close or ':'} correct the name, or read it in the task"
            )


def check_constants(space: Space, task: TaskFile) -> None:
    """Raise ValueError for a constant of the file that is called like what the loop reads.

    `batch_size = 64` that nothing uses would be trained with 32.
    """
    for constant, line in unused_constants(task.written).items():
        name = _OURS.get(constant.lower(), constant.lower())
        if name in task.loop_reads(LOOP_NAMES) and name not in space.dimensions:
            raise ValueError(
                f"{task.path.name} line {line}: {constant} is not used by anything that a trial "
                f"runs: add {name} to the space, where it may be a single value, or remove it"
            )


def unread_notes(
    space: Space, task: TaskFile, sampled: Iterable[str], names_read: Collection[str]
) -> list[str]:
    """A line for each `sampled` name that the first batch has not read, nor the text of the task.

    It may still be read, by what the task hands its configuration to.
    """
    return [
        f"{name} was not read in the first batch: if nothing reads it, it changes nothing"
        for name in sampled
        if not is_used(name, space, task) and not task.reads.reads(name) and name not in names_read
    ]


def is_used(name: str, space: Space, task: TaskFile) -> bool:
    """Whether the training loop reads `name`, or other dimensions of the space depend on it."""
    if any(name in condition.accepted for condition in space.conditions.values()):
        return True
    names = list(space.dimensions)
    later = (space.dimensions[after] for after in names[names.index(name) + 1 :])
    if any(isinstance(dimension, Function) for dimension in later):
        return True
    return name in task.loop_reads(LOOP_NAMES) and (name != "momentum" or _may_be_sgd(space))


def _may_be_sgd(space: Space) -> bool:
    optimizer = space.dimensions.get("optimizer")
    return optimizer is None or isinstance(optimizer, Function) or takes(optimizer, "sgd")
