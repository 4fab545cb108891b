"""An early stopping from another project, of which only the words are left."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

epochs = 5
space = {"lr": [0.01, 0.1], "patience": [3, 5, 10], "min_delta": [0.0, 0.01]}


class EarlyStopping:
    """Stops when the loss has not fallen for `patience` epochs."""

    def __init__(self, patience=7, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.counter, self.best = 0, None

    def __call__(self, value):
        if self.best is None or value < self.best - self.min_delta:
            self.best, self.counter = value, 0
        else:
            self.counter += 1
            print(f"EarlyStopping counter: {self.counter} out of {self.patience}", "patience")
        return self.counter >= self.patience


INFO = {"patience": "epochs to wait", "min_delta": "smallest change"}


def data():
    x = torch.randn(150, 4, generator=torch.Generator().manual_seed(0))
    return TensorDataset(x, x.sum(1, keepdim=True))


def model(config):
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
