"""A worker: a Ray Tune Trainable that takes one trial of ours after another.

Starting a worker costs seconds, a trial often less. So a worker is kept and handed one trial
after another through `reset_config`, and it reports every epoch since its last report at once:
at the epochs where the scheduler may stop the trial, and about twice a second in between (less
often where there are very many workers).
"""

from __future__ import annotations

import os
import shutil
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from record import as_path, fetched, stored
from record.goal import VALIDATION_LOSS, Goal
from record.settings import BEST_EPOCH_FILE
from trainable.errors import ContractError, OutOfMemoryError, explain
from trainable.imports import importing
from trainable.splits import Fold
from trainable.task import TaskFile
from tuning.assignments import AnyAssignment, Assignment, NoAssignment, PreflightAssignment, Report
from tuning.engine.stacks import answer_with_stacks
from tuning.engine.task_output import LOADING, TaskOutput

with importing():
    import ray
    from ray import tune

if TYPE_CHECKING:  # the driver imports this file, and trains nothing: no torch there
    from trainable.epoch_metrics import EpochMetrics
    from trainable.loaded_task import LoadedTask
    from trainable.trial import Trial

FIRST_WAIT, LONGEST_WAIT = 0.01, 0.1
"""Seconds a worker without a trial waits before it asks again, doubling from the first."""
RAY_ENDS_WORKER = "ray_terminate_msg"
"""What Ray adds to the SystemExit by which it ends a worker, its memory monitor for one."""


