"""A task with its data on the device of this process: what trials are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

from record.goal import VALIDATION_LOSS, Goal
from trainable.data import Data
from trainable.hardware import choose_device
from trainable.shared_data import load_data
from trainable.splits import Fold
from trainable.task import Task, TaskFile
from trainable.trial import Trial, make_trial


@dataclass(frozen=True)
class LoadedTask:
    """A task that was run, its data, and where it computes."""

    task: Task
    data: Data | None
    """None for a task with a generator, which has its own."""
    device: torch.device
    split_seed: int = 0

    def folded(self, fold: Fold) -> LoadedTask:
        """The same task on another split. Raises ValueError where it has no such split."""
        return replace(self, data=self.task.load_data(self.split_seed, fold))

    def trial(
        self,
        config: Mapping[str, Any],
        *,
        seed: int,
        epochs: int,
        steps: int | None = None,
        keep_best: bool = False,
    ) -> Trial:
        """A trial at epoch 0 whose full budget is `epochs`, or `steps` in so many equal parts."""
        return make_trial(
            self.task,
            self.data,
            config,
            seed=seed,
            epochs=epochs,
            steps=steps,
            keep_best=keep_best,
            device=self.device,
        )


def load_task(
    file: TaskFile,
    *,
    split_seed: int,
    num_threads: int,
    gpu_given: bool,
    shared_dir: str | None = None,
    goal: Goal = VALIDATION_LOSS,
) -> LoadedTask:
    """Run the task's file and load its data, once per node where there is a `shared_dir`.

    `goal` is what its trials are compared by. torch uses `num_threads` threads from then on.
    Raises what the task itself raises.
    """
    torch.set_num_threads(num_threads)
    device = choose_device(gpu_given)
    task = replace(file.load(), goal=goal)
    return LoadedTask(task, load_data(task, file, split_seed, shared_dir), device, split_seed)
