"""Optuna as its guide to several processes shows it: a journal file that all of them share.

The data is read once and the processes are forked, so each has torch and the data at once. Random
sampling: the cheapest sampler, and the nearest to what the others do.
"""

from __future__ import annotations

import multiprocessing
from typing import Any

import optuna
import torch
from digits import BATCH_SIZES, EPOCHS, FACTOR, GRACE, HIGHEST_LR, LOWEST_LR, options, read, show
from loader_loop import LoaderLoop
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from tensor_loop import TensorLoop

LOOPS = {"tensors": TensorLoop, "loader": LoaderLoop}


def objective(trial: optuna.Trial, arrays: Any, loop_kind: str) -> float:
    """Train one configuration until it ends or is pruned."""
    lr = trial.suggest_float("lr", LOWEST_LR, HIGHEST_LR, log=True)
    batch_size = trial.suggest_categorical("batch_size", BATCH_SIZES)
    loop = LOOPS[loop_kind](arrays, lr, batch_size, seed=trial.number)
    for epoch in range(1, EPOCHS + 1):
        val_loss, _ = loop.run_epoch()
        trial.report(val_loss, epoch)
        if trial.should_prune():
            raise optuna.TrialPruned
    return val_loss


def work(rank: int, given: Any, arrays: Any) -> None:
    """What one process does: its share of the trials."""
    torch.set_num_threads(1)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.load_study(
        study_name="digits",
        storage=storage(given),
        sampler=optuna.samplers.RandomSampler(seed=given.seed + rank),
        pruner=optuna.pruners.SuccessiveHalvingPruner(min_resource=GRACE, reduction_factor=FACTOR),
    )
    share = len(range(rank, given.samples, given.workers))
    study.optimize(lambda trial: objective(trial, arrays, given.loop), n_trials=share)


def storage(given: Any) -> JournalStorage:
    """The journal file."""
    return JournalStorage(JournalFileBackend(str(given.directory / "journal.log")))


def main() -> None:
    given = options()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(study_name="digits", storage=storage(given))
    arrays = read(given.rows)
    context = multiprocessing.get_context("fork")
    processes = [
        context.Process(target=work, args=(rank, given, arrays)) for rank in range(given.workers)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    reported = [loss for trial in study.trials for loss in trial.intermediate_values.values()]
    show(len(reported), min(loss for loss in reported if loss == loss))


if __name__ == "__main__":
    main()
