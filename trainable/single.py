"""One trial in this process, without Ray."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from record.goal import VALIDATION_LOSS, Goal
from trainable.task import TaskFile

if TYPE_CHECKING:
    from trainable.epoch_metrics import EpochMetrics


def train_single(
    task_file: TaskFile,
    config: Mapping[str, Any],
    *,
    seed: int,
    split_seed: int,
    epochs: int,
    num_epochs: int,
    num_threads: int,
    steps: int | None = None,
    gpu_given: bool = False,
    goal: Goal = VALIDATION_LOSS,
) -> list[EpochMetrics]:
    """The first `num_epochs` epochs of a trial whose full budget is `epochs`, or `steps`.

    `goal` is what a schedule of the task's own may go by.
    """
    from trainable.loaded_task import load_task

    loaded = load_task(
        task_file, split_seed=split_seed, num_threads=num_threads, gpu_given=gpu_given, goal=goal
    )
    trial = loaded.trial(config, seed=seed, epochs=epochs, steps=steps)
    metrics = [trial.run_epoch() for _ in range(num_epochs)]
    trial.close()
    return [found for found in metrics if found is not None]
