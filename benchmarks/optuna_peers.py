"""Searches by Optuna's samplers and pruners, in the same worlds and at the same epochs as ours."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from benchmarks.own_search import FACTOR, Outcome
from benchmarks.worlds import World
from record.rungs import default_grace
from tuning.optuna_proposer import sampler, suggested

TOP, AGAIN = 3, 2
"""Of a peer's trials so many are trained again, with so many fresh seeds each."""


class Peer:
    """A search by a sampler and a pruner of Optuna until the epochs are spent."""

    def __init__(self, sampler: Callable[[int], Any], pruner: Callable[[int], Any]) -> None:
        self.sampler, self.pruner = sampler, pruner

    def __call__(self, world: World, seed: int, epochs: int, samples: int) -> Outcome:
        """Search, then train the best few again; the best by its fresh seeds is the pick."""
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        study = optuna.create_study(
            study_name=str(seed),  # Hyperband chooses a trial's bracket by it; else it is random
            sampler=self.sampler(seed),
            pruner=self.pruner(world.epochs),
        )
        seeds = np.random.default_rng([seed, 5])
        spent, finished = 0, []
        while spent < epochs - TOP * AGAIN * world.epochs:
            trial = study.ask()
            config = suggested(world.space, trial)
            curve, state = _pruned(trial, world.losses(config, int(seeds.integers(2**31))))
            spent += len(curve)
            if state == optuna.trial.TrialState.COMPLETE:
                finished.append((curve[-1], config))
                study.tell(trial, curve[-1])
            else:
                study.tell(trial, state=state)
        best = sorted(finished, key=lambda pair: pair[0])[:TOP]
        means = []
        for _, config in best:
            again = [list(world.losses(config, int(seeds.integers(2**31)))) for _ in range(AGAIN)]
            spent += sum(map(len, again))
            means.append(np.mean([c[-1] if math.isfinite(c[-1]) else math.inf for c in again]))
        return Outcome(best[int(np.argmin(means))][1], spent, spent)


def _pruned(trial: Any, losses: Iterator[float]) -> tuple[list[float], Any]:
    """The curve as far as the pruner let it run, and how it ended."""
    from optuna.trial import TrialState

    curve: list[float] = []
    for epoch, loss in enumerate(losses, start=1):
        curve.append(loss)
        if not math.isfinite(loss):
            return curve, TrialState.FAIL
        trial.report(loss, epoch)
        if trial.should_prune():
            return curve, TrialState.PRUNED
    return curve, TrialState.COMPLETE


def _tpe(seed: int) -> Any:
    from optuna.samplers import TPESampler

    return TPESampler(seed=seed, multivariate=True, group=True)


def _random(seed: int) -> Any:
    from optuna.samplers import QMCSampler

    return QMCSampler(seed=seed, scramble=True)


def _halving(epochs: int) -> Any:
    from optuna.pruners import SuccessiveHalvingPruner

    return SuccessiveHalvingPruner(min_resource=default_grace(epochs), reduction_factor=FACTOR)


def _hyperband(epochs: int) -> Any:
    from optuna.pruners import HyperbandPruner

    return HyperbandPruner(
        min_resource=default_grace(epochs), max_resource=epochs, reduction_factor=FACTOR
    )


def _never(epochs: int) -> Any:
    from optuna.pruners import NopPruner

    return NopPruner()


PEERS = {
    "tpe": Peer(_tpe, _never),
    "tpe-sh": Peer(_tpe, _halving),
    "tpe-hb": Peer(_tpe, _hyperband),
    "sobol-sh": Peer(_random, _halving),
    "gp": Peer(partial(sampler, "gp"), _never),
}
