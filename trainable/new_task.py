"""A commented task file to start from."""

from __future__ import annotations

from pathlib import Path

TEMPLATE = '''"""Which points lie in a circle? Replace this line: the list of tasks shows it."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

# Full budget of one trial.
epochs = 20

# What is searched: a shipped space ("lr-batch"), or one of your own. Names that the training loop
# knows (lr, batch_size, optimizer, momentum, weight_decay, schedule, warmup_epochs, grad_clip,
# label_smoothing, accumulate_steps, precision, compile, num_workers) work by themselves; any other
# name is yours, and is read from `config` below.
space = {
    "lr": {"type": "float", "low": 1e-3, "high": 1.0, "log": True},
    "batch_size": [16, 32, 64],
    "hidden": {"type": "int", "low": 8, "high": 64, "log": True},
}


# One Dataset is split 70/15/15. Return (train, val) or (train, val, test) to split it yourself, or
# take `split` as an argument: split(n, stratify=labels) gives three arrays of indices, so that
# scaling can be fitted on the training part alone.
def data():
    points = 2 * torch.rand(1000, 2) - 1
    is_inside = (points.norm(dim=1) < 0.8).long()
    return TensorDataset(points, is_inside)


# config holds the sampled values, and `seed` and `epochs`. config.get(name, default) also works
# where a space does not have the name.
def model(config):
    hidden = config.get("hidden", 32)
    return nn.Sequential(nn.Linear(2, hidden), nn.ReLU(), nn.Linear(hidden, 2))


# Optional. Numbers from all outputs and targets of the validation part.
def metrics(outputs, targets):
    return {"accuracy": (outputs.argmax(1) == targets).float().mean()}


# Optional. The mean loss of a batch, as a tensor; without it integer targets mean cross entropy,
# floating ones mean squared error. loss(outputs, targets, config) is given the configuration too.
#
# def loss(outputs, targets):
#     return nn.functional.cross_entropy(outputs, targets)

# Optional. Then `lr`, `optimizer`, `momentum` and `weight_decay` are yours to read.
#
# def optimizer(model, config):
#     return torch.optim.RAdam(model.parameters(), lr=config["lr"])

# Optional. Any scheduler of torch, moved once an epoch; (scheduler, "step") moves after each
# optimizer step, of which config["total_steps"] are in a trial.
#
# def scheduler(optimizer, config):
#     return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, config["epochs"])

# Optional. How a list of examples becomes a batch (inputs, targets), for instance of sequences of
# different lengths.
#
# def collate(examples):
#     ...
'''


def write_new_task(path: str | Path) -> None:
    """Write a task that runs as it is. Raises ValueError where it cannot, or a file is there."""
    path = Path(path).expanduser()
    if path.suffix != ".py":
        raise ValueError(f"a task is a Python file, got {path}: give it a name that ends in .py")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(TEMPLATE)
    except FileExistsError:
        raise ValueError(f"{path} is already there: choose another name") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be written: {error.strerror}") from None
