"""Activations and optimizers as they are, not by name."""

import torch
import torch.nn as nn
from torch.utils.data import TensorDataset

epochs = 3
space = {
    "lr": [1e-3, 1e-2],
    "activation": [nn.ReLU, nn.GELU, nn.Tanh],
    "optimizer": [torch.optim.Adam, torch.optim.SGD],
}


def data():
    x = torch.randn(150, 3)
    return TensorDataset(x, x.norm(dim=1, keepdim=True))


def model(config):
    return nn.Sequential(nn.Linear(3, 16), config["activation"](), nn.Linear(16, 1))


def optimizer(model, config):
    return config["optimizer"](model.parameters(), lr=config["lr"])
