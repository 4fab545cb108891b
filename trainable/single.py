"""One trial in this process, without Ray."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trainable.task import TaskFile

if TYPE_CHECKING:
    from trainable.trial import EpochMetrics


def train_single(
    task_file: TaskFile,
    config: Mapping[str, Any],
    *,
    seed: int,
    split_seed: int,
    epochs: int,
    num_epochs: int,
    num_threads: int,
) -> list[EpochMetrics]:
    """The first `num_epochs` epochs of a trial whose full budget is `epochs`."""
    import torch

    from trainable.trial import make_trial

    torch.set_num_threads(num_threads)
    task = task_file.load()
    trial = make_trial(task, task.load_data(split_seed), config, seed=seed, epochs=epochs)
    metrics = (trial.run_epoch() for _ in range(num_epochs))
    return [found for found in metrics if found is not None]
