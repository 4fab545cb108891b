"""The searcher that learns: each configuration proposed from what the trials before it showed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from record.lines import DIVERGED, FAILED, SEARCH, cuts
from record.rungs import rungs
from search_spaces import Config, Space
from tuning.dispatcher import TrialPlan
from tuning.plan import RunPlan

if TYPE_CHECKING:  # pandas and scipy load while Ray starts
    from results.analysis.curves import Curve

BLOCK = 4
"""Configurations proposed from one fit; every further one from the same surface is worth less."""

FEWEST_CURVES = 3
"""Trials with a loss before which nothing is proposed."""

MOST_FITTING = 0.05
"""Fits take at most this share of the training they steer."""


@dataclass
class _Watched:
    """A trial of the search, as the record's lines tell it."""

    config: Config
    seed: int
    counts: bool
    """Whether it lies in the space as it is now."""
    objectives: dict[int, float] = field(default_factory=dict)
    status: str | None = None
    has_epochs: bool = False

    def curve(self) -> Curve:
        from results.analysis.curves import Curve

        return Curve(self.config, self.seed, dict(self.objectives), self.status == DIVERGED)


@dataclass(frozen=True)
class _Fit:
    """What a fit says is to be tried next."""

    configs: Sequence[Config] = ()
    is_sure: bool = False
    """Whether more configurations are expected to gain less than counts as a difference."""
    seconds: float = 0.0


class Proposer:
    """Proposes the trials of a search one after another, fitting in a thread of its own.

    With one trial at a time the same seed gives the same configurations: a block of them is
    proposed from the trials that had ended when the last one before it began, and waited for. With
    more at a time a worker never waits: where no proposal is ready it gets the next Sobol point.
    With `until_sure` the search ends once the gain of more would be too small to count.
    """

    def __init__(self, plan: RunPlan) -> None:
        self.plan = plan
        assert plan.options.grace_epochs is not None
        factor = plan.options.reduction_factor
        self._epochs = {*rungs(plan.options.grace_epochs, factor, plan.epochs), plan.epochs}
        self._trials: dict[str, _Watched] = {}
        self._ready: deque[Config] = deque()
        self._fit: Future[_Fit] | None = None
        self._block: int | None = None
        """Index of the first trial of the block that the last fit is for."""
        self._ended = self._ended_at_fit = 0
        self._trained = self._fitted = 0.0
        self.is_sure = False
        """Whether no further trial is worth its epochs."""
        self._thread = ThreadPoolExecutor(1, "proposer")

    def apply(self, line: Mapping[str, Any]) -> None:
        """Take in one line of the record, new or old."""
        kind = line["kind"]
        if kind == "trial" and line.get("stage") == SEARCH:
            config = self.plan.history.completed(line["config"])
            watched = _Watched(config, line["seed"], self.plan.counts(config))
            self._trials.setdefault(line["trial_id"], watched)
        elif kind == "epoch" and line["trial_id"] in self._trials:
            self._trained += line.get("seconds") or 0.0
            self._trials[line["trial_id"]].has_epochs = True
            objective = self.plan.goal.objective(line)
            if line["epoch"] in self._epochs and objective is not None:
                self._trials[line["trial_id"]].objectives[line["epoch"]] = objective
        elif kind == "status" and line["trial_id"] in self._trials:
            trial = self._trials[line["trial_id"]]
            self._ended += trial.status is None
            trial.status = line["status"]
        elif cuts(line, self.plan.options.samples):
            self.is_sure = True

    def look_ahead(self) -> None:
        """Begin to fit, where proposals will be wanted soon and there is something new to learn."""
        begun = len(self._trials)
        if not self._is_at_work(begun):
            return
        if self._is_sequential:
            if self._start_of_block(begun) == begun != self._block:
                self._begin_fit(begun)
        elif (
            self._fit is None
            and self._ended >= self._ended_at_fit + BLOCK
            and self._fitted <= MOST_FITTING * self._trained
        ):
            self._begin_fit(begun)

    def next_trial(self) -> TrialPlan | None:
        """The next trial that does not follow from the options alone; None where all have begun."""
        index = len(self._trials)
        if not self._is_at_work(index):
            return None
        config = self._of_block(index) if self._is_sequential else self._newest()
        return None if self.is_sure else self.plan.proposed_trial(index, config)

    def _is_at_work(self, begun: int) -> bool:
        """Whether the next trial after `begun` is one to be proposed."""
        return self._first <= begun < self.plan.options.samples and not self.is_sure

    @property
    def _first(self) -> int:
        """How many trials follow from the options alone."""
        return self.plan.num_first

    @property
    def _is_sequential(self) -> bool:
        return self.plan.options.concurrent == 1

    def _start_of_block(self, index: int) -> int:
        return index - (index - self._first) % BLOCK

    def _of_block(self, index: int) -> Config | None:
        """The proposal for the trial at `index`, from the trials that its block may know."""
        start = self._start_of_block(index)
        if self._block != start:
            self._begin_fit(start)
        assert self._fit is not None
        found = self._fit.result()
        self.is_sure = found.is_sure
        return found.configs[index - start] if found.configs else None

    def _newest(self) -> Config | None:
        """The next of the proposals that are ready; None where none is."""
        if self._fit is not None and self._fit.done():
            found = self._fit.result()
            self._fit = None
            self._fitted += found.seconds
            self._ready, self.is_sure = deque(found.configs), found.is_sure
        if not self._ready:
            return None
        known = [trial.config for trial in self._trials.values()]
        new = (self._ready.popleft() for _ in range(len(self._ready)))
        return next((config for config in new if config not in known), None)

    def _begin_fit(self, begun: int) -> None:
        """Fit to the first `begun` trials; of the last of them only that it has begun."""
        trials = list(self._trials.values())[:begun]
        curves = [trial.curve() for trial in trials if trial.counts and trial.status != FAILED]
        if self._is_sequential and curves:
            curves[-1] = replace(curves[-1], losses={}, diverged=False)
        self._block, self._ended_at_fit = begun, self._ended
        num = BLOCK if self._is_sequential else 2 * BLOCK
        space = self._space_that_trains(trials)
        self._fit = self._thread.submit(_fit, self.plan, space, curves, num, begun)

    def _space_that_trains(self, trials: Sequence[_Watched]) -> Space:
        """The space without the choices with which every trial so far has failed."""
        failed = [trial.config for trial in trials if trial.status == FAILED]
        if not failed:
            return self.plan.space
        from results.analysis.never_trained import never_trained, without

        trained = [trial.config for trial in trials if trial.status != FAILED and trial.has_epochs]
        return without(self.plan.space, never_trained(self.plan.space, failed, trained))


def _fit(plan: RunPlan, space: Space, curves: Sequence[Curve], num: int, begun: int) -> _Fit:
    """`num` proposals of the `space`, none from too few trials."""
    from results.analysis.coordinates import axes_of
    from results.analysis.gain import expected_gain
    from results.analysis.observations import Observations
    from results.analysis.posterior import posterior_of
    from results.analysis.profiles import margin
    from results.analysis.proposals import proposals

    start = time.perf_counter()
    observations = Observations(space, axes_of(space), curves, plan.epochs)
    if observations.num_curves < FEWEST_CURVES:
        return _Fit()
    rng = np.random.default_rng([plan.options.seed, begun])
    posterior = posterior_of(observations)
    configs = proposals(posterior, num, rng)
    is_sure = plan.options.until_sure and expected_gain(posterior, rng) < margin(posterior)
    return _Fit(configs, is_sure, time.perf_counter() - start)
