"""The search without its workers: which trial is next, which one stops, when all is done.

Workers report what they did and are given assignments; nothing here talks to Ray. Whatever happens
is written to the record first and changes the state second.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from record.lines import (
    DIVERGED,
    FAILED,
    FINISHED,
    INTERRUPTED,
    STOPPED,
    Line,
    epoch_line,
    read_test_line,
    status_line,
    trial_line,
)
from tuning.assignments import AnyAssignment, Assignment, NoAssignment, PreflightAssignment, Report
from tuning.progress import Progress, TrialState

SAME_IN_A_ROW = 3
"""Failures with one and the same error after which nothing else is to be expected."""
MAX_LOST_WORKERS = 10
"""Times a trial may lose its worker without being blamed."""


@dataclass(frozen=True)
class TrialPlan:
    """A trial to be run."""

    trial_id: str
    stage: str
    """`search`, `confirm` or `folds`."""
    config: dict[str, Any]
    seed: int
    control: bool = False
    """Whether it runs on even where the stopping rule is against it."""
    fold: int | None = None
    """The split of the data it trains on; None for that of the search."""
    proposed: bool = False
    """Whether its configuration was proposed from what trials before it showed."""
    enqueued: bool = False
    """Whether its configuration was known beforehand, and is tried because it was asked for."""


class Search(Protocol):
    """What the dispatcher asks of the search as a whole."""

    def next_stage(self) -> list[TrialPlan]:
        """The trials to run once all before have ended; none when the search is over."""

    def proposed_trial(self) -> TrialPlan | None:
        """A further trial of the stage, beside those that run; None where there is none."""

    def may_begin(self, plan: TrialPlan) -> bool:
        """Whether a trial that has not begun is still wanted."""

    def check_reported(self, report: Report) -> None:
        """Raise ValueError where a trial says nothing of what trials are compared by."""

    def assignment(self, plan: TrialPlan, attempt: int, num_workers: int) -> Assignment:
        """The order that makes a worker run `plan`, as one of so many that there are by now."""

    def first_assignment(self) -> PreflightAssignment:
        """The batch to run before the first trial."""

    def begin(self, report: Report) -> None:
        """Look at that batch's report and open the record. Raises ValueError to refuse it."""

    def write(self, lines: Iterable[Line]) -> None:
        """Append to the record."""

    def discard(self, trial_id: str) -> None:
        """Remove what an ended trial no longer needs."""

    def warn(self, warning: str) -> None:
        """The task's code has raised a warning."""

    def stop_for_storage(self, problem: str) -> None:
        """A worker cannot write to the run's directory. Raises what ends the search."""


