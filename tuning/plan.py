"""What a run is going to do: its options, task and space put together and checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from record.goal import LOSS, MODES, Goal
from record.lines import SEARCH, STAGES
from record.rungs import default_grace, unit_of
from search_spaces import Config, Function, History, Space, load_space, with_settings
from search_spaces.messages import one_line
from search_spaces.values import without_none
from trainable.catalogue import find_task
from trainable.config import LOOP_NAMES, LoopConfig
from trainable.errors import did_you_mean
from trainable.task import TaskFile
from tuning.dispatcher import TrialPlan
from tuning.draws import drawn
from tuning.known import known_configs
from tuning.names import check_constants, check_names
from tuning.option_rules import budget_of, check_installed, mode_of
from tuning.options import OptionError, SearchOptions
from tuning.scheduler import StoppingRule

DEFAULT_SPACE = "lr-batch"
_NOT_KEPT = {"space", "set", "name", "runs_dir", "quiet"}
"""Options that run.toml leaves out: the space stands there whole, the rest decides no loss."""
MAX_DIMENSIONS = 200
"""With so many the recommendation takes 13 s; with 1,000 it was given up after four minutes."""
BAYES = "bayes"
NUM_FIRST = 24
"""Sobol configurations before the first proposal: 16 to 36 make no difference
(docs/posterior.md)."""
NUM_NEW = 8
"""At most so many where the space was changed, and only where it is new; at least so many after
configurations that were known."""
SOBOL_FIRST = {BAYES: NUM_FIRST, "tpe": 10, "gp": 10, "cmaes": 10}
"""The same for each searcher that learns: Optuna's samplers draw their first ten at random."""
SHARED_SEEDS = 3
"""Training seeds that the trials of the search take in turn: under one seed neighbours differ by
the same noise, which then does not hide which of them is better."""
CONTROL_EVERY, MAX_CONTROLS = 20, 10
"""One trial in so many is never stopped, up to so many trials: they tell whether early ranks
predict final ones."""


