"""The rounds of a run: the search, then each round of the confirmation, planned from the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from record import AnyPath
from record.lines import (
    CONFIRM,
    SEARCH,
    SEED_ROLE,
    WINDOW_ROLE,
    Line,
    asked_stages,
    mark_line,
    planned_stages,
    planned_trial,
    stage_line,
)
from tuning.dispatcher import TrialPlan
from tuning.plan import RunPlan, trial_seed

CONFIRMATION = (WINDOW_ROLE, WINDOW_ROLE, SEED_ROLE)
"""What a confirmation trains: two rounds around the winner, then the answer with fresh seeds."""
MORE_CONFIRMATION = (WINDOW_ROLE, SEED_ROLE)
"""What each further one adds."""


@dataclass
class Rounds:
    """Which trials are to be run, round after round, as far as that is known."""

    plan: RunPlan
    path: AnyPath
    steps: list[str]
    """The confirm rounds that were asked for, each by the role of its trials."""
    planned: list[Line]
    """The record's lines of the confirm rounds planned so far."""

    @classmethod
    def of_record(cls, plan: RunPlan, path: AnyPath, lines: Iterable[Line]) -> Rounds:
        """What the record at `path` knows of the stages."""
        lines = list(lines)
        return cls(plan, path, asked_stages(lines), planned_stages(lines))

    def ask(self, more: bool) -> Line | None:
        """The record's line that asks for a confirmation, as a part of the search or for `more`.

        None where there is nothing to add: no confirmation is wanted, or one is under way.
        """
        is_first = not self.steps
        if not more and (not is_first or not self.plan.options.confirm):
            return None
        steps = CONFIRMATION if is_first else MORE_CONFIRMATION
        self.steps += steps
        return mark_line("confirmation_asked", stages=steps)

    def known(self) -> list[TrialPlan]:
        """The trials of the search stage and of every confirm stage that is planned."""
        confirming = [self._trial(trial) for line in self.planned for trial in line["trials"]]
        return self.plan.trials + confirming

    def has_next(self) -> bool:
        """Whether a confirm stage is yet to be planned."""
        return len(self.planned) < len(self.steps)

    def next_line(self) -> Line | None:
        """The record's line that plans the next confirm stage; None when there is none."""
        if not self.has_next():
            return None
        role = self.steps[len(self.planned)]
        configs = self._configs(role)
        if not configs:
            return None
        first = sum(len(line["trials"]) for line in self.planned)
        seed = self.plan.options.seed
        trials = [
            planned_trial(f"c{index:05d}", config, trial_seed(seed, CONFIRM, index), role)
            for index, config in enumerate(configs, start=first)
        ]
        return stage_line(CONFIRM, trials)

    def plan_next(self, line: Line) -> list[TrialPlan]:
        """The trials of a stage whose line is written."""
        self.planned.append(line)
        return [self._trial(trial) for trial in line["trials"]]

    def _configs(self, role: str) -> list[dict[str, Any]]:
        """The configurations of a stage, complete with what the space computes."""
        from results import load
        from results.analysis.confirmation import (
            confirmation_size,
            has_winner,
            recommended_config,
            window,
        )

        run, space = load(self.path), self.plan.space
        trials, seed = run.trials, self.plan.options.seed
        if not has_winner(trials):
            return []
        spent = int(trials.loc[trials["stage"] == SEARCH, "epochs"].sum())
        size = confirmation_size(spent, self.plan.epochs)
        if role == SEED_ROLE:
            return [recommended_config(trials, space, seed=seed)] * size.seeds
        num = size.rounds[min(len(self.planned), 1)]
        return window(trials, space, num, seed=seed)

    def _trial(self, planned: Mapping[str, Any]) -> TrialPlan:
        return TrialPlan(
            planned["trial_id"],
            CONFIRM,
            planned["config"],
            planned["seed"],
            role=planned["role"],
        )

    def keeps_model(self, trial: TrialPlan) -> bool:
        """Whether the trial's model goes to `best/`: the first seed of the last answer."""
        last = next((line for line in reversed(self.planned) if _role(line) == SEED_ROLE), None)
        return last is not None and last["trials"][0]["trial_id"] == trial.trial_id


def _role(line: Mapping[str, Any]) -> str:
    return str(line["trials"][0]["role"])
