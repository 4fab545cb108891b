"""What a live view knows of a search: a little state, kept up to date line by line."""

from __future__ import annotations

import heapq
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from record.goal import VALIDATION_LOSS, Goal
from record.lines import FOLDS, SEARCH
from record.rungs import EPOCH

MOST_VALUES = 200
"""Metrics kept of each running trial, for its curve."""


@dataclass
class WatchedTrial:
    """One trial as its lines give it."""

    trial_id: str
    config: Mapping[str, Any]
    stage: str = SEARCH
    epoch: int = 0
    train_loss: float | None = None
    metric: float | None = None
    """What trials are compared by."""
    objective: float | None = None
    """The number to minimise."""
    status: str | None = None
    """None while it runs."""
    values: list[float | None] = field(default_factory=list)
    """The last metrics of a running trial."""

    @property
    def is_compared(self) -> bool:
        """Whether it was trained on the split of the search, as those that it is compared with."""
        return self.stage != FOLDS

    @property
    def place(self) -> tuple[bool, int, float]:
        """Sorts like the ranking: full length first, then the longest, then the best."""
        full = self.status == "finished"
        return not full, 0 if full else -self.epoch, self.objective or 0.0


@dataclass
class WatchedStage:
    """How far one stage has come."""

    name: str
    planned: int
    ended: int = 0
    epochs: int = 0
    ended_epochs: int = 0
    """Epochs of the trials that have ended."""


class SearchState:
    """Takes in the record's lines as they are written."""

    def __init__(
        self,
        num_planned: int,
        epochs: int,
        clock: Callable[[], float] = time.monotonic,
        goal: Goal = VALIDATION_LOSS,
        unit: str = EPOCH,
    ) -> None:
        self.goal, self.unit = goal, unit
        self.budget = epochs
        self.stage = WatchedStage(SEARCH, num_planned)
        """That of the trial that began last, or was planned last."""
        self._stages = {SEARCH: self.stage}
        self.counts: Counter[str] = Counter()
        self.running: dict[str, WatchedTrial] = {}
        self.epochs_done = self.epochs_saved = 0
        self.note = ""
        """The last thing that there was to say."""
        self._known: dict[str, WatchedTrial] = {}
        self._clock = clock
        self.start_clock()

    def start_clock(self) -> None:
        """Measure the pace from the next trial on: neither what was done before nor starting Ray
        tells how long training takes."""
        self._started: float | None = None
        self._epochs_before = self.stage.epochs

    def apply(self, line: Mapping[str, Any]) -> None:
        """Take in one line; a kind unknown here changes nothing."""
        kind = line.get("kind")
        if kind == "trial":
            self._begin(line)
        elif kind == "stage":
            self._plan(line)
        elif line.get("trial_id") in self._known:
            trial = self._known[line["trial_id"]]
            if kind == "epoch":
                self._add_epoch(trial, line)
            elif kind == "status":
                self._end(trial, line["status"])

    def leaders(self, num: int) -> list[WatchedTrial]:
        """The best `num` trials so far that have a finite loss."""
        known = (t for t in self._known.values() if t.is_compared and t.objective is not None)
        sound = (trial for trial in known if trial.status not in ("diverged", "failed"))
        return heapq.nsmallest(num, sound, key=lambda trial: trial.place)

    def seconds_left(self) -> float | None:
        """Until the stage ends, at its pace so far; None before that is known.

        A search that stops trials early takes a tenth of them to tell how long one is.
        """
        stage, done = self.stage, self.stage.epochs - self._epochs_before
        is_known = stage.name == "confirm" or 10 * stage.ended >= stage.planned
        if self._started is None or not stage.ended or not is_known or done <= 0:
            return None
        elapsed = self._clock() - self._started
        each = self.budget if stage.name == "confirm" else stage.ended_epochs / stage.ended
        left = max(stage.planned * each - stage.epochs, 0.0)
        return left * elapsed / done

    def _begin(self, line: Mapping[str, Any]) -> None:
        trial = self._known.setdefault(
            line["trial_id"],
            WatchedTrial(line["trial_id"], line["config"], line.get("stage", SEARCH)),
        )
        self._enter(trial.stage)
        self._take_back_end(trial)
        if self._started is None:
            self._started = self._clock()
        self.running[trial.trial_id] = trial

    def _plan(self, line: Mapping[str, Any]) -> None:
        """Trials of a stage are announced, in one round or several."""
        self._enter(line["stage"])
        self.stage.planned += len(line["trials"])

    def _enter(self, name: str) -> None:
        """Go on with that stage: a search, too, where configurations were added to a run."""
        if name != self.stage.name:
            self.stage = self._stages.setdefault(name, WatchedStage(name, 0))
            self.start_clock()

    def _add_epoch(self, trial: WatchedTrial, line: Mapping[str, Any]) -> None:
        if line["epoch"] <= trial.epoch:  # a later attempt, on its way through known epochs
            return
        trial.epoch = line["epoch"]
        trial.train_loss, trial.objective = line.get("train_loss"), self.goal.objective(line)
        trial.metric = None if trial.objective is None else self.goal.sign * trial.objective
        trial.values = [*trial.values[1 - MOST_VALUES :], trial.metric]
        self.epochs_done += 1
        self._stages[trial.stage].epochs += 1

    def _take_back_end(self, trial: WatchedTrial) -> None:
        """It goes on, or its end is another one by now."""
        if trial.status is None:
            return
        self.counts[trial.status] -= 1
        stage = self._stages[trial.stage]
        stage.ended -= 1
        stage.ended_epochs -= trial.epoch
        trial.status = None

    def _end(self, trial: WatchedTrial, status: str) -> None:
        self._take_back_end(trial)
        self.running.pop(trial.trial_id, None)
        trial.status, trial.values = status, []
        self.counts[status] += 1
        stage = self._stages[trial.stage]
        stage.ended += 1
        stage.ended_epochs += trial.epoch
        if status == "stopped":
            self.epochs_saved += self.budget - trial.epoch
