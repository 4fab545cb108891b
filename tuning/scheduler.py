"""When a weak trial is stopped: Ray Tune's schedulers, made safe.

Ray's schedulers are driven by the epochs of the record, one by one, in its order. So a fresh
one comes to the state the last one had by replaying the record, and what goes in can be
guarded: a number that is not finite (which ASHA never stops on, and which turns its percentiles
to NaN) is kept out altogether.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Protocol

from record.rungs import rungs

if TYPE_CHECKING:  # Ray takes a second to import: it starts while the options are checked
    from ray.tune.schedulers import TrialScheduler

SchedulerName = Literal["asha", "median", "none"]


@dataclass(frozen=True, kw_only=True)
class StoppingRule:
    """When weak trials are stopped."""

    scheduler: SchedulerName
    epochs: int
    """Full budget of one trial."""
    grace_epochs: int
    """Epochs every trial may run before it can be stopped."""
    reduction_factor: int
    """One in so many trials goes on at each rung of ASHA."""

    @cached_property
    def rungs(self) -> tuple[int, ...]:
        """The epochs at which ASHA compares trials."""
        return rungs(self.grace_epochs, self.reduction_factor, self.epochs)

    @cached_property
    def ask_at(self) -> frozenset[int]:
        """Epochs after which a trial may be stopped."""
        if self.scheduler == "none":
            return frozenset()
        if self.scheduler == "median":
            return frozenset(range(self.grace_epochs, self.epochs))
        return frozenset(self.rungs)

    def start(self) -> Stopping:
        """The rule before it has seen anything."""
        if self.scheduler == "none":
            return NeverStop()
        from ray.tune.schedulers import AsyncHyperBandScheduler, MedianStoppingRule

        common = {"time_attr": "epoch", "metric": "objective", "mode": "min"}
        if self.scheduler == "median":
            # an infinite time slice: the rule pauses no trial so that others can catch up. Nor is
            # its stop a hard one, behind which it asserts that it is asked no more: a control, or
            # a trial of a raised budget, goes on
            rule = MedianStoppingRule(
                grace_period=self.grace_epochs,
                min_time_slice=math.inf,
                hard_stop=False,
                **common,
            )
            return RayStopping(rule, self.ask_at, feed_all=True)
        asha = AsyncHyperBandScheduler(
            max_t=self.epochs,
            grace_period=self.grace_epochs,
            reduction_factor=self.reduction_factor,
            **common,
        )
        return RayStopping(asha, self.ask_at, feed_all=False)


class Stopping(Protocol):
    """A stopping rule at work."""

    def stops(self, trial_id: str, epoch: int, objective: float) -> bool:
        """Take one epoch in, and the number to minimise there; whether the trial is to stop.

        The epochs of a trial come in order; one that was taken in before changes nothing.
        """


class NeverStop:
    """Every trial runs its full budget."""

    def stops(self, trial_id: str, epoch: int, objective: float) -> bool:
        """Never."""
        return False


@dataclass(frozen=True)
class _Name:
    """All that Ray's stopping rules want to know of a trial."""

    trial_id: str


class RayStopping:
    """A stopping rule of Ray Tune, fed with finite losses only, each epoch once."""

    def __init__(
        self, scheduler: TrialScheduler, ask_at: frozenset[int], *, feed_all: bool
    ) -> None:
        """With `feed_all` the scheduler sees every epoch; ASHA looks at its rungs alone."""
        self._scheduler, self._ask_at, self._feed_all = scheduler, ask_at, feed_all
        self._epochs_seen: dict[str, int] = {}

    def stops(self, trial_id: str, epoch: int, objective: float) -> bool:
        """Take one epoch in; whether the trial is to stop there."""
        if epoch not in self._ask_at and not self._feed_all:
            return False
        if not math.isfinite(objective) or epoch <= self._epochs_seen.get(trial_id, 0):
            return False
        trial = _Name(trial_id)
        if trial_id not in self._epochs_seen:
            self._scheduler.on_trial_add(None, trial)
        self._epochs_seen[trial_id] = epoch
        result = {"epoch": epoch, "objective": objective}
        decision = self._scheduler.on_trial_result(None, trial, result)
        return epoch in self._ask_at and decision != self._scheduler.CONTINUE
