"""Trial as Ray Tune's class Trainable: the one file of this room that knows Ray.

Starting a worker costs seconds, a trial often less. So a worker is kept and handed one trial
after another through `reset_config`, and it reports every epoch since its last report at once:
at the epochs where the scheduler may stop the trial, and about twice a second in between.
"""

from __future__ import annotations

import os
import shutil
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from record import fetched, stored
from trainable.errors import OutOfMemoryError, explain
from trainable.imports import importing
from trainable.orders import AnyOrder, Order, PreflightOrder, Report, RestOrder
from trainable.task import TaskFile

with importing():
    import ray
    from ray import tune

if TYPE_CHECKING:  # the driver imports this file, and trains nothing: no torch there
    from trainable.epoch_metrics import EpochMetrics
    from trainable.trial import Trial

REPORT_SECONDS = 0.5
"""Epochs of a trial are reported at least this often, one long epoch apart."""
FIRST_WAIT, LONGEST_WAIT = 0.01, 0.1
"""Seconds a worker without a trial waits before it asks again, doubling from the first."""


class TuneTrial(tune.Trainable):  # type: ignore[misc]
    """A worker's seat for one trial after another."""

    def setup(
        self,
        config: dict[str, Any],
        task: TaskFile,
        split_seed: int,
        num_threads: int,
        shared_dir: str | None = None,
    ) -> None:
        """Remember what to load; the first `step` loads it, where an error can be reported.

        `shared_dir` is a directory of this search alone, made where it is missing, in which the
        workers of one node share their data; without it each has its own.
        """
        self.task_file, self.split_seed, self.num_threads = task, split_seed, num_threads
        self.shared_dir = shared_dir
        self.task: Any = None
        self.trial: Trial | None = None
        self.wait = FIRST_WAIT
        self.order: AnyOrder = config.get("order", RestOrder())

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Take another trial. Nothing of the last one is kept: `Trial` seeds and builds anew."""
        self.order, self.trial = new_config["order"], None
        return True

    def step(self) -> dict[str, Any]:
        """Work on the order until there is something to say; `{"report": Report}`."""
        report = Report()
        try:
            self._work(report)
        except (Exception, SystemExit) as error:  # whatever a task raises ends its trial only
            report.ended, report.error = "failed", explain(error, self.task_file.path)
            report.traceback = traceback.format_exc()
            report.retry = not isinstance(error, OutOfMemoryError)
            self.order, self.trial = RestOrder(), None
        return {"report": report, "pid": os.getpid()}

    def _work(self, report: Report) -> None:
        if self.task is None:
            self._load()
            report.ready = True
        elif isinstance(self.order, Order):
            report.trial_id = self.order.trial_id
            self._train(self.order, report)
        elif isinstance(self.order, PreflightOrder):
            from trainable.preflight import preflight

            config, epochs = self.order.config, self.order.epochs
            report.preflight = preflight(
                self.task, self.data, config, epochs=epochs, device=self.device
            )
            report.preflight_done = True
            self.order = RestOrder()
        else:
            time.sleep(self.wait)
            self.wait = min(2 * self.wait, LONGEST_WAIT)

    def _load(self) -> None:
        with importing():
            import torch

            from trainable.hardware import choose_device
            from trainable.shared_data import load_data

        torch.set_num_threads(self.num_threads)
        self.device = choose_device(ray.is_initialized() and bool(ray.get_gpu_ids()))
        task = self.task_file.load()
        self.data = load_data(task, self.task_file, self.split_seed, self.shared_dir)
        self.task = task

    def _train(self, order: Order, report: Report) -> None:
        if self.trial is None:
            self.trial = self._begin(order)
        else:  # what it reported is recorded by now: any earlier, and the checkpoint would lead
            self._checkpoint(order, self.trial, report)
        trial, start = self.trial, time.monotonic()
        while report.ended is None:
            metrics = trial.run_epoch()
            if metrics is None:
                report.ended = "finished"
                break
            report.epochs.append(_row(metrics))
            if metrics.diverged:
                report.ended = "diverged"
            elif trial.epoch >= order.epochs:
                report.ended = "finished"
            elif trial.epoch in order.ask_at or time.monotonic() - start > REPORT_SECONDS:
                break
        if report.ended:
            self._finish(order, trial, report)

    def _begin(self, order: Order) -> Trial:
        from trainable.trial import make_trial

        trial = make_trial(
            self.task,
            self.data,
            order.config,
            seed=order.seed,
            epochs=order.epochs,
            device=self.device,
        )
        with fetched(order.checkpoint_dir, ask=order.attempt > 1) as directory:
            trial.load(directory, at_most=order.recorded_epochs)
        self.saved_at = time.monotonic()
        self.wait = FIRST_WAIT
        return trial

    def _checkpoint(self, order: Order, trial: Trial, report: Report) -> None:
        if time.monotonic() - self.saved_at >= order.checkpoint_seconds:
            with _telling_storage(report), stored(order.checkpoint_dir) as directory:
                trial.save(directory)
            self.saved_at = time.monotonic()

    def _finish(self, order: Order, trial: Trial, report: Report) -> None:
        if report.ended == "finished" and order.look_at_test:
            report.test_loss = trial.test_loss()
        if report.ended == "finished" and order.best_dir:
            with _telling_storage(report), stored(order.best_dir) as directory:
                trial.export(directory)
        self.order, self.trial = RestOrder(), None

    def cleanup(self) -> None:
        """Leave no data behind on this node; whoever still maps it keeps it."""
        if self.shared_dir is not None:
            shutil.rmtree(self.shared_dir, ignore_errors=True)

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Write the trial's state there, for whoever runs this class under a Tuner of their own."""
        assert self.trial is not None, "there is no trial to save"
        self.trial.save(Path(checkpoint_dir))

    def load_checkpoint(self, checkpoint_dir: str) -> None:
        """Go on exactly where `save_checkpoint` was called."""
        assert isinstance(self.order, Order)
        self.trial = self._begin(self.order)
        self.trial.load(Path(checkpoint_dir))


@contextmanager
def _telling_storage(report: Report) -> Iterator[None]:
    """What cannot be written is no failure of the trial: the report names it."""
    from trainable.saved_state import telling_storage

    try:
        with telling_storage():
            yield
    except OSError as error:
        report.storage = error.strerror or str(error)


def _row(metrics: EpochMetrics) -> dict[str, Any]:
    """The metrics as one flat row, with the time they were measured."""
    row = {name: value for name, value in asdict(metrics).items() if value is not None}
    extra: dict[str, Any] = row.pop("extra")
    return extra | row | {"time": time.time()}