@dataclass(frozen=True)
class RunPlan:
    """Everything that decides a run. A plan that exists can be run, but for what only training
    the task can show."""

    options: SearchOptions
    """With no None left where the task decides."""
    task: TaskFile
    space: Space
    history: History = field(default_factory=History)
    """The spaces it had before."""
    raised_from: tuple[int, ...] = ()
    """The epochs of a full-length trial that it had before."""

    @classmethod
    def make(
        cls,
        options: SearchOptions,
        task: TaskFile | None = None,
        history: History | None = None,
    ) -> RunPlan:
        """Put together what `options` name, or `task`. Raises ValueError for what does not fit."""
        check_installed(options.searcher)
        task = task or find_task(options.task)
        budget = budget_of(options, task)
        epochs = budget.get("evals") or budget["epochs"]
        grace = options.grace_epochs or default_grace(epochs)
        if grace > epochs:
            unit = "epochs" if options.steps is None else "evals"
            raise OptionError("grace_epochs", f"must not exceed the {unit} ({epochs}), got {grace}")
        decided = {"task": task.spec, "grace_epochs": grace, "mode": mode_of(options)}
        chosen = options.model_copy(update=decided | budget)
        plan = cls(chosen, task, _find_space(options, task), history or History())
        if options.folds and not options.confirm:
            rule = "follow the confirmation: leave out --no-confirm, or --folds"
            raise OptionError("folds", rule)
        if options.folds and task.defines("train"):
            rule = f"needs data(), and {task.path.name} has train(), whose data is its own"
            raise OptionError("folds", f"{rule}: leave --folds out")
        if options.until_sure and options.searcher != BAYES:
            rule = f"needs --searcher bayes: leave out --searcher {options.searcher}"
            raise OptionError("until_sure", f"{rule}, or --until-sure")
        if (num := len(plan.space.dimensions)) > MAX_DIMENSIONS:
            rule = f"{num} dimensions are too many to be told apart"
            raise OptionError("space", f"{rule}: search at most {MAX_DIMENSIONS}, fix the others")
        plan = plan._with_known()
        plan.check_values()
        check_names(plan.space, task)
        check_constants(plan.space, task)
        if not task.defines("model"):  # nothing runs before the first trial that could tell
            task.check_required({*plan.space.dimensions, "seed", "epochs"})
        return plan

    def with_samples(self, samples: int) -> RunPlan:
        """The same run with so many configurations: those it had, and more."""
        return replace(self, options=self.options.model_copy(update={"samples": samples}))

    def _with_known(self) -> RunPlan:
        """The same with the configurations to try first as they stand in the space.

        In a space that was changed they are on record already.
        """
        if not self.options.try_first or self.history.earlier:
            return self
        known = known_configs(self.options.try_first, self.space, self.task)
        if (num := len(known)) > self.options.samples:
            rule = f"names {num} configurations, and --samples is {self.options.samples}"
            raise OptionError("try_first", f"{rule}: try at most as many, or ask for more samples")
        return replace(self, options=self.options.model_copy(update={"try_first": tuple(known)}))

    @property
    def epochs(self) -> int:
        """Full budget of one trial, or into how many parts its steps are divided."""
        epochs = self.options.epochs if self.options.steps is None else self.options.evals
        assert epochs is not None
        return epochs

    @property
    def unit(self) -> str:
        """What a trial is measured after: an epoch, or an evaluation among its steps."""
        return unit_of(self.options.steps)

    @property
    def goal(self) -> Goal:
        """What the trials are compared by."""
        return Goal.of_options({"metric": self.options.metric, "mode": self.options.mode})

    @property
    def num_folds(self) -> int:
        """Splits that the recommended configuration is trained on, beside that of the search."""
        return self.options.folds or 0

    @property
    def num_threads(self) -> int:
        """Threads that torch may use in a trial."""
        return max(1, int(self.options.cpus_per_trial))

    @property
    def most_trials(self) -> int:
        """How many trials the search stage has at most, known before they are drawn."""
        distinct = self.space.num_configurations if self.options.searcher == "grid" else None
        most = self.history.num_begun + len(self._known) + (distinct or self.options.samples)
        return min(self.options.samples, most)

    @property
    def learns(self) -> bool:
        """Whether the search proposes configurations from what it has seen."""
        return self.options.searcher in SOBOL_FIRST and bool(self.space.searched)

    @cached_property
    def trials(self) -> list[TrialPlan]:
        """The trials of the search stage that follow from the options alone.

        Without those that began before the space was changed.
        """
        known = [
            replace(
                self._trial(self.history.num_begun + place, config), control=True, enqueued=True
            )
            for place, config in enumerate(self._known)
        ]
        drawn = enumerate(self._first_drawn(), start=self._num_before_drawn)
        return [*known, *(self._trial(index, config) for index, config in drawn)]

    def draw(self) -> None:
        """Draw them now, which imports scipy's statistics: while nothing waits for it."""
        _ = self.trials

    @property
    def num_first(self) -> int:
        """Trials that begin before any is proposed."""
        return self.history.num_begun + len(self.trials)

    def proposed_trial(self, index: int, config: Config | None) -> TrialPlan:
        """The trial at `index` with a proposed configuration; with the next Sobol one for None."""
        if config is None:
            return self._trial(index, self._all_drawn[index - self._num_before_drawn])
        return replace(self._trial(index, config), proposed=True)

    def counts(self, config: Mapping[str, Any]) -> bool:
        """Whether a trial of this recorded configuration lies in the space as it is now."""
        return not self.history.earlier or self.space.holds(self.history.completed(config))

    @property
    def any_config(self) -> Config:
        """A configuration of the space: what a first batch is run with."""
        return self.trials[0].config if self.trials else self._all_drawn[0]

    @cached_property
    def _known(self) -> list[Config]:
        """Configurations to try first, of which none has begun before the space was changed."""
        waiting = list(self.options.try_first[self.history.num_begun :])
        return [config for config in waiting if self.counts(config)]

    @property
    def _num_before_drawn(self) -> int:
        return self.history.num_begun + len(self._known)

    def _first_drawn(self) -> list[Config]:
        num = self.options.samples - self._num_before_drawn
        if not self.learns:
            return self._drawn(num)
        if not self.history.earlier:
            first = SOBOL_FIRST[self.options.searcher] - len(self._known)
            return self._drawn(min(num, max(NUM_NEW, first)))
        return [c for c in self._drawn(min(num, NUM_NEW)) if not self.history.held(c)]

    @cached_property
    def _all_drawn(self) -> list[Config]:
        return self._drawn(self.options.samples - self._num_before_drawn)

    def _drawn(self, num: int) -> list[Config]:
        options = self.options
        sampler = "sobol" if options.searcher in SOBOL_FIRST else options.searcher
        return drawn(self.space, sampler, num, options.seed, self.history, self._known)

    def _trial(self, index: int, config: Config) -> TrialPlan:
        seed = trial_seed(self.options.seed, SEARCH, index % SHARED_SEEDS)
        return TrialPlan(f"s{index:05d}", SEARCH, config, seed, control=is_control(index))

    @cached_property
    def stopping(self) -> StoppingRule:
        """When weak trials are stopped."""
        assert self.options.grace_epochs is not None
        return StoppingRule(
            scheduler=self.options.scheduler,
            epochs=self.epochs,
            grace_epochs=self.options.grace_epochs,
            reduction_factor=self.options.reduction_factor,
        )

    def check_values(self) -> None:
        """Raise ValueError where the space has a value that the training loop cannot use."""
        for name in self.task.loop_reads(LOOP_NAMES) & self.space.dimensions.keys():
            dimension = self.space.dimensions[name]
            for _, value in [] if isinstance(dimension, Function) else dimension.bounds():
                LoopConfig.from_config({name: value})

    def check_metric(self, measured: Collection[str]) -> None:
        """Raise OptionError where the metric is not among those that are `measured`."""
        metric = self.goal.metric
        if metric == LOSS or metric in measured:
            return
        named = [] if self.task.defines("train") else [*MODES]
        known = sorted({*measured, LOSS})
        close = did_you_mean(metric, [*known, *named])
        rule = f"must be one that the task reports ({', '.join(known)})"
        rule += f", or one of {', '.join(named)}" if named else ""
        raise OptionError("metric", f"{rule}, got {one_line(metric)}{close}")


