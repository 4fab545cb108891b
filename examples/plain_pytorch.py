"""Plain PyTorch: a residual MLP with an optimizer of its own, scaled on the training part alone.

python tune_main.py --task examples/plain_pytorch.py --samples 20
"""

import torch
from sklearn.datasets import load_wine
from torch import nn
from torch.utils.data import TensorDataset

epochs = 20
space = {
    "lr": {"type": "float", "low": 1e-4, "high": 0.1, "log": True},
    "batch_size": [8, 16, 32],
    "blocks": {"type": "int", "low": 1, "high": 3},
}


def data(split):
    measurements, labels = load_wine(return_X_y=True)
    inputs = torch.tensor(measurements, dtype=torch.float32)
    targets = torch.tensor(labels)
    parts = split(len(targets), stratify=targets)
    mean, std = inputs[parts[0]].mean(0), inputs[parts[0]].std(0)
    return tuple(TensorDataset((inputs[rows] - mean) / std, targets[rows]) for rows in parts)


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.ReLU())

    def forward(self, inputs):
        return inputs + self.inner(inputs)


def model(config):
    blocks = [Residual(32) for _ in range(config.get("blocks", 2))]
    return nn.Sequential(nn.Linear(13, 32), *blocks, nn.Linear(32, 3))


def optimizer(model, config):
    return torch.optim.RAdam(model.parameters(), lr=config["lr"])


def metrics(outputs, targets):
    return {"accuracy": (outputs.argmax(1) == targets).float().mean()}
