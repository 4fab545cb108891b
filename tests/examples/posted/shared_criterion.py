"""A criterion at the top that the loss uses, and weights for a rare class."""

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import TensorDataset

epochs: int = 2
space: dict = {"lr": [0.01, 0.1], "pos_weight": [1.0, 4.0], "hidden": [8, 16]}

criterion = nn.BCEWithLogitsLoss()
COLUMNS = ["age", "income", "visits", "patience"]


def make_frame(num=250):
    rng = np.random.default_rng(3)
    table = rng.normal(size=(num, len(COLUMNS))).astype("float32")
    churned = (table @ np.array([1.0, -0.5, 0.3, 0.8], dtype="float32") > 1.2).astype("float32")
    return table, churned


def data():
    table, churned = make_frame()
    return TensorDataset(torch.from_numpy(table), torch.from_numpy(churned).unsqueeze(1))


def build_network(n_in, n_hidden):
    return nn.Sequential(nn.Linear(n_in, n_hidden), nn.ReLU(), nn.Linear(n_hidden, 1))


def model(config):
    return build_network(len(COLUMNS), config["hidden"])


def weighted(outputs, targets, weight):
    return nn.functional.binary_cross_entropy_with_logits(
        outputs, targets, pos_weight=torch.tensor(weight)
    )


def loss(outputs, targets, config):
    if config["pos_weight"] == 1.0:
        return criterion(outputs, targets)
    return weighted(outputs, targets, config["pos_weight"])


def metrics(outputs, targets):
    predicted = (outputs > 0).float()
    return {"accuracy": (predicted == targets).float().mean(), "positives": predicted.mean()}
