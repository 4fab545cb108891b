"""Optuna's samplers as searchers: asked for each configuration, told how every trial went."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from record.lines import DIVERGED, FINISHED, SEARCH, STOPPED
from search_spaces import Choice, Config, Function, Space
from search_spaces.values import identity
from tuning.dispatcher import TrialPlan
from tuning.plan import RunPlan

if TYPE_CHECKING:  # Optuna is an extra
    from optuna.samplers import BaseSampler
    from optuna.trial import Trial

MOST_ASKED = 50
"""Configurations asked for in vain, where constraints refuse them, before a Sobol one is tried."""


class OptunaProposer:
    """Proposes the trials of a search by a sampler of Optuna.

    The study is made from the lines of the record, so a search that goes on has the one it had;
    CMA-ES alone begins anew. Each configuration has a seed of its own: with one trial at a time
    the same seed gives the same ones.
    """

    is_sure = False

    def __init__(self, plan: RunPlan) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.plan = plan
        self._study = optuna.create_study()
        self._begun: set[str] = set()
        self._trials: dict[str, Trial] = {}
        """Those of them that lie in the space."""
        self._epochs: dict[str, tuple[int, float | None]] = {}
        """Last epoch of each trial, and the number to minimise there."""
        self._told: set[str] = set()
        self._asked: tuple[Config, Trial] | None = None

    def apply(self, line: Mapping[str, Any]) -> None:
        """Take in one line of the record, new or old."""
        trial_id, kind = line.get("trial_id", ""), line["kind"]
        if kind == "trial" and line.get("stage") == SEARCH and trial_id not in self._begun:
            self._begun.add(trial_id)
            if self.plan.counts(line["config"]):
                self._trials[trial_id] = self._trial_of(self.plan.history.completed(line["config"]))
                self._epochs[trial_id] = (0, None)
        elif trial_id not in self._trials:
            return
        elif kind == "epoch" and line["epoch"] > self._epochs[trial_id][0]:
            objective = self.plan.goal.objective(line)
            self._epochs[trial_id] = (line["epoch"], objective)
            if objective is not None:
                self._trials[trial_id].report(objective, line["epoch"])
        elif kind == "status" and trial_id not in self._told:
            self._end(trial_id, line["status"])

    def look_ahead(self) -> None:
        """Nothing: a sampler is asked when a configuration is wanted."""

    def next_trial(self) -> TrialPlan | None:
        """The next trial that does not follow from the options alone; None where all have begun."""
        index = len(self._begun)
        if not self.plan.num_first <= index < self.plan.options.samples:
            return None
        return self.plan.proposed_trial(index, self._ask(index))

    def _ask(self, index: int) -> Config | None:
        """What the sampler proposes; None where the constraints refuse all of that."""
        from optuna.trial import TrialState

        seeds = np.random.SeedSequence([self.plan.options.seed, index]).generate_state(MOST_ASKED)
        for seed in seeds:
            self._study.sampler = sampler(self.plan.options.searcher, int(seed))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of options that are experimental in Optuna
                trial = self._study.ask()
                config = self.plan.space.fitting(suggested(self.plan.space, trial))
            if config is not None:
                self._asked = config, trial
                return config
            self._study.tell(trial, state=TrialState.FAIL)
        return None

    def _trial_of(self, config: Config) -> Trial:
        """Optuna's trial of a configuration that has begun."""
        from optuna.samplers import RandomSampler

        if self._asked is not None and identity(self._asked[0]) == identity(config):
            return self._asked[1]
        self._study.sampler = RandomSampler()  # it only fills in what is given
        self._study.enqueue_trial(_parameters(self.plan.space, config))
        trial = self._study.ask()
        suggested(self.plan.space, trial)
        return trial

    def _end(self, trial_id: str, status: str) -> None:
        """Tell how the trial ended. One that failed may be tried again, and stays as running."""
        from optuna.trial import TrialState

        epoch, objective = self._epochs[trial_id]
        if status == FINISHED and epoch in self.plan.raised_from:
            return  # of a smaller budget: what became of it since is on record further down
        if status == FINISHED and objective is not None:
            self._study.tell(self._trials[trial_id], objective)
        elif status in (FINISHED, DIVERGED):
            self._study.tell(self._trials[trial_id], state=TrialState.FAIL)
        elif status == STOPPED:
            self._study.tell(self._trials[trial_id], state=TrialState.PRUNED)
        else:
            return
        self._told.add(trial_id)


def sampler(name: str, seed: int) -> BaseSampler:
    """Optuna's sampler of that name with its own defaults; running trials count in TPE."""
    from optuna import samplers

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if name == "gp":
            return samplers.GPSampler(seed=seed)
        if name == "cmaes":
            return samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False)
        return samplers.TPESampler(seed=seed, constant_liar=True)


def suggested(space: Space, trial: Trial) -> Config:
    """Values of the space's searched dimensions, those left out whose condition does not hold."""
    values: Config = {
        name: dimension.from_unit(0)
        for name, dimension in space.dimensions.items()
        if name not in space.searched and not isinstance(dimension, Function)
    }
    for name, dimension in space.searched.items():
        condition = space.conditions.get(name)
        if condition is None or condition.holds(values):
            values[name] = dimension.nearest(_suggest(trial, name, dimension))
    return values


def _suggest(trial: Trial, name: str, dimension: Any) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    from results.export import distribution

    found = distribution(dimension)
    if isinstance(found, CategoricalDistribution):
        return trial.suggest_categorical(name, found.choices)
    if isinstance(found, FloatDistribution):
        step = None if found.log else dimension.step
        return trial.suggest_float(name, found.low, found.high, log=found.log, step=step)
    if found is not None:
        return trial.suggest_int(name, found.low, found.high, log=found.log)
    return dimension.choices[trial.suggest_int(name, 0, len(dimension.choices) - 1)]


def _parameters(space: Space, config: Config) -> dict[str, Any]:
    """The parameters by which Optuna suggests the configuration: what it has no distribution for
    by its place among the choices.
    """
    from results.export import distribution

    found = {}
    for name, dimension in space.searched.items():
        if name in config and isinstance(dimension, Choice) and distribution(dimension) is None:
            places = [identity(choice) for choice in dimension.choices]
            found[name] = places.index(identity(config[name]))
        elif name in config:
            found[name] = config[name]
    return found
