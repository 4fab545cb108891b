"""The rounds of a run: the search, then each of its confirmations, planned from the record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from record import AnyPath
from record.lines import (
    BUDGET_RAISED,
    CONFIRM,
    CONFIRMATION_ASKED,
    CONFIRMATION_ENDED,
    FOLD_ROLE,
    FOLDS,
    SEARCH,
    SEED_ROLE,
    Confirmation,
    Line,
    confirmations,
    cuts,
    mark_line,
    planned_trial,
    stage_line,
)
from search_spaces import Config
from search_spaces.values import identity
from tuning.dispatcher import TrialPlan
from tuning.plan import SHARED_SEEDS, RunPlan, trial_seed


@dataclass
class Rounds:
    """Which trials are to be run, round after round, as far as that is known."""

    plan: RunPlan
    path: AnyPath
    begun: dict[str, TrialPlan]
    """Trials of the search that do not follow from the options, as recorded; where it was cut, all
    that have begun."""
    confirmations: list[Confirmation]
    """Those that were asked for, as far as they are planned."""
    is_cut: bool = False
    """Whether the search ended before its samples had begun."""
    folds: list[Line] = field(default_factory=list)
    """The stages on other splits of the data, as far as they are planned."""
    num_old_folds: int = 0
    """Of them those of a smaller budget."""
    confirmed: frozenset[str] = frozenset()
    """Trials of the search that a confirmation has followed: another one is for what is new."""

    @classmethod
    def of_record(cls, plan: RunPlan, path: AnyPath, lines: Iterable[Line]) -> Rounds:
        """What the record at `path` knows of the stages."""
        lines = list(lines)
        planned = {trial.trial_id for trial in plan.trials}
        is_cut = any(cuts(line, plan.options.samples) for line in lines)
        begun = {
            line["trial_id"]: TrialPlan(
                line["trial_id"],
                SEARCH,
                line["config"],
                line.get("seed", 0),
                control=line.get("control", False),
                proposed=line.get("proposed", False),
                enqueued=line.get("enqueued", False),
            )
            for line in lines
            if line["kind"] == "trial" and line.get("stage") == SEARCH
            if is_cut or _is_own(line, planned)
        }
        raised = max(
            (n for n, line in enumerate(lines) if line.get("name") == BUDGET_RAISED), default=0
        )
        before, after = _folds_of(lines[:raised]), _folds_of(lines[raised:])
        return cls(
            plan,
            path,
            begun,
            confirmations(lines),
            is_cut,
            folds=[*before, *after],
            num_old_folds=len(before),
            confirmed=_confirmed(lines[raised:]),
        )

    def ask(self, more: bool) -> Line | None:
        """The record's line that asks for a confirmation, as a part of the search or for `more`.

        None where there is nothing to add: no confirmation is wanted, or that of the search is
        there.
        """
        if not more and (self.confirmations or not self.plan.options.confirm):
            return None
        self.confirmations.append(Confirmation())
        return mark_line(CONFIRMATION_ASKED)

    def searched(self) -> list[TrialPlan]:
        """The trials of the search stage that are known: not those yet to be proposed."""
        planned = [] if self.is_cut else self.plan.trials
        known = {trial.trial_id: trial for trial in planned} | self.begun
        return [known[trial_id] for trial_id in sorted(known)]

    def known(self) -> list[TrialPlan]:
        """The trials of all stages, as far as they are known, that lie in the space."""
        stages = [stage for confirmation in self.confirmations for stage in confirmation.stages]
        planned = [self._trial(trial) for stage in stages for trial in stage["trials"]]
        folded = [trial for stage in self.folds for trial in self._folded(stage)]
        return [t for t in self.searched() + planned + folded if self.plan.counts(t.config)]

    def has_next(self) -> bool:
        """Whether trials are yet to be proposed, a confirmation goes on, or folds are to follow."""
        is_short = len(self.searched()) < self.plan.options.samples
        to_come = self.plan.learns and is_short and not self.is_cut
        last = self.confirmations[-1:]
        return to_come or any(not c.has_ended for c in last) or bool(last and self._to_fold())

    def next_line(self, *, is_race_due: bool = False) -> Line | None:
        """The record's line that plans the next stage, or ends the confirmation.

        None where nothing is left to do. Fresh seeds come next where time `is_race_due`.
        """
        if not self.confirmations:
            return None
        if self.confirmations[-1].has_ended:
            return self._fold_line()
        planned = self._next_round(is_race_due)
        if planned is None:
            return mark_line(CONFIRMATION_ENDED)
        role, configs = planned
        first = sum(len(c.trial_ids) for c in self.confirmations)
        trials = [
            planned_trial(f"c{index:05d}", config, self._seed(role, index), role)
            for index, config in enumerate(configs, start=first)
        ]
        return stage_line(CONFIRM, trials)

    def plan_next(self, line: Line) -> list[TrialPlan]:
        """The trials of a stage whose line is written; none of the end of a confirmation."""
        current = self.confirmations[-1]
        if line["kind"] == "mark":
            current.has_ended = True
            return []
        if line["stage"] == FOLDS:
            self.folds.append(line)
            return self._folded(line)
        current.stages.append(line)
        return [self._trial(trial) for trial in line["trials"]]

    def _next_round(self, is_race_due: bool) -> tuple[str, Sequence[Config]] | None:
        """Role and configurations of the next stage; None when the confirmation is over."""
        from results import load
        from results.analysis.confirmation import next_round

        run, asked = load(self.path), self.confirmations[-1].trial_ids
        searched = run.trials[run.trials["stage"] == SEARCH]
        new = searched[~searched["trial_id"].isin(self.confirmed)]
        spent = int((new if len(new) else searched)["epochs"].sum())
        found = next_round(run, spent, asked, self.plan.options.seed, is_race_due=is_race_due)
        return None if found is None else (found.role, found.configs)

    def _to_fold(self) -> list[Config]:
        """Whom to train on other splits: none where that is not asked for, or has been done."""
        if not self.plan.options.folds:
            return []
        from results import load
        from results.analysis.folds import to_fold

        configs = to_fold(load(self.path))
        stages = self.folds[self.num_old_folds :]
        done = {identity(trial["config"]) for stage in stages for trial in stage["trials"]}
        is_done = bool(configs) and identity(configs[0]) in done
        return [] if is_done else [c for c in configs if identity(c) not in done]

    def _fold_line(self) -> Line | None:
        """The stage on other splits; None where there is nothing to train on them."""
        configs = self._to_fold()
        first = sum(len(stage["trials"]) for stage in self.folds)
        seeds = [self._seed(FOLD_ROLE, fold) for fold in range(self.plan.num_folds)]
        each = enumerate(product(configs, range(self.plan.num_folds)), start=first)
        trials = [
            planned_trial(f"f{index:05d}", config, seeds[fold], FOLD_ROLE, fold=fold)
            for index, (config, fold) in each
        ]
        return stage_line(FOLDS, trials) if trials else None

    def _folded(self, stage: Line) -> list[TrialPlan]:
        return [replace(self._trial(t), stage=FOLDS, fold=t["fold"]) for t in stage["trials"]]

    def _seed(self, role: str, index: int) -> int:
        """Fresh ones for the answer; what looks for it shares those of the search."""
        seed = self.plan.options.seed
        if role == SEED_ROLE:
            return trial_seed(seed, CONFIRM, index)
        if role == FOLD_ROLE:  # rivals share the seed of a split, as they share its examples
            return trial_seed(seed, FOLDS, index)
        return trial_seed(seed, SEARCH, index % SHARED_SEEDS)

    def _trial(self, planned: Mapping[str, Any]) -> TrialPlan:
        return TrialPlan(
            planned["trial_id"],
            CONFIRM,
            planned["config"],
            planned["seed"],
        )

    def has_last_word(self, trial: TrialPlan) -> bool:
        """Whether the trial is the first of a stage that trains one configuration with fresh seeds.

        Its configuration is the answer unless it does worse than another one: its model goes to
        `best/`, and its test loss is read.
        """
        stages = [stage for confirmation in self.confirmations for stage in confirmation.stages]
        return any(
            stage["trials"][0]["trial_id"] == trial.trial_id
            and stage["trials"][0]["role"] == SEED_ROLE
            and all(other["config"] == trial.config for other in stage["trials"])
            for stage in stages
        )


def _folds_of(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if line["kind"] == "stage" and line.get("stage") == FOLDS]


def _confirmed(lines: Sequence[Line]) -> frozenset[str]:
    """Trials of the search that had begun when the last confirmation ended."""
    ends = [place for place, line in enumerate(lines) if line.get("name") == CONFIRMATION_ENDED]
    before = lines[: ends[-1]] if ends else []
    begun = [line for line in before if line["kind"] == "trial" and line.get("stage") == SEARCH]
    return frozenset(line["trial_id"] for line in begun)


def _is_own(line: Line, planned: Collection[str]) -> bool:
    """Whether a trial's configuration is its own, not that of the options."""
    return bool(line.get("proposed")) or line["trial_id"] not in planned
