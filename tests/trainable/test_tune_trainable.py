"""The plain Trainable: one step is one epoch, whoever calls it."""

import math

import pytest
from ray import tune

from trainable.epoch_metrics import EpochMetrics
from trainable.trial import make_trial
from trainable.tune_trainable import TuneTrial, reported, trainable_of

EPOCHS = 4


@pytest.fixture
def trainable(tiny_file):
    """Makes a TuneTrial of the tiny task, as Tune does in an actor."""

    class TinyTrial(TuneTrial):
        def setup(self, config):
            super().setup(
                config, task=tiny_file, epochs=EPOCHS, seed=3, split_seed=0, num_threads=1
            )

    return lambda config: TinyTrial(config)


def losses(trainable, num=EPOCHS):
    return [trainable.train()["val_loss"] for _ in range(num)]


def test_steps_are_the_epochs_of_a_trial(trainable, tiny_task, tiny_data):
    trial = make_trial(tiny_task, tiny_data, {"lr": 0.05}, seed=3, epochs=EPOCHS)
    expected = [trial.run_epoch().val_loss for _ in range(EPOCHS)]

    assert losses(trainable({"lr": 0.05})) == expected


def test_the_last_epoch_of_the_budget_is_done(trainable):
    begun = trainable({"lr": 0.05})
    assert [begun.train()["done"] for _ in range(EPOCHS)] == [False, False, False, True]


def test_a_reused_actor_carries_nothing_over(trainable):
    reused = trainable({"lr": 0.5, "batch_size": 8})
    reused.train()

    assert reused.reset({"lr": 0.05})
    assert losses(reused) == losses(trainable({"lr": 0.05}))


def test_a_configuration_may_bring_its_own_seed(trainable):
    assert losses(trainable({"lr": 0.05, "seed": 9})) != losses(trainable({"lr": 0.05}))


def test_a_checkpoint_goes_on_exactly_where_it_was(trainable, tmp_path):
    whole = losses(trainable({"lr": 0.05}))
    first = trainable({"lr": 0.05})
    losses(first, 2)
    first.save_checkpoint(str(tmp_path))

    second = trainable({"lr": 0.05})
    second.load_checkpoint(str(tmp_path))

    assert losses(second, 2) == whole[2:]


def test_a_diverged_trial_is_done_with_its_first_epoch_that_is_not_finite(trainable):
    """An infinite loss would end all stopping: Ray's percentiles turn to NaN."""
    result = trainable({"lr": 1e30, "optimizer": "sgd"}).train()

    assert result["done"]
    assert result["diverged"]
    assert math.isnan(result["val_loss"])


def test_an_infinite_loss_is_reported_as_nan():
    metrics = EpochMetrics(1, math.inf, math.inf, None, seconds=0.1, steps=None)

    assert math.isnan(reported(metrics)["train_loss"])
    assert math.isnan(reported(metrics)["val_loss"])


def test_a_generator_that_ends_early_is_done_with_its_last_metrics(task_file):
    source = 'def train(config):\n    yield {"train_loss": 2.0, "val_loss": 1.0}\n'
    file = task_file(source.replace("config", "config, checkpoint=None"), "short")

    class ShortTrial(TuneTrial):
        def setup(self, config):
            super().setup(config, task=file, epochs=EPOCHS, seed=3, split_seed=0, num_threads=1)

    trial = ShortTrial({})
    assert not trial.train()["done"]
    ended = trial.train()

    assert ended["done"]
    assert ended["val_loss"] == 1.0


def test_a_task_that_does_not_exist_is_refused_at_once():
    with pytest.raises(ValueError, match=r"task must be one of .* got 'digts': did you mean"):
        trainable_of("digts")


def test_it_is_a_class_trainable_of_ray_tune():
    assert issubclass(TuneTrial, tune.Trainable)
