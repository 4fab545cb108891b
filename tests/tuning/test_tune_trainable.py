"""The plain Trainable under a real Tuner, with Ray's own ASHA and reused actors."""

import subprocess
import sys
from pathlib import Path

import pytest
from ray import tune
from ray.tune.schedulers import ASHAScheduler

from tests import PATIENCE
from tests.tuning import faults
from trainable.tune_trainable import trainable_of

EXAMPLE = Path(__file__).parents[2] / "examples" / "ray_tune.py"
LEARNING_RATES = [0.1, 0.05, 1e-4, 1e30, 1e-3, 0.01]


@pytest.fixture(scope="module")
def results(ray_running, tmp_path_factory):
    """A grid of learning rates on breast_cancer, one at a time so that one actor trains all."""
    tuner = tune.Tuner(
        trainable_of("breast_cancer", epochs=9),
        param_space={"lr": tune.grid_search(LEARNING_RATES), "batch_size": 32},
        tune_config=tune.TuneConfig(
            metric="val_loss",
            mode="min",
            max_concurrent_trials=1,
            reuse_actors=True,
            scheduler=ASHAScheduler(max_t=9, grace_period=1, reduction_factor=3),
        ),
        run_config=tune.RunConfig(storage_path=str(tmp_path_factory.mktemp("tune")), verbose=0),
    )
    return tuner.fit()


def of_lr(results, lr):
    return next(result for result in results if result.config["lr"] == lr)


def test_tune_names_the_best_configuration(results):
    assert results.num_errors == 0
    assert results.get_best_result().config["lr"] in (0.01, 0.05, 0.1)


def test_asha_stops_weak_trials_early_and_lets_good_ones_finish(results):
    epochs = {result.config["lr"]: result.metrics["training_iteration"] for result in results}

    assert epochs[0.1] == 9  # the first at each rung always goes on
    assert epochs[1e-4] == 1


def test_one_actor_trains_all(results):
    assert len({result.metrics["pid"] for result in results}) == 1


def test_a_diverged_trial_ends_alone(results):
    diverged = of_lr(results, 1e30)

    assert diverged.error is None
    assert diverged.metrics["diverged"]
    assert diverged.metrics["training_iteration"] == 1


def test_the_example_runs_as_it_is(tmp_path):
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), "--samples", "1"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=faults.environment() | {"PYTHONPATH": str(EXAMPLE.parents[1])},
        timeout=PATIENCE,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert "best validation loss" in done.stdout
