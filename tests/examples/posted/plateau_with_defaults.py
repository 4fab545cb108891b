"""Defaults in a dict that the configuration is laid over; the rate falls on a plateau."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

DEFAULTS = {"hidden": 12, "activation": "relu", "factor": 0.5, "patience": 1}
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU}

epochs = 4
space = {
    "lr": [0.03, 0.3],
    "activation": ["relu", "gelu"],
    "patience": [0, 1],
}


def hyperparameters(config):
    """The values of this trial, those of the file where none is searched."""
    hp = dict(DEFAULTS)
    hp.update(config)
    return hp


def data():
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(180, 5, generator=generator)
    return TensorDataset(x, (x[:, :1] * x[:, 1:2]).tanh())


def model(config):
    hp = hyperparameters(config)
    return nn.Sequential(
        nn.Linear(5, hp["hidden"]),
        ACTIVATIONS[hp["activation"]](),
        nn.Linear(hp["hidden"], 1),
    )


def scheduler(optimizer, config):
    hp = hyperparameters(config)
    return torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, mode="min", factor=hp["factor"], patience=hp["patience"]
    )
