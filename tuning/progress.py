"""The state of every trial, as the record tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from record.goal import VALIDATION_LOSS, Goal
from record.lines import BUDGET_RAISED, FAILED, INTERRUPTED, SEARCH
from tuning.scheduler import Stopping


@dataclass
class TrialState:
    """What the record says of one trial."""

    is_compared: bool = False
    """Whether the stopping rule sees its losses: those of the search stage."""
    proposed: bool = False
    """Whether it is compared with other proposals alone."""
    control: bool = False
    """Whether it runs on whatever the stopping rule says."""
    attempts: int = 0
    failures: int = 0
    is_final: bool = False
    """Whether trying it again is of no use."""
    epoch: int = 0
    objective: float | None = None
    """The last one that is known."""
    status: str | None = None
    """None while it runs."""
    is_pruned: bool = False
    """Whether the stopping rule would end it; a control runs on all the same."""

    @property
    def stops(self) -> bool:
        """Whether it is to end where it is."""
        return self.is_pruned and not self.control


class Progress:
    """Takes in the lines of a record, old or new, in their order.

    What is written while a search runs and what is read when it is resumed takes the same way,
    so a resumed search is where the last one was: its stopping rule included.

    Proposed trials are compared among themselves: beside those that were drawn before anything was
    known nearly all of them would run to the end (docs/posterior.md).
    """

    def __init__(
        self,
        start: Callable[[], Stopping],
        max_failures: int,
        goal: Goal = VALIDATION_LOSS,
        counts: Callable[[Mapping[str, Any]], bool] = lambda config: True,
    ) -> None:
        """`counts` says whether trials of a configuration are compared with others."""
        self.goal, self._counts = goal, counts
        self.trials: dict[str, TrialState] = {}
        self.epochs_done = 0
        self.max_failures = max_failures
        self.counts: Counter[str] = Counter()
        self._of_drawn, self._of_proposed = start(), start()

    def has_ended(self, trial_id: str) -> bool:
        """Whether nothing more is to be run of a trial."""
        trial = self.trials.get(trial_id)
        if trial is None or trial.status in (None, INTERRUPTED):
            return False
        return trial.status != FAILED or trial.is_final or trial.failures > self.max_failures

    def is_to_stop(self, trial_id: str) -> bool:
        """Whether a trial is to end where it is, which the record does not say yet."""
        trial = self.trials.get(trial_id)
        return trial is not None and trial.stops and not self.has_ended(trial_id)

    def apply(self, line: Mapping[str, Any]) -> None:
        """Take in one line; kinds that say nothing of a trial's state are left alone."""
        if line["kind"] == "trial":
            self._begin(self.trials.setdefault(line["trial_id"], TrialState()), line)
        elif line["kind"] == "epoch" and line["trial_id"] in self.trials:
            self._add_epoch(self.trials[line["trial_id"]], line)
        elif line["kind"] == "status" and line["trial_id"] in self.trials:
            trial = self.trials[line["trial_id"]]
            trial.failures += line["status"] == FAILED
            trial.is_final = line.get("final", False)
            self._set_status(trial, line["status"])
        elif line["kind"] == "mark" and line["name"] == BUDGET_RAISED:
            for trial_id in self.trials.keys() & line["go_on"]:
                self.trials[trial_id].is_pruned = False  # chosen with all of them known

    def _begin(self, trial: TrialState, line: Mapping[str, Any]) -> None:
        trial.attempts = max(trial.attempts, line.get("attempt", 1))
        trial.is_compared = line.get("stage") == SEARCH and self._counts(line["config"])
        trial.control = line.get("control", False)
        trial.proposed = line.get("proposed", False)
        self._set_status(trial, None)

    def _add_epoch(self, trial: TrialState, line: Mapping[str, Any]) -> None:
        if line["epoch"] <= trial.epoch:  # a later attempt, on its way through known epochs
            return
        self.epochs_done += 1
        trial.epoch = line["epoch"]
        objective = self.goal.objective(line)
        trial.objective = trial.objective if objective is None else objective
        has_losses = line.get("val_loss") is not None and line.get("train_loss") is not None
        if trial.is_compared and has_losses and objective is not None:
            stopping = self._of_proposed if trial.proposed else self._of_drawn
            trial.is_pruned |= stopping.stops(line["trial_id"], trial.epoch, objective)

    def _set_status(self, trial: TrialState, status: str | None) -> None:
        if trial.status is not None:
            self.counts[trial.status] -= 1
        if status is not None:
            self.counts[status] += 1
        trial.status = status
