"""Tell malignant from benign tumours (scikit-learn, 569 cases, 30 measurements) with an MLP."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

epochs = 27
space = "lr-batch"


def data(split):
    from sklearn.datasets import load_breast_cancer

    measurements, labels = load_breast_cancer(return_X_y=True)
    inputs = torch.tensor(measurements, dtype=torch.float32)
    targets = torch.tensor(labels)
    parts = split(len(targets), stratify=targets)
    mean, std = inputs[parts[0]].mean(0), inputs[parts[0]].std(0)
    return tuple(TensorDataset((inputs[rows] - mean) / std, targets[rows]) for rows in parts)


def model(config):
    hidden, layers = config.get("hidden", 32), config.get("layers", 1)
    sizes = [30] + [hidden] * layers
    blocks = []
    for size_in, size_out in zip(sizes, sizes[1:], strict=False):
        blocks += [nn.Linear(size_in, size_out), nn.ReLU(), nn.Dropout(config.get("dropout", 0.0))]
    return nn.Sequential(*blocks, nn.Linear(sizes[-1], 2))


def metrics(outputs, targets):
    return {"accuracy": (outputs.argmax(1) == targets).float().mean()}
