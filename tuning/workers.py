"""Workers under Ray Tune: each Tune trial is a worker that runs one of our trials after another.

Tune spends 20 to 25 ms on a trial and a millisecond on a report (docs/decisions.md): too much
for trials that last a tenth of a second. So Tune keeps what it is good at, starting worker
processes, placing them, and replacing those that die, and the dispatcher hands each worker its
next trial between two of its steps.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

import ray
from ray import tune

from trainable.task import TaskFile
from trainable.tune_trainable import TuneTrial
from tuning.dispatcher import Dispatcher


class Hands(tune.Callback):  # type: ignore[misc]
    """Passes reports to the dispatcher and its orders to the workers."""

    def __init__(self, dispatcher: Dispatcher, trial_timeout: float | None) -> None:
        self.dispatcher, self.trial_timeout = dispatcher, trial_timeout
        self.actors: dict[str, Any] = {}
        self.hung: set[str] = set()

    def on_trial_result(
        self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **info: Any
    ) -> None:
        """A worker reports. Its next order arrives before Tune's next call of `step`."""
        self.actors[trial.trial_id] = trial.temporary_state.ray_actor
        order = self.dispatcher.take(trial.trial_id, result["report"])
        if order is not None:
            trial.temporary_state.ray_actor.reset_config.remote({"order": order})

    def on_trial_recover(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A worker died; Tune replaces it."""
        self.actors.pop(trial.trial_id, None)
        hung = trial.trial_id in self.hung
        self.hung.discard(trial.trial_id)
        reason = f"no report for {self.trial_timeout:g} s" if hung else _reason(trial)
        self.dispatcher.lose(trial.trial_id, reason)

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A worker died before it could start."""
        self.on_trial_recover(iteration, trials, trial)

    def on_step_begin(self, iteration: int, trials: list[Any], **info: Any) -> None:
        """Kill the workers whose trial hangs: Tune then replaces them."""
        if self.trial_timeout is None:
            return
        for worker in self.dispatcher.overdue(self.trial_timeout):
            if worker not in self.hung and worker in self.actors:
                self.hung.add(worker)
                ray.kill(self.actors[worker])

    def __reduce__(self) -> tuple[type, tuple[()]]:
        """Tune pickles its callbacks for a restore that never happens: the record serves."""
        return tune.Callback, ()


class EndOfSearch(tune.Stopper):  # type: ignore[misc]
    """Ends Tune's loop when the dispatcher is done."""

    def __init__(self, dispatcher: Dispatcher, deadline: float) -> None:
        self.dispatcher, self.deadline = dispatcher, deadline

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        """No worker stops alone."""
        return False

    def stop_all(self) -> bool:
        """Whether nothing is left to do, or no time to do it."""
        if time.monotonic() > self.deadline and not self.dispatcher.over:
            self.dispatcher.interrupt()
        return self.dispatcher.over

    def __reduce__(self) -> tuple[type, tuple[()]]:
        return tune.stopper.NoopStopper, ()


def run_workers(
    dispatcher: Dispatcher,
    *,
    task: TaskFile,
    split_seed: int,
    num_workers: int,
    cpus: float,
    gpus: float,
    scratch: Path,
    deadline: float,
    trial_timeout: float | None,
) -> None:
    """Run `num_workers` workers until the dispatcher is done or `time.monotonic()` passes
    `deadline`. Raises RuntimeError where Ray itself gives up."""
    logging.getLogger("ray.tune").setLevel(logging.ERROR)
    trainable = tune.with_parameters(
        TuneTrial, task=task, split_seed=split_seed, num_threads=max(1, int(cpus))
    )
    tuner = tune.Tuner(
        tune.with_resources(trainable, {"cpu": cpus, "gpu": gpus}),
        tune_config=tune.TuneConfig(num_samples=num_workers),
        run_config=tune.RunConfig(
            name="workers",
            storage_path=str(scratch / "tune"),
            callbacks=[Hands(dispatcher, trial_timeout)],
            stop=EndOfSearch(dispatcher, deadline),
            failure_config=tune.FailureConfig(max_failures=-1),
            checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
            verbose=0,
        ),
    )
    tuner.fit()


def _reason(trial: Any) -> str:
    """Why a worker died, in one line."""
    error = str(trial.get_error() or "the worker process died")
    if "SIGKILL" in error or "connection error code 2" in error:
        return "the worker process was killed (SIGKILL or out of memory)"
    return " ".join(error.split())[:300]