class Worker(tune.Trainable):  # type: ignore[misc]
    """Runs one assignment after another."""

    def setup(
        self,
        config: dict[str, Any],
        task: TaskFile,
        split_seed: int,
        num_threads: int,
        shared_dir: str | None = None,
        goal: Goal = VALIDATION_LOSS,
        log_dir: str | None = None,
    ) -> None:
        """Remember what to load; the first `step` loads it, where an error can be reported.

        `shared_dir` is a directory of this search alone, made where it is missing, in which the
        workers of one node share their data; without it each has its own. `goal` is what trials
        are compared by. What the task says goes into `log_dir`.
        """
        self.output = TaskOutput(log_dir, shared_dir)
        if shared_dir is not None:
            answer_with_stacks(shared_dir)
        self.task_file, self.split_seed, self.num_threads = task, split_seed, num_threads
        self.shared_dir, self.goal = shared_dir, goal
        self.loaded: LoadedTask | None = None
        self.trial: Trial | None = None
        self.wait = FIRST_WAIT
        self.assignment: AnyAssignment = config.get("assignment", NoAssignment())

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Take another trial. Nothing of the last one is kept: `Trial` seeds and builds anew."""
        self._close()
        self.assignment, self.trial = new_config["assignment"], None
        return True

    def step(self) -> dict[str, Any]:
        """Work on the assignment until there is something to say; `{"report": Report}`."""
        report = Report()
        try:
            with self.output.kept(getattr(self.assignment, "trial_id", LOADING)):
                self._work(report)
        except (Exception, SystemExit) as error:  # whatever a task raises ends its trial only
            if hasattr(error, RAY_ENDS_WORKER):
                raise
            report.ended, report.error = "failed", explain(error, self.task_file.path)
            report.traceback = traceback.format_exc()
            report.breaks_contract = isinstance(error, ContractError)
            report.retry = not isinstance(error, OutOfMemoryError)
            self.assignment, self.trial = NoAssignment(), None
        report.warning = self.output.take_warning()
        return {"report": report, "pid": os.getpid()}

    def _work(self, report: Report) -> None:
        if self.loaded is None:
            self.loaded = self._load()
        elif isinstance(self.assignment, Assignment):
            report.trial_id = self.assignment.trial_id
            self._train(self.loaded, self.assignment, report)
        elif isinstance(self.assignment, PreflightAssignment):
            from trainable.preflight import preflight

            loaded, given = self.loaded, self.assignment
            if given.folds:  # whether there are such splits shows before the first trial
                loaded.folded(Fold(0, given.folds))
            report.preflight = preflight(
                loaded.task,
                loaded.data,
                given.config,
                epochs=given.epochs,
                steps=given.steps,
                batch_sizes=given.batch_sizes,
                device=loaded.device,
            )
            report.preflight_done = True
            self.assignment = NoAssignment()
        else:
            time.sleep(self.wait)
            self.wait = min(2 * self.wait, LONGEST_WAIT)

    def _load(self) -> LoadedTask:
        with importing():
            from trainable.loaded_task import load_task

        return load_task(
            self.task_file,
            split_seed=self.split_seed,
            num_threads=self.num_threads,
            gpu_given=ray.is_initialized() and bool(ray.get_gpu_ids()),
            shared_dir=self.shared_dir,
            goal=self.goal,
        )

    def _train(self, loaded: LoadedTask, assignment: Assignment, report: Report) -> None:
        if self.trial is None:
            self.trial = self._begin(loaded, assignment)
        else:  # what it reported is recorded by now: any earlier, and the checkpoint would lead
            self._checkpoint(assignment, self.trial, report)
        trial, due = self.trial, time.monotonic() + assignment.report_seconds
        while report.ended is None:
            metrics = trial.run_epoch()
            if metrics is None:
                report.ended = "finished"
                break
            report.epochs.append(_row(metrics))
            if metrics.diverged:
                report.ended = "diverged"
            elif trial.epoch >= assignment.epochs:
                report.ended = "finished"
            elif trial.epoch in assignment.ask_at or time.monotonic() > due:
                break
        if report.ended:
            self._finish(assignment, trial, report)

    def _begin(self, loaded: LoadedTask, assignment: Assignment) -> Trial:
        on_split = loaded if assignment.fold is None else loaded.folded(assignment.fold)
        trial = on_split.trial(
            assignment.config,
            seed=assignment.seed,
            epochs=assignment.epochs,
            steps=assignment.steps,
            keep_best=assignment.best_dir is not None,
        )
        with fetched(assignment.checkpoint_dir, ask=assignment.attempt > 1) as directory:
            trial.load(directory, at_most=assignment.recorded_epochs)
        self.saved_at = time.monotonic()
        self.wait = FIRST_WAIT
        return trial

    def _checkpoint(self, assignment: Assignment, trial: Trial, report: Report) -> None:
        is_due = time.monotonic() - self.saved_at >= assignment.checkpoint_seconds
        if is_due and trial.can_save:
            with _telling_storage(report), stored(assignment.checkpoint_dir) as directory:
                trial.save(directory)
            self.saved_at = time.monotonic()

    def _finish(self, assignment: Assignment, trial: Trial, report: Report) -> None:
        trial.close()
        if report.ended == "finished" and assignment.keep_checkpoint and trial.can_save:
            with _telling_storage(report), stored(assignment.checkpoint_dir) as directory:
                trial.save(directory)
        if report.ended == "finished" and assignment.look_at_test:
            report.test = trial.test()
        if report.ended == "finished" and assignment.best_dir:
            with _telling_storage(report):
                _export(trial, assignment.best_dir)
        self.assignment, self.trial = NoAssignment(), None

    def _close(self) -> None:
        """Let a trial that was stopped come to its end."""
        if self.trial is not None:
            with suppress(Exception):  # of the user's code: the trial had ended before
                self.trial.close()

    def cleanup(self) -> None:
        """Leave no data behind on this node; whoever still maps it keeps it."""
        self._close()
        if self.shared_dir is not None:
            shutil.rmtree(self.shared_dir, ignore_errors=True)


def _export(trial: Trial, place: str) -> None:
    """Write the model to keep, and that of the best epoch where it is another one."""
    with_best = _is_worse_at_end(trial.objectives)
    with stored(place) as directory:
        trial.export(directory, with_best=with_best)
    if not with_best:  # the leader before this one may have left one
        (as_path(place) / BEST_EPOCH_FILE).unlink(missing_ok=True)


def _is_worse_at_end(objectives: list[float]) -> bool:
    """Whether an earlier epoch was better, by more than noise."""
    from results.diagnosis import rise, size_of

    return rise(objectives, size_of([objectives])) is not None


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
