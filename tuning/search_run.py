"""A run as the dispatcher sees it: its rounds, its record and its directory."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from record.lines import (
    FAILED,
    FINISHED,
    SEARCH,
    SEARCH_ENDED,
    Line,
    cut_line,
    data_line,
    mark_line,
)
from record.writer import StorageError, Writer
from search_spaces import Choice
from trainable.preflight_result import Preflight
from trainable.splits import Fold
from tuning import disk, run_directory
from tuning.assignments import Assignment, PreflightAssignment, Report, report_seconds
from tuning.dispatcher import TrialPlan
from tuning.kept_checkpoints import KeptCheckpoints
from tuning.names import unread_notes
from tuning.option_rules import NOT_COMPARED
from tuning.plan_text import plan_lines
from tuning.rounds import Rounds
from tuning.time_budget import TimeBudget

CHECKPOINT_SECONDS = 30.0
"""Training time between two checkpoints of a trial."""


class Searcher(Protocol):
    """What proposes the trials of a search that learns, from the lines of its record."""

    @property
    def is_sure(self) -> bool:
        """Whether no further trial is worth its epochs."""

    def apply(self, line: Line) -> None:
        """Take in one line of the record, new or old."""

    def look_ahead(self) -> None:
        """Lines were taken in: what is wanted soon may be prepared."""

    def next_trial(self) -> TrialPlan | None:
        """The next trial; None where all have begun, or none is worth it."""


class SearchRun:
    """What the dispatcher asks of a run."""

    def __init__(
        self,
        rounds: Rounds,
        open_record: Callable[[], Writer],
        first: list[Line],
        watch: Callable[[list[Line]], None],
        num_places: Callable[[], int],
        time_budget: TimeBudget,
        kept: KeptCheckpoints,
        tell: Callable[[str], None],
        proposer: Searcher | None = None,
    ) -> None:
        """`first` opens the record; `watch` is shown every line that is written; `num_places`
        is asked once Ray runs; `kept` and `proposer` have seen the record so far; `tell` shows
        a line to the user."""
        self.rounds, self.plan, self.path = rounds, rounds.plan, rounds.path
        self.writer: Writer | None = None
        """None until the first batch has shown nothing wrong."""
        self._open_record, self._first, self._watch = open_record, first, watch
        self._num_places = num_places
        self._proposer = proposer
        self._time = time_budget
        self._tell, self._has_warned = tell, False
        self._has_begun = False
        self._at_a_time = 1
        self._num_finished = 0
        self._outdone: deque[str] = deque()
        """Trials whose checkpoints go with the next upload."""
        self._kept, self._with_checkpoint = kept, kept.best

    def next_stage(self) -> list[TrialPlan]:
        """The trials of the next stage; none after the last."""
        if not self._has_begun:
            self._has_begun = True
            return self.rounds.known()
        assert self.writer is not None, "the record is open once the search has begun"
        self.writer.sync()  # the next stage follows from what it holds
        while (line := self.rounds.next_line(is_race_due=self._time.is_race_due)) is not None:
            self.write([line])
            if planned := self.rounds.plan_next(line):
                return planned
            self.writer.sync()  # the confirmation has ended: what is trained on other splits?
        return []

    def proposed_trial(self) -> TrialPlan | None:
        """The next trial of a search that learns; None before it has begun and after the last."""
        if self._proposer is None or not self._has_begun or not self._goes_on():
            return None
        trial = self._proposer.next_trial()
        if self._proposer.is_sure:
            self._cut()
        return trial

    def check_reported(self, report: Report) -> None:
        """Raise OptionError where a trial tells no metric by the first epoch that trials compare.

        Only a generator comes so far with a name that is not known: what the loop measures was
        seen with the first batch.
        """
        if report.ended == FAILED or not report.epochs:
            return
        done = report.epochs[-1]["epoch"]
        if report.ended == FINISHED or done in self.plan.stopping.ask_at:
            self.plan.check_metric({name for row in report.epochs for name in row} - NOT_COMPARED)

    def may_begin(self, plan: TrialPlan) -> bool:
        """Whether a trial that has not begun is still wanted: of a search, while it has time."""
        return plan.stage != SEARCH or self._goes_on()

    def _goes_on(self) -> bool:
        """Whether further trials of the search may begin; at least one has to come to its end."""
        if self._num_finished and self._time.is_search_over:
            self._cut()
        return not self.rounds.is_cut

    def _cut(self) -> None:
        """End the search here, for good."""
        if not self.rounds.is_cut:
            self.rounds.is_cut = True
            self.write([cut_line(self.plan.options.samples)])

    def first_assignment(self) -> PreflightAssignment:
        """One batch of the first configuration."""
        options, sizes = self.plan.options, self.plan.space.dimensions.get("batch_size")
        known = sizes.choices if isinstance(sizes, Choice) else ()
        return PreflightAssignment(
            config=self.plan.any_config,
            epochs=self.plan.epochs,
            steps=options.steps,
            batch_sizes=tuple(size for size in known if type(size) is int),
            folds=options.folds,
        )

    def begin(self, report: Report) -> None:
        """Open the record, if the batch before the first trial shows nothing wrong."""
        found = report.preflight
        if found is not None:
            self.plan.check_metric(found.metrics)
        checkpoint_bytes = found.checkpoint_bytes if found else 0
        places = self.plan.options.concurrent or self._num_places()
        self._at_a_time = min(places, self.plan.most_trials)
        needed = disk.most_bytes(self.plan, checkpoint_bytes, self._at_a_time)
        if not self.plan.options.quiet:
            own = "" if found else ", and the checkpoints that train() yields"
            forecast = [self._forecast(found)] if found else []
            size = f"at most {disk.size(needed)} on disk{own}"
            notes = self._notes(found) if found else []
            print(*plan_lines(self.plan), *forecast, size, *notes, sep="\n", file=sys.stderr)
        warning = disk.shortage(self.path, needed)
        if warning is not None:
            print(warning, file=sys.stderr)
        self.writer = self._open_record()
        self.write(self._first)
        if found is not None:
            self.write([data_line(*found.num_examples)])

    def _notes(self, found: Preflight) -> list[str]:
        """What the first batch says of the task."""
        plan = self.plan
        unread = unread_notes(plan.space, plan.task, plan.any_config, found.names_read)
        return [*found.notes, *unread]

    def _forecast(self, found: Preflight) -> str:
        """What the first batch says of the search: sizes, and what it takes at most."""
        examples = "/".join("?" if size is None else str(size) for size in found.num_examples)
        text = f"{found.num_parameters} parameters, {examples} examples on {found.device}"
        if found.epoch_seconds is not None:
            full = found.epoch_seconds * self.plan.epochs * self.plan.most_trials
            text += (
                f"; {found.epoch_seconds:.2g} s an {self.plan.unit} at batch size "
                f"{found.batch_size}: at most {full:.0f} s of training for the search, shared by "
                "the workers"
            )
        return f"{text}; {found.checkpoint_bytes / 2**20:.1f} MiB a checkpoint"

    def assignment(self, plan: TrialPlan, attempt: int, num_workers: int) -> Assignment:
        """The order that makes a worker run `plan`, as one of so many that there are by now.

        Nodes may have joined since the search began, or not all workers have started.
        """
        best = run_directory.best_dir(self.path)
        return Assignment(
            trial_id=plan.trial_id,
            attempt=attempt,
            config=plan.config,
            seed=plan.seed,
            epochs=self.plan.epochs,
            steps=self.plan.options.steps,
            fold=None if plan.fold is None else Fold(plan.fold, self.plan.num_folds),
            ask_at=self.plan.stopping.ask_at if plan.stage == SEARCH else frozenset(),
            report_seconds=report_seconds(
                max(self._at_a_time, num_workers), self.plan.options.trial_timeout
            ),
            checkpoint_dir=str(run_directory.checkpoint_dir(self.path, plan.trial_id)),
            checkpoint_seconds=CHECKPOINT_SECONDS,
            keep_checkpoint=plan.stage == SEARCH and self.plan.options.keep_checkpoints > 0,
            best_dir=str(best) if self.rounds.has_last_word(plan) else None,
            look_at_test=self.rounds.has_last_word(plan),
        )

    def write(self, lines: Iterable[Line]) -> None:
        """Append to the record, and tell all who follow it."""
        assert self.writer is not None, "the record is open once the search has begun"
        now = time.time()
        lines = [{"time": now} | line for line in lines]
        self.writer.append(lines)
        self._watch(lines)
        for line in lines:
            self._kept.apply(line)
        self._num_finished += sum(line.get("status") == FINISHED for line in lines)
        if self._proposer is not None:
            for line in lines:
                self._proposer.apply(line)
            self._proposer.look_ahead()

    def close(self) -> None:
        """End the record."""
        assert self.writer is not None
        self.write([mark_line(SEARCH_ENDED)])
        self.writer.close()
        run_directory.discard_empty_logs(self.path)

    def warn(self, warning: str) -> None:
        """Show the first warning of the task; the others are in its log."""
        if not self._has_warned:
            logs = self.path / run_directory.LOGS
            self._tell(f"{warning} (what the task says is kept in {logs})")
        self._has_warned = True

    def stop_for_storage(self, problem: str) -> None:
        """Raise StorageError: a worker could write no checkpoint, or not the model."""
        raise StorageError(run_directory.checkpoint_dir(self.path, ""), OSError(problem))

    def discard(self, trial_id: str) -> None:
        """Remove an ended trial's checkpoints, as soon as its end is safe in the record.

        Those of the best stay until others do better, where that is asked for.
        """
        assert self.writer is not None, "the record is open once the search has begun"
        ended = {trial_id} | self._with_checkpoint
        outdone = self._kept.outdone(ended)
        self._with_checkpoint = ended - outdone
        self._outdone.extend(outdone)
        self.writer.then(self._discard_outdone)

    def _discard_outdone(self) -> None:
        """In a store from another thread."""
        gone = {self._outdone.popleft() for _ in range(len(self._outdone))}
        run_directory.discard_checkpoints(self.path, gone)
