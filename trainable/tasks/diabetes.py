"""Predict the progression of diabetes (scikit-learn, 442 patients) with an MLP that overfits."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

epochs = 27
space = "lr-batch"


def data(split):
    from sklearn.datasets import load_diabetes

    measurements, progression = load_diabetes(return_X_y=True)
    inputs = torch.tensor(measurements, dtype=torch.float32)
    targets = torch.tensor(progression, dtype=torch.float32)
    parts = split(len(targets))
    train = parts[0]
    inputs = (inputs - inputs[train].mean(0)) / inputs[train].std(0)
    targets = (targets - targets[train].mean()) / targets[train].std()
    return tuple(TensorDataset(inputs[rows], targets[rows]) for rows in parts)


def model(config):
    hidden, layers = config.get("hidden", 256), config.get("layers", 2)
    sizes = [10] + [hidden] * layers
    blocks = []
    for size_in, size_out in zip(sizes, sizes[1:], strict=False):
        blocks += [nn.Linear(size_in, size_out), nn.ReLU(), nn.Dropout(config.get("dropout", 0.0))]
    return nn.Sequential(*blocks, nn.Linear(sizes[-1], 1), nn.Flatten(0))
