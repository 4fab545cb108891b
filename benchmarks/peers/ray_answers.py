"""Ray Tune with ASHA at its best until its time is over: reused actors, no loggers."""

from __future__ import annotations

import math
import os
import tempfile
import time
from typing import Any

os.environ["TUNE_DISABLE_AUTO_CALLBACK_LOGGERS"] = "1"

import ray
from ray import tune
from ray.tune.schedulers import ASHAScheduler

from benchmarks.peers.finished import Finished, options, world
from record.rungs import default_grace
from search_spaces import Choice, Int, Space, load_space
from trainable.catalogue import find_task

MOST_SAMPLES = 100_000
DIVERGED = 1e9


class Trial(tune.Trainable):
    """One trial after another in one process."""

    def setup(self, config: dict[str, Any], given: Any) -> None:
        self.search, self.num = world(given), 0
        self.reset_config(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        self.num += 1
        self.losses = self.search.losses(new_config, 1000 * os.getpid() + self.num)
        return True

    def step(self) -> dict[str, float]:
        loss = next(self.losses)
        return {"loss": loss if math.isfinite(loss) else DIVERGED, "done": not math.isfinite(loss)}


class Note(tune.Callback):
    """Tells of each trial that ran to its end."""

    def __init__(self, given: Any, epochs: int) -> None:
        self.finished, self.epochs = Finished(given), epochs

    def on_trial_result(
        self, iteration: int, trials: Any, trial: Any, result: Any, **_: Any
    ) -> None:
        self.finished.count()
        if result["training_iteration"] == self.epochs and result["loss"] < DIVERGED:
            self.finished.add(trial.config, result["loss"])


def domains(space: Space) -> dict[str, Any]:
    """A space without conditions in Ray Tune's terms."""
    found = {}
    for name, d in space.dimensions.items():
        if isinstance(d, Choice):
            found[name] = tune.choice(list(d.choices))
        elif isinstance(d, Int):
            found[name] = (tune.lograndint if d.log else tune.randint)(d.low, d.high + 1)
        else:
            found[name] = (tune.loguniform if d.log else tune.uniform)(d.low, d.high)
    return found


def main() -> None:
    given = options().parse_args()
    epochs = find_task(given.task).epochs
    scheduler = ASHAScheduler(max_t=epochs, grace_period=default_grace(epochs), reduction_factor=3)
    with tempfile.TemporaryDirectory() as made:
        ray.init(include_dashboard=False, log_to_driver=False, _temp_dir=made)
        tune.Tuner(
            tune.with_parameters(Trial, given=given),
            param_space=domains(load_space(given.space)),
            tune_config=tune.TuneConfig(
                metric="loss",
                mode="min",
                num_samples=MOST_SAMPLES,
                reuse_actors=True,
                scheduler=scheduler,
                time_budget_s=given.seconds - (time.time() - given.started),
            ),
            run_config=tune.RunConfig(
                storage_path=os.path.join(made, "tune"),
                callbacks=[Note(given, epochs)],
                checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
                verbose=0,
            ),
        ).fit()
        ray.shutdown()


if __name__ == "__main__":
    main()
