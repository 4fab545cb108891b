"""One configuration in training, by our loop or by a generator of the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch

from trainable.data import Data
from trainable.epoch_metrics import EpochMetrics
from trainable.generator_trial import GeneratorTrial
from trainable.hardware import CPU
from trainable.loop_trial import LoopTrial
from trainable.task import Task


class Trial(Protocol):
    """One configuration in training, by our loop or by a generator of the user's own."""

    epoch: int
    """Epochs done, or parts of the steps."""

    def run_epoch(self) -> EpochMetrics | None:
        """Train one epoch, then measure it; None where a generator has ended."""

    @property
    def can_save(self) -> bool:
        """Whether there is a state of this epoch to save: a generator may have none."""

    def save(self, directory: Path) -> None:
        """Write everything the next epochs depend on."""

    def load(self, directory: Path, *, at_most: int | None = None) -> None:
        """Go on exactly where `save` was called.

        Stays at epoch 0 where there is no whole checkpoint, or one of a later epoch than `at_most`.
        """

    def close(self) -> None:
        """No epoch follows: what a generator has behind its last yield runs, or its `finally`.

        Raises what the user's code raises there.
        """

    @property
    def objectives(self) -> list[float]:
        """The number to minimise after each epoch, where the best one is kept; else nothing."""

    def export(self, directory: Path, *, with_best: bool = False) -> None:
        """Write what was trained, for others to use; also the best epoch's, if that is kept."""

    def test(self) -> dict[str, float] | None:
        """The mean `loss` on the test part, and metrics by name; None where there is none."""


def make_trial(
    task: Task,
    data: Data | None,
    config: Mapping[str, Any],
    *,
    seed: int,
    epochs: int,
    steps: int | None = None,
    keep_best: bool = False,
    device: torch.device = CPU,
) -> Trial:
    """A trial at epoch 0 whose full budget is `epochs`, or `steps` in so many equal parts.

    `data` is None for a task with a generator, which picks its device and takes no `steps`,
    and of which no best epoch is kept.
    """
    if task.train is not None:
        assert steps is None, "the plan has refused them"
        return GeneratorTrial(task, config, seed=seed, epochs=epochs)
    assert data is not None, "a task without a generator has data"
    return LoopTrial(
        task,
        data,
        config,
        seed=seed,
        epochs=epochs,
        steps=steps,
        keep_best=keep_best,
        device=device,
    )
