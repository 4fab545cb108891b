"""Classify 8 x 8 images of handwritten digits (scikit-learn, 1,797 images) with an MLP."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

epochs = 27
space = "lr-batch"


def data():
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    return TensorDataset(torch.tensor(images / 16, dtype=torch.float32), torch.tensor(labels))


def model(config):
    hidden, layers = config.get("hidden", 128), config.get("layers", 1)
    sizes = [64] + [hidden] * layers
    blocks = []
    for size_in, size_out in zip(sizes, sizes[1:], strict=False):
        blocks += [nn.Linear(size_in, size_out), nn.ReLU(), nn.Dropout(config.get("dropout", 0.0))]
    return nn.Sequential(*blocks, nn.Linear(sizes[-1], 10))


def metrics(outputs, targets):
    return {"accuracy": (outputs.argmax(1) == targets).float().mean()}
