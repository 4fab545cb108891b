"""Classify 8 x 8 images of handwritten digits (scikit-learn, 1,797 images) with an MLP."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset

epochs = 27
space = "lr-batch"


def data():
    """What load_digits() reads, without the import of scikit-learn, which takes longer."""
    package = Path(find_spec("sklearn").origin).parent
    table = torch.from_numpy(np.loadtxt(package / "datasets/data/digits.csv.gz", delimiter=","))
    return TensorDataset((table[:, :-1] / 16).float(), table[:, -1].long())


def model(config):
    hidden, layers = config.get("hidden", 128), config.get("layers", 1)
    sizes = [64] + [hidden] * layers
    blocks = []
    for size_in, size_out in zip(sizes, sizes[1:], strict=False):
        blocks += [nn.Linear(size_in, size_out), nn.ReLU(), nn.Dropout(config.get("dropout", 0.0))]
    return nn.Sequential(*blocks, nn.Linear(sizes[-1], 10))


def metrics(outputs, targets):
    return {"accuracy": (outputs.argmax(1) == targets).float().mean()}
