"""A learning-rate schedule of the task's own: any scheduler of torch."""

from __future__ import annotations

import io
from typing import Any

import torch
from torch.optim.lr_scheduler import CyclicLR, LRScheduler, OneCycleLR, ReduceLROnPlateau

from record.goal import Goal

STEP, EPOCH = "step", "epoch"
_MOVE_EACH_STEP = (OneCycleLR, CyclicLR)
"""Schedulers that torch means to be moved after every batch."""
_RETURNS = (
    "scheduler(optimizer, config) must return a scheduler of torch.optim.lr_scheduler, or "
    '(scheduler, "step") where it moves after each optimizer step'
)


def own_schedule(returned: Any, goal: Goal) -> tuple[LRScheduler | None, bool]:
    """The scheduler that a task's `scheduler` returned, and whether it moves once an epoch.

    None leaves the learning rate alone. Raises ValueError for what cannot be a schedule.
    """
    scheduler, interval = returned if _is_pair(returned) else (returned, None)
    if scheduler is None:
        return None, True
    if not isinstance(scheduler, LRScheduler):
        raise ValueError(f"{_RETURNS}, got {type(returned).__name__}")
    if interval not in (None, STEP, EPOCH):
        raise ValueError(f'{_RETURNS} ("epoch": after each epoch), got {interval!r}')
    if isinstance(scheduler, ReduceLROnPlateau):
        _check_plateau(scheduler, interval, goal)
    by_step = isinstance(scheduler, _MOVE_EACH_STEP) if interval is None else interval == STEP
    return scheduler, not by_step


def check_length(scheduler: LRScheduler | None, moves: int | None) -> None:
    """Raise ValueError where the scheduler ends before a trial that moves it so often."""
    ends = getattr(scheduler, "total_steps", None)
    if isinstance(ends, int) and moves is not None and ends < moves:
        raise ValueError(
            f"{type(scheduler).__name__} ends after {ends} steps, and a trial has {moves}: give it "
            'total_steps=config["total_steps"]'
        )


def check_saved(scheduler: LRScheduler) -> None:
    """Raise ValueError where a checkpoint could not hold the scheduler's state."""
    file = io.BytesIO()
    try:
        torch.save(scheduler.state_dict(), file)
        file.seek(0)
        torch.load(file, weights_only=True)
    except Exception as error:  # whatever its attributes raise where they are pickled
        raise ValueError(
            f"the state of {type(scheduler).__name__} cannot be kept in a checkpoint: let "
            f"state_dict() give numbers, texts, lists and dicts ({type(error).__name__})"
        ) from error


def move(scheduler: LRScheduler, measured: float) -> None:
    """Move it once; a ReduceLROnPlateau by what was measured after the epoch."""
    if isinstance(scheduler, ReduceLROnPlateau):
        scheduler.step(measured)
    else:
        scheduler.step()


def _check_plateau(scheduler: ReduceLROnPlateau, interval: str | None, goal: Goal) -> None:
    if interval == STEP:
        rule = "ReduceLROnPlateau moves once an epoch, by what is measured then"
        raise ValueError(f'{rule}: return it without "step"')
    if scheduler.mode != goal.mode:
        better = "lower" if goal.mode == "min" else "higher"
        raise ValueError(
            f"ReduceLROnPlateau goes by {goal.metric}, as the search does, which is better the "
            f'{better} it is: give it mode="{goal.mode}"'
        )


def _is_pair(returned: Any) -> bool:
    return isinstance(returned, tuple | list) and len(returned) == 2
