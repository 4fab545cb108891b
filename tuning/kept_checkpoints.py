"""Whose last checkpoints are kept: those of the best trials of the search so far."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from record.goal import Goal
from record.lines import FINISHED, INTERRUPTED, SEARCH


class KeptCheckpoints:
    """Knows from the lines of the record which trials are the best `num` that have finished."""

    def __init__(self, num: int, goal: Goal) -> None:
        self._num, self._goal = num, goal
        self._objectives: dict[str, float | None] = {}
        """The last number to minimise of each trial of the search."""
        self._statuses: dict[str, str] = {}

    def apply(self, line: Mapping[str, Any]) -> None:
        """Take in one line of the record, new or old."""
        kind, trial_id = line["kind"], line.get("trial_id", "")
        if kind == "trial":
            self._statuses.pop(trial_id, None)
            if line.get("stage") == SEARCH:
                self._objectives.setdefault(trial_id, None)
        elif kind == "epoch" and trial_id in self._objectives:
            self._objectives[trial_id] = self._goal.objective(line)
        elif kind == "status":
            self._statuses[trial_id] = line["status"]

    @property
    def best(self) -> set[str]:
        """Those trials."""
        if self._num == 0:  # asked after each trial: a look at all of them would cost their square
            return set()
        finished = {
            trial_id: objective
            for trial_id, objective in self._objectives.items()
            if objective is not None and self._statuses.get(trial_id) == FINISHED
        }
        return set(sorted(finished, key=finished.__getitem__)[: self._num])

    def outdone(self, trial_ids: Collection[str]) -> set[str]:
        """Those of the trials that have ended and are not among the best."""
        is_over = {t for t in trial_ids if self._statuses.get(t, INTERRUPTED) != INTERRUPTED}
        return is_over - self.best
