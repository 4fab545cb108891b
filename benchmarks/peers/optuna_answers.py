"""Optuna until its time is over, in two processes that share a journal file.

They are forked once torch and the data are there. What a trial trains is the product's own loop,
which is faster than one written by hand (docs/performance.md).
"""

from __future__ import annotations

import math
import multiprocessing
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from benchmarks.peers.finished import Finished, options, world
from benchmarks.worlds import TrainingWorld
from record.rungs import default_grace
from search_spaces import Choice, Config, Int, Space

FACTOR = 3
PROCESSES = 2


def sampler(name: str, seed: int) -> Any:
    """TPE as its guide recommends it for hyperparameters that depend on each other, or the GP."""
    if name == "gp":
        return optuna.samplers.GPSampler(seed=seed, deterministic_objective=False)
    return optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True, constant_liar=True)


def pruner(name: str, epochs: int) -> Any:
    """With the rungs that ours has."""
    grace = default_grace(epochs)
    if name == "hyperband":
        return optuna.pruners.HyperbandPruner(grace, max_resource=epochs, reduction_factor=FACTOR)
    if name == "halving":
        return optuna.pruners.SuccessiveHalvingPruner(min_resource=grace, reduction_factor=FACTOR)
    return optuna.pruners.NopPruner()


def suggested(trial: optuna.Trial, space: Space) -> Config:
    """A configuration of a space without conditions."""
    config: Config = {}
    for name, dimension in space.dimensions.items():
        if isinstance(dimension, Choice):
            config[name] = trial.suggest_categorical(name, list(dimension.choices))
        else:
            suggest = trial.suggest_int if isinstance(dimension, Int) else trial.suggest_float
            config[name] = suggest(name, dimension.low, dimension.high, log=dimension.log)
    return config


def objective(trial: optuna.Trial, search: TrainingWorld, finished: Finished) -> float:
    """Train one configuration until it ends, is pruned, or time is over."""
    config = suggested(trial, search.space)
    loss, seed = math.nan, trial.number
    for epoch, loss in enumerate(search.losses(config, seed), start=1):
        finished.count()
        if not math.isfinite(loss):
            raise optuna.TrialPruned
        trial.report(loss, epoch)
        if trial.should_prune() or finished.is_over:
            raise optuna.TrialPruned
    finished.add(config, loss)
    return loss


def work(rank: int, given: Any, search: TrainingWorld) -> None:
    """What one process does."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.load_study(
        study_name="answer",
        storage=storage(given),
        sampler=sampler(given.sampler, given.seed * PROCESSES + rank),
        pruner=pruner(given.pruner, search.epochs),
    )
    finished = Finished(given)
    while not finished.is_over:
        study.optimize(lambda trial: objective(trial, search, finished), n_trials=1)


def storage(given: Any) -> JournalStorage:
    """The journal file, beside the file of finished trials."""
    return JournalStorage(JournalFileBackend(str(given.out.with_suffix(".journal"))))


def main() -> None:
    parser = options()
    parser.add_argument("--sampler", choices=["tpe", "gp"], required=True)
    parser.add_argument("--pruner", choices=["halving", "hyperband", "none"], required=True)
    given = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    optuna.create_study(study_name="answer", storage=storage(given))
    search = world(given)
    fork = multiprocessing.get_context("fork")
    processes = [fork.Process(target=work, args=(rank, given, search)) for rank in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()


if __name__ == "__main__":
    main()
