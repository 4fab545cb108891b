"""Budgets in optimizer steps: equal parts of them, taken up again in the middle of a pass."""

import pytest
import torch

from tests.trainable.conftest import curve
from tests.trainable.test_batches import FORMS, HEAD
from trainable.trial import make_trial

CONFIGS = [
    {"lr": 0.02, "batch_size": 8},
    {"lr": 0.01, "batch_size": 16, "schedule": "cosine", "warmup_epochs": 1},
    {"lr": 0.01, "batch_size": 12, "accumulate_steps": 2},
]


@pytest.fixture
def trial_of(task_file):
    def make(form, config, seed=3, steps=50, epochs=10):
        task = task_file(HEAD + FORMS[form]).load()
        return make_trial(task, task.load_data(0), config, seed=seed, epochs=epochs, steps=steps)

    return make


def losses(found):
    return [(m.epoch, m.steps, m.train_loss, m.val_loss) for m in found]


@pytest.mark.parametrize("config", CONFIGS)
def test_every_part_takes_its_share_of_the_steps(trial_of, config):
    found = curve(trial_of("tensors", config, steps=47), 10)

    assert sum(m.steps for m in found) == 47
    assert {m.steps for m in found} == {4, 5}
    assert [m.epoch for m in found] == list(range(1, 11))
    assert found[-1].val_loss < found[0].val_loss


def test_parts_of_one_pass_each_train_as_epochs_do(trial_of, task_file):
    """42 training examples in batches of 8 are six steps."""
    config = {"lr": 0.05, "batch_size": 8}
    task = task_file(HEAD + FORMS["tensors"]).load()
    by_epochs = curve(make_trial(task, task.load_data(0), config, seed=3, epochs=4), 4)

    by_steps = curve(trial_of("tensors", config, steps=24, epochs=4), 4)

    assert losses(by_steps) == losses(by_epochs)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("done", [3, 4])
def test_a_trial_goes_on_in_the_middle_of_a_pass_to_the_last_bit(trial_of, form, done, tmp_path):
    config = {"lr": 0.05, "batch_size": 8}
    whole = losses(curve(trial_of(form, config), 7))
    first = trial_of(form, config)
    curve(first, done)
    first.save(tmp_path)
    torch.rand(10)

    resumed = trial_of(form, config, seed=99)
    resumed.load(tmp_path)

    assert losses(curve(resumed, 7 - done)) == whole[done:]


@pytest.mark.parametrize("config", CONFIGS)
def test_schedules_follow_the_steps(trial_of, config, tmp_path):
    whole = losses(curve(trial_of("tensors", config), 10))
    first = trial_of("tensors", config)
    curve(first, 5)
    first.save(tmp_path)
    resumed = trial_of("tensors", config, seed=99)
    resumed.load(tmp_path)

    assert losses(curve(resumed, 5)) == whole[5:]


def test_the_cosine_ends_with_the_last_step(trial_of):
    trial = trial_of("tensors", {"lr": 0.1, "batch_size": 8, "schedule": "cosine"})

    curve(trial, 10)

    assert trial.optimizer.param_groups[0]["lr"] == pytest.approx(0, abs=1e-9)


def test_a_stream_has_a_schedule_by_steps_too(trial_of):
    trial = trial_of("a stream", {"lr": 0.1, "batch_size": 8, "schedule": "cosine"})

    curve(trial, 5)

    assert trial.optimizer.param_groups[0]["lr"] == pytest.approx(0.05)
