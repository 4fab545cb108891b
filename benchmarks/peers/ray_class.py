"""Ray Tune at its best: a class Trainable, actors that are reused, no loggers, tensors."""

from __future__ import annotations

import os
from typing import Any

import torch
from digits import BATCH_SIZES, EPOCHS, FACTOR, GRACE, HIGHEST_LR, LOWEST_LR, options, read, show
from tensor_loop import TensorLoop

os.environ["TUNE_DISABLE_AUTO_CALLBACK_LOGGERS"] = "1"

import ray
from ray import tune
from ray.tune.schedulers import ASHAScheduler


class DigitsTrial(tune.Trainable):
    """One trial after another in one process."""

    def setup(self, config: dict[str, Any]) -> None:
        torch.set_num_threads(1)
        self.arrays = read(config["rows"])
        self.reset_config(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        self.loop = TensorLoop(self.arrays, new_config["lr"], new_config["batch_size"], seed=0)
        self.best = float("inf")
        return True

    def step(self) -> dict[str, float]:
        loss, accuracy = self.loop.run_epoch()
        self.best = min(self.best, loss)
        return {"loss": loss, "accuracy": accuracy, "best_loss": self.best}


def main() -> None:
    given = options()
    ray.init(include_dashboard=False, log_to_driver=False)
    tuner = tune.Tuner(
        DigitsTrial,
        param_space={
            "lr": tune.loguniform(LOWEST_LR, HIGHEST_LR),
            "batch_size": tune.choice(BATCH_SIZES),
            "rows": str(given.rows),
        },
        tune_config=tune.TuneConfig(
            metric="loss",
            mode="min",
            num_samples=given.samples,
            reuse_actors=True,
            scheduler=ASHAScheduler(max_t=EPOCHS, grace_period=GRACE, reduction_factor=FACTOR),
        ),
        run_config=tune.RunConfig(
            storage_path=str(given.directory),
            checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
            verbose=0,
        ),
    )
    finals = [result.metrics for result in tuner.fit()]
    show(
        sum(final["training_iteration"] for final in finals),
        min(final["best_loss"] for final in finals),
    )


if __name__ == "__main__":
    main()
