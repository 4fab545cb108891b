"""A shipped task under a Tuner of your own: Ray's ASHA, Ray's sampling, Ray's results.

python examples/ray_tune.py --samples 20
"""

import argparse
import os
import tempfile

os.environ["TUNE_DISABLE_AUTO_CALLBACK_LOGGERS"] = "1"  # before Ray is imported: 60 % of its work

import ray
from ray import tune
from ray.tune.schedulers import ASHAScheduler

from flatbasin import trainable_of


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=20)
    samples = parser.parse_args().samples
    ray.init(address="local", include_dashboard=False, log_to_driver=False)
    with tempfile.TemporaryDirectory() as storage:
        tuner = tune.Tuner(
            trainable_of("digits"),
            param_space={
                "lr": tune.loguniform(1e-4, 1.0),
                "batch_size": tune.choice([16, 32, 64, 128]),
            },
            tune_config=tune.TuneConfig(
                metric="val_loss",
                mode="min",
                num_samples=samples,
                reuse_actors=True,
                scheduler=ASHAScheduler(max_t=27, grace_period=3, reduction_factor=3),
            ),
            run_config=tune.RunConfig(storage_path=storage, verbose=0),
        )
        best = tuner.fit().get_best_result()
    print(f"best validation loss {best.metrics['val_loss']:.4f} with {best.config}")


if __name__ == "__main__":
    main()
