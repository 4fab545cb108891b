"""A function at the top sets the budget and the space."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

epochs = 40
space = {"lr": [1.0], "depth": [1]}


def set_up(smoke_test):
    """Small where it is only to be seen whether it runs."""
    global epochs
    if smoke_test:
        epochs = 2
        space.pop("depth")
    space.update(lr=[0.01, 0.1], hidden=[4, 8])


set_up(smoke_test=True)


def data():
    x = torch.rand(140, 2, generator=torch.Generator().manual_seed(0))
    return TensorDataset(x, (x[:, 0] > x[:, 1]).long())


def model(config):
    hidden = config["hidden"]
    layers = [nn.Linear(2, hidden), nn.ReLU()]
    for _ in range(config.get("depth", 1) - 1):
        layers += [nn.Linear(hidden, hidden), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(hidden, 2))


loss = nn.CrossEntropyLoss(label_smoothing=0.05)
