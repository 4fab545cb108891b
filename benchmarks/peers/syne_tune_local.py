"""Syne Tune on this machine: its local backend, which starts a process for each trial."""

from __future__ import annotations

import os
from pathlib import Path

from digits import BATCH_SIZES, EPOCHS, FACTOR, GRACE, HIGHEST_LR, LOWEST_LR, options, show

SCRIPT = Path(__file__).parent / "syne_tune_trial.py"


def main() -> None:
    given = options()
    os.environ["SYNETUNE_FOLDER"] = str(given.directory)
    from syne_tune import StoppingCriterion, Tuner
    from syne_tune.backend import LocalBackend
    from syne_tune.config_space import choice, loguniform
    from syne_tune.experiments import load_experiment
    from syne_tune.optimizer.baselines import ASHA

    scheduler = ASHA(
        {
            "lr": loguniform(LOWEST_LR, HIGHEST_LR),
            "batch_size": choice(BATCH_SIZES),
            "rows": str(given.rows),
        },
        metric="val_loss",
        time_attr="epoch",
        max_t=EPOCHS,
        grace_period=GRACE,
        reduction_factor=FACTOR,
        random_seed=given.seed,
    )
    tuner = Tuner(
        trial_backend=LocalBackend(entry_point=str(SCRIPT), rotate_gpus=False),
        scheduler=scheduler,
        stop_criterion=StoppingCriterion(max_num_trials_finished=given.samples),
        n_workers=given.workers,
        sleep_time=0.1,
    )
    tuner.run()
    results = load_experiment(tuner.name).results
    show(len(results), results["val_loss"].min())


if __name__ == "__main__":
    main()
