"""A trial as a plain Ray Tune Trainable: one step trains and validates one epoch.

It runs under anyone's `tune.Tuner`, with Tune's own schedulers, searchers and checkpoints:

    tune.Tuner(
        trainable_of("digits"),
        param_space={"lr": tune.loguniform(1e-4, 1.0), "batch_size": tune.choice([32, 64])},
        tune_config=tune.TuneConfig(
            metric="val_loss", mode="min", num_samples=50, reuse_actors=True,
            scheduler=ASHAScheduler(max_t=27, grace_period=3, reduction_factor=3),
        ),
    ).fit()

The one file of this package that knows Ray.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainable.catalogue import find_task
from trainable.imports import importing
from trainable.task import TaskFile

with importing():
    import ray
    from ray import tune

if TYPE_CHECKING:  # a driver imports this file, and trains nothing: no torch there
    from trainable.epoch_metrics import EpochMetrics
    from trainable.trial import Trial


def trainable_of(
    task: str | Path | TaskFile,
    *,
    epochs: int | None = None,
    seed: int = 0,
    split_seed: int = 0,
    num_threads: int = 1,
) -> Any:
    """The Trainable of a task: a shipped name, a path or a module. Raises ValueError for none.

    `epochs` is the full budget of a trial, the task's own by default; `seed` that of every trial
    whose configuration has none; `split_seed` decides which examples are held out.
    """
    file = task if isinstance(task, TaskFile) else find_task(task)
    return tune.with_parameters(
        TuneTrial,
        task=file,
        epochs=epochs or file.epochs,
        seed=seed,
        split_seed=split_seed,
        num_threads=num_threads,
    )


class TuneTrial(tune.Trainable):  # type: ignore[misc]
    """One configuration of a task in training."""

    def setup(
        self,
        config: dict[str, Any],
        task: TaskFile,
        epochs: int,
        seed: int,
        split_seed: int,
        num_threads: int,
    ) -> None:
        """Load the task, once for all trials that reuse this actor, and begin the first trial."""
        with importing():
            from trainable.loaded_task import load_task

        self.loaded = load_task(
            task,
            split_seed=split_seed,
            num_threads=num_threads,
            gpu_given=ray.is_initialized() and bool(ray.get_gpu_ids()),
        )
        self.epochs, self.seed = epochs, seed
        self.trial: Trial | None = None
        self.reset_config(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Begin another trial. Nothing of the last one is kept: a trial seeds and builds anew."""
        config = dict(new_config)
        seed = config.pop("seed", self.seed)
        self.cleanup()
        self.trial = self.loaded.trial(config, seed=seed, epochs=self.epochs)
        self.last: dict[str, Any] = {"val_loss": math.nan}
        return True

    def step(self) -> dict[str, Any]:
        """Train and validate one epoch: the fields of `EpochMetrics`, and `diverged`.

        Reports `done` with the last epoch of the budget, with the first that diverged, or once
        a generator has ended (its last metrics again).
        """
        assert self.trial is not None
        metrics = self.trial.run_epoch()
        if metrics is None:
            return self.last | {"done": True}
        self.last = reported(metrics)
        if done := metrics.diverged or self.trial.epoch >= self.epochs:
            self.trial.close()
        return self.last | {"done": done}

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Write everything that the next epochs depend on."""
        assert self.trial is not None
        self.trial.save(Path(checkpoint_dir))

    def load_checkpoint(self, checkpoint_dir: str) -> None:
        """Go on exactly where `save_checkpoint` was called."""
        assert self.trial is not None
        self.trial.load(Path(checkpoint_dir))

    def cleanup(self) -> None:
        """Let a trial that was stopped come to its end."""
        if self.trial is not None:
            with suppress(Exception):  # of the user's code: the trial had ended before
                self.trial.close()


def reported(metrics: EpochMetrics) -> dict[str, Any]:
    """The metrics as Tune is told them, the task's own beside the losses.

    A loss that is not finite is NaN: ASHA leaves NaN out of its percentiles, but a single infinity
    turns them to NaN and nothing is stopped any more.
    """
    fields: Mapping[str, Any] = metrics.extra | {
        "epoch": metrics.epoch,
        "train_loss": metrics.train_loss,
        "val_loss": metrics.val_loss,
        "train_eval_loss": metrics.train_eval_loss,
        "steps": metrics.steps,
        "epoch_seconds": metrics.seconds,
    }
    known = {name: value for name, value in fields.items() if value is not None}
    return {name: _nan(value) for name, value in known.items()} | {"diverged": metrics.diverged}


def _nan(value: Any) -> Any:
    return math.nan if isinstance(value, float) and not math.isfinite(value) else value