class Dispatcher:
    """Gives out trials, takes in reports, and knows when the search is over."""

    def __init__(self, search: Search, progress: Progress) -> None:
        self.search, self.progress = search, progress
        self.running: dict[str, TrialPlan] = {}
        """The trial each worker is on."""
        self.over = False
        self.refused: ValueError | None = None
        self.is_void = False  # refused at the first yield: there is nothing to keep
        self._queue: deque[TrialPlan] = deque()
        self._begun = False
        self._preflight_worker: str | None = None
        """Who runs the batch before the first trial."""
        self._last_report: dict[str, float] = {}
        self._epoch_seconds: dict[str, float] = {}
        self._lost: Counter[str] = Counter()
        self._failures: list[tuple[str, str]] = []  # trial and error of each so far

    def on_report(self, worker: str, report: Report) -> AnyAssignment | None:
        """Take in what `worker` did; its next assignment, or None to leave it as it is."""
        self._last_report[worker] = time.monotonic()
        if report.epochs:
            self._epoch_seconds[worker] = report.epochs[-1]["seconds"] or 0.0
        if report.warning is not None:
            self.search.warn(report.warning)
        if not self._begun:
            return self._before_first_trial(worker, report)
        if report.trial_id is not None:
            self._record(worker, report)
        elif report.ended == FAILED:  # a replaced worker that cannot load the task any more
            self.refuse(ValueError(report.error))
        return None if worker in self.running else self._next_assignment(worker)

    def on_worker_died(self, worker: str, reason: str) -> None:
        """A worker died: its trial is tried again, or has failed.

        Before the first trial nobody would run the first batch in its place, and who did might
        die of it again: the search is refused.
        """
        if not self._begun:
            self.refuse(ValueError(f"before the first trial {reason}"))
        plan = self.running.pop(worker, None)
        self._last_report.pop(worker, None)
        if plan is not None:
            self._fail(plan, reason, traceback=None)

    def on_worker_lost(self, worker: str) -> None:
        """A worker is gone through no fault of its trial, which goes on first.

        A trial to which that happens time and again may be at fault after all: it has failed.
        """
        plan = self.running.pop(worker, None)
        self._last_report.pop(worker, None)
        if self._preflight_worker == worker:
            self._preflight_worker = None
        if plan is None:
            return
        self._lost[plan.trial_id] += 1
        if self._lost[plan.trial_id] > MAX_LOST_WORKERS:
            self._fail(plan, f"lost with its worker {MAX_LOST_WORKERS + 1} times", traceback=None)
        else:
            self._write([status_line(plan.trial_id, INTERRUPTED)])
            self._queue.appendleft(plan)

    def silence_of(self, worker: str) -> float:
        """Seconds since its last report."""
        return time.monotonic() - self._last_report[worker]

    def epoch_seconds_of(self, worker: str) -> float | None:
        """What the last epoch took that it has reported, or else anyone; None before the first."""
        return self._epoch_seconds.get(worker) or max(self._epoch_seconds.values(), default=None)

    def refuse(self, error: ValueError) -> None:
        """End the search here, for a reason that the user is told."""
        self.refused = error
        if self.is_void:
            self.running.clear()
        self.interrupt()

    def overdue(self, timeout: float) -> list[str]:
        """Workers whose trial has not reported for `timeout` seconds."""
        limit = time.monotonic() - timeout
        return [worker for worker in self.running if self._last_report[worker] < limit]

    def interrupt(self) -> None:
        """End the search here; what runs is marked so, and goes on when it is resumed."""
        if self._begun and not self.over:
            self._write(status_line(plan.trial_id, INTERRUPTED) for plan in self.running.values())
        self.running.clear()
        self.over = True

    def _before_first_trial(self, worker: str, report: Report) -> AnyAssignment | None:
        if report.ended == FAILED:
            self.refuse(ValueError(report.error))
            return None
        if report.preflight_done:
            try:
                self.search.begin(report)
            except ValueError as error:
                self.refuse(error)
                return None
            self._begun = True
            return self._next_assignment(worker)
        if self._preflight_worker is None:
            self._preflight_worker = worker
            return self.search.first_assignment()
        return None

    def _next_assignment(self, worker: str) -> Assignment | NoAssignment:
        plan = self._next_plan()
        if plan is None:
            return NoAssignment()
        state = self.progress.trials.get(plan.trial_id, TrialState())
        attempt = state.attempts + 1
        self.running[worker] = plan
        line = trial_line(
            plan.trial_id,
            plan.config,
            attempt=attempt,
            stage=plan.stage,
            seed=plan.seed,
            control=plan.control,
            proposed=plan.proposed,
            enqueued=plan.enqueued,
        )
        self._write([line])
        assignment = self.search.assignment(plan, attempt, len(self._last_report))
        return replace(assignment, recorded_epochs=state.epoch)

    def _next_plan(self) -> TrialPlan | None:
        while not self.over:
            if self._queue:
                plan = self._queue.popleft()
                if self.progress.is_to_stop(plan.trial_id):  # judged just before a crash
                    self._write([status_line(plan.trial_id, STOPPED)])
                elif not self.progress.has_ended(plan.trial_id) and self._is_wanted(plan):
                    return plan
            elif (proposed := self.search.proposed_trial()) is not None:
                return proposed
            elif self.running:
                return None
            else:
                begun = self.progress.trials
                stage = self.search.next_stage()
                self._queue.extend(sorted(stage, key=lambda plan: plan.trial_id not in begun))
                self.over = not self._queue
        return None

    def _is_wanted(self, plan: TrialPlan) -> bool:
        return plan.trial_id in self.progress.trials or self.search.may_begin(plan)

    def _record(self, worker: str, report: Report) -> None:
        plan = self.running[worker]
        assert report.trial_id == plan.trial_id, (report.trial_id, plan.trial_id)
        attempt = self.progress.trials[plan.trial_id].attempts
        self._write([epoch_line(plan.trial_id, attempt, row) for row in report.epochs])
        if all(state.objective is None for state in self.progress.trials.values()):
            try:
                self.search.check_reported(report)
            except ValueError as error:
                self.refuse(error)
                return
        if report.storage is not None:  # before the trial counts as ended: its model may be missing
            self.search.stop_for_storage(report.storage)
        if report.breaks_contract and not self.progress.epochs_done:
            self.is_void = True
            self.refuse(ValueError(report.error))
        elif report.ended == FAILED:
            del self.running[worker]
            self._fail(plan, report.error or "failed", report.traceback, retry=report.retry)
        elif report.ended or self.progress.trials[plan.trial_id].stops:
            del self.running[worker]
            self._end(plan, report)

    def _end(self, plan: TrialPlan, report: Report) -> None:
        ended = status_line(plan.trial_id, report.ended or STOPPED)
        looks = [] if report.test is None else [read_test_line(plan.trial_id, report.test)]
        self._write([*looks, ended])
        self.search.discard(plan.trial_id)

    def _fail(
        self, plan: TrialPlan, error: str, traceback: str | None, *, retry: bool = True
    ) -> None:
        # the same exception at the same line: trying again does not help
        is_known = traceback is not None and (plan.trial_id, error) in self._failures
        failure = {"error": error, "traceback": traceback, "final": is_known or not retry}
        self._write([status_line(plan.trial_id, FAILED, **failure)])
        self._failures.append((plan.trial_id, error))
        if self.progress.has_ended(plan.trial_id):
            self.search.discard(plan.trial_id)
        else:
            self._queue.append(plan)
        if self._is_hopeless():
            self.refuse(ValueError(f"{error} ({SAME_IN_A_ROW} times in a row)"))

    def _is_hopeless(self) -> bool:
        """Whether no trial has come to an end yet, and the last failures were one and the same."""
        counts, last = self.progress.counts, self._failures[-SAME_IN_A_ROW:]
        if len(last) < SAME_IN_A_ROW or any(counts[s] for s in (FINISHED, STOPPED, DIVERGED)):
            return False
        trial_ids, errors = map(set, zip(*last, strict=True))
        return len(errors) == 1 and len(trial_ids) > 1

    def _write(self, lines: Iterable[Line]) -> None:
        lines = list(lines)
        self.search.write(lines)
        for line in lines:
            self.progress.apply(line)
