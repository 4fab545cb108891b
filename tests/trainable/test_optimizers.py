"""The optimizers that a configuration names, against torch's own."""

import subprocess
import sys

import pytest
import torch
from torch import nn

from trainable.config import LoopConfig
from trainable.optimizers import make_optimizer, make_schedule

KINDS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}


def linear():
    torch.manual_seed(0)
    return nn.Linear(4, 1)


@pytest.mark.parametrize("name", KINDS)
def test_steps_are_those_of_torchs_own_optimizer_to_the_last_bit(name):
    config = LoopConfig(lr=0.05, optimizer=name, weight_decay=0.01)
    ours, theirs = linear(), linear()
    momentum = {"momentum": 0.9} if name == "sgd" else {}
    own = make_optimizer(ours, config)
    torchs = KINDS[name](theirs.parameters(), lr=0.05, weight_decay=0.01, fused=True, **momentum)

    for step in range(5):
        for model, optimizer in ((ours, own), (theirs, torchs)):
            optimizer.zero_grad()
            model(torch.full((3, 4), float(step))).square().sum().backward()
            optimizer.step()

    assert torch.equal(ours.weight, theirs.weight)
    assert own.state_dict()["state"].keys() == torchs.state_dict()["state"].keys()


def test_training_does_not_wait_for_the_compiler_to_be_imported():
    """torch's own optimizers import it at their first step, for more than a second."""
    script = """
import sys
from trainable.catalogue import find_task
from trainable.trial import make_trial
task = find_task("digits").load()
config = {"lr": 0.1, "schedule": "cosine", "grad_clip": 1.0}
make_trial(task, task.load_data(0), config, seed=0, epochs=2).run_epoch()
print("torch._dynamo" in sys.modules)
"""

    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert told.stdout.strip() == "False"


def test_warmup_rises_to_lr_and_cosine_falls_to_zero():
    config = LoopConfig(lr=0.4, schedule="cosine", warmup_epochs=1)
    optimizer = make_optimizer(linear(), config)
    schedule = make_schedule(optimizer, config, steps_per_epoch=3, total=15)
    rates = []
    for _ in range(15):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()

    assert rates[:4] == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert rates[3:] == sorted(rates[3:], reverse=True)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.0, abs=1e-6)


def test_a_model_without_parameters_is_refused():
    with pytest.raises(ValueError, match="has no parameters to train"):
        make_optimizer(nn.Flatten(), LoopConfig())