def is_control(index: int) -> bool:
    """Whether the configuration at `index` of the search is never stopped."""
    number, place = divmod(index, CONTROL_EVERY)
    return place == CONTROL_EVERY // 2 and number < MAX_CONTROLS


def trial_seed(run_seed: int, stage: str, index: int) -> int:
    """The seed of one trial, in [0, 2**32): independent of every other trial's."""
    sequence = np.random.SeedSequence([run_seed, STAGES.index(stage), index])
    return int(sequence.generate_state(1)[0])


def _space_spec(options: SearchOptions, task: TaskFile) -> str | Mapping[str, Any]:
    """What names the space: the option, the task's own, or the default."""
    if options.space is not None:
        return options.space
    return task.space if task.space is not None else DEFAULT_SPACE


def _find_space(options: SearchOptions, task: TaskFile) -> Space:
    functions = task.space if isinstance(task.space, Mapping) else {}
    source = task.path.name if options.space is None else "space"
    space = load_space(_space_spec(options, task), source, functions)
    return with_settings(space, options.set)


def run_settings(plan: RunPlan) -> dict[str, Any]:
    """The options and the space as `run.toml` holds them; its name too, unless --set changed it."""
    options = plan.options.model_dump(exclude_none=True, exclude=_NOT_KEPT, mode="json")
    spec = _space_spec(plan.options, plan.task)
    name = {"space": spec} if isinstance(spec, str) and not plan.options.set else {}
    del options["try_first"]
    if known := plan.options.try_first:  # whole configurations, in which TOML can hold no None
        options["try_first"] = [{n: without_none(v) for n, v in c.items()} for c in known]
    settings = {"options": options | name, "space": plan.space.to_dict()}
    raised = {"raised_from": list(plan.raised_from)} if plan.raised_from else {}
    return settings | plan.history.to_settings() | raised
