"""A space that is made by a function with a mistake in it."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

WIDTHS = {"small": [4, 8], "large": [64, 128]}


def make_space(size):
    return {"lr": [0.01, 0.1], "width": WIDTHS[size]}


space = make_space("medium")


def data():
    x = torch.rand(100, 2)
    return TensorDataset(x, x.sum(1, keepdim=True))


def model(config):
    return nn.Sequential(nn.Linear(2, config["width"]), nn.ReLU(), nn.Linear(config["width"], 1))
