"""A trial: what an epoch reports, and that it can be stopped and taken up again."""

import json

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, load_model

from tests.trainable.conftest import curve, losses
from trainable.catalogue import find_task
from trainable.loop import evaluate
from trainable.trial import make_trial

CONFIGS = [
    {"lr": 0.05, "batch_size": 8},
    {"lr": 0.01, "optimizer": "adam", "schedule": "cosine", "warmup_epochs": 1},
    {"lr": 0.01, "optimizer": "adamw", "weight_decay": 0.1, "grad_clip": 1.0},
]


@pytest.fixture
def tiny_trial(tiny_task, tiny_data):
    def make(config, seed=3, epochs=10):
        return make_trial(tiny_task, tiny_data, config, seed=seed, epochs=epochs)

    return make


@pytest.mark.parametrize("config", CONFIGS)
def test_same_seed_gives_the_same_losses_to_the_last_bit(tiny_trial, config):
    first = curve(tiny_trial(config), 4)
    torch.rand(10)  # whatever else draws from the generators between two trials

    assert losses(curve(tiny_trial(config), 4)) == losses(first)


def test_another_seed_gives_other_losses(tiny_trial):
    first, second = (curve(tiny_trial({}, seed=seed), 2) for seed in (1, 2))

    assert losses(first) != losses(second)


@pytest.mark.parametrize("config", CONFIGS)
def test_a_resumed_trial_equals_the_uninterrupted_one_exactly(tiny_trial, config, tmp_path):
    uninterrupted = losses(curve(tiny_trial(config), 6))
    trial = tiny_trial(config)
    curve(trial, 3)
    trial.save(tmp_path)
    torch.rand(10)

    resumed = tiny_trial(config, seed=99)
    resumed.load(tmp_path)

    assert losses(curve(resumed, 3)) == uninterrupted[3:]


@pytest.mark.parametrize("kind", ["loop", "generator"])
def test_a_checkpoint_that_a_power_cut_ruined_is_as_good_as_none(
    tiny_trial, counting_task, tmp_path, kind
):
    def make():
        if kind == "loop":
            return tiny_trial({"lr": 0.05})
        return make_trial(counting_task, None, {"lr": 0.1}, seed=5, epochs=6)

    trial = make()
    whole = losses(curve(trial, 2))
    trial.save(tmp_path)
    (file,) = tmp_path.glob("*.pt")
    data = file.read_bytes()
    half, flipped = data[: len(data) // 2], bytearray(data)
    flipped[data.index(b"data.pkl") + 40] ^= 0xFF
    for damaged in (b"", data[:-1], half, bytes(len(data)), bytes(flipped)):
        file.write_bytes(damaged)
        resumed = make()
        resumed.load(tmp_path)
        assert losses(curve(resumed, 2)) == whole


def test_diverging_trial_ends_at_its_first_non_finite_epoch(tiny_trial):
    """ASHA ignores NaN, so the trial must end itself."""
    assert curve(tiny_trial({"lr": 1e30}), 1)[0].diverged


def test_training_loss_is_measured_again_in_eval_mode_on_as_many_examples_as_validation(
    tiny_trial, tiny_data
):
    metrics = curve(tiny_trial({"lr": 0.05}), 3)[-1]

    assert len(tiny_data.train_sample) == len(tiny_data.validation) == 15
    assert metrics.train_eval_loss != metrics.train_loss
    assert metrics.steps == 3


def test_label_smoothing_trains_but_is_not_reported(task_file):
    """Otherwise the smoothed configuration would look worse by the smoothing itself."""
    source = """
import torch
from torch import nn
from torch.utils.data import TensorDataset
def data():
    return TensorDataset(torch.randn(90, 2), torch.arange(90) % 3)
def model(config):
    return nn.Linear(2, 3)
"""
    task = task_file(source).load()
    data = task.load_data(0)
    plain, smooth = (
        make_trial(task, data, {"lr": 1e-12, "label_smoothing": s}, seed=0, epochs=1).run_epoch()
        for s in (0.0, 0.5)
    )

    assert smooth.val_loss == pytest.approx(plain.val_loss, rel=1e-6)
    assert smooth.train_loss != pytest.approx(plain.train_loss, rel=1e-3)


def test_exported_model_is_safetensors_beside_its_configuration(tiny_trial, tmp_path):
    trial = tiny_trial({"lr": 0.05})
    curve(trial, 1)

    trial.export(tmp_path / "best")

    assert load_file(tmp_path / "best" / "model.safetensors")["0.weight"].shape == (8, 3)
    assert json.loads((tmp_path / "best" / "config.json").read_text())["lr"] == 0.05


def test_the_weights_of_the_best_epoch_are_kept_through_a_checkpoint(tmp_path):
    """Diabetes overfits after a few epochs."""
    task = find_task("diabetes").load()
    data = task.load_data(0)
    settings = {"seed": 1, "epochs": 24, "keep_best": True}
    config = {"lr": 0.1, "batch_size": 16}
    first = make_trial(task, data, config, **settings)
    found = curve(first, 20)
    first.save(tmp_path / "state")
    trial = make_trial(task, data, config, **settings)
    trial.load(tmp_path / "state")
    found += curve(trial, 4)

    trial.export(tmp_path / "best", with_best=True)

    best = min(found, key=lambda m: m.val_loss)
    assert trial.objectives == [m.val_loss for m in found]
    assert best.epoch < 20
    with safe_open(tmp_path / "best" / "best_epoch.safetensors", "pt") as file:
        assert file.metadata() == {"epoch": str(best.epoch)}
    again = make_trial(task, data, config, seed=2, epochs=24)
    load_model(again.model, tmp_path / "best" / "best_epoch.safetensors")
    measured = evaluate(again.model, again.validation, again.evaluation_loss)
    assert measured.loss == best.val_loss
    load_model(again.model, tmp_path / "best" / "model.safetensors")
    measured = evaluate(again.model, again.validation, again.evaluation_loss)
    assert measured.loss == found[-1].val_loss
