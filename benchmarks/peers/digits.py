"""The work that all peers do: the digits, the model and the budget of the task that ships.

Every peer reads the images as the task does and takes the rows that Flatbasin takes, so all train
and validate on the same arrays.
"""

from __future__ import annotations

import argparse
import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import nn

EPOCHS, GRACE, FACTOR = 27, 3, 3
LOWEST_LR, HIGHEST_LR = 1e-4, 1.0
BATCH_SIZES = [16, 32, 64, 128, 256]
MOMENTUM = 0.9

Arrays = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]


def options() -> argparse.Namespace:
    """`--samples`, `--seed`, `--rows` and `--directory`: the options of every peer."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2, help="trials at a time")
    parser.add_argument("--loop", default="tensors", help="the training loop, of Optuna alone")
    parser.add_argument("--rows", type=Path, required=True, help="the split, written by compare.py")
    parser.add_argument("--directory", type=Path, required=True, help="where results may go")
    return parser.parse_args()


def read(rows: Path) -> Arrays:
    """Training images and labels, validation images and labels."""
    package = Path(find_spec("sklearn").origin).parent  # importing it takes a second
    table = torch.from_numpy(np.loadtxt(package / "datasets/data/digits.csv.gz", delimiter=","))
    inputs, targets = (table[:, :-1] / 16).float(), table[:, -1].long()
    split = np.load(rows)
    train, validation = torch.as_tensor(split["train"]), torch.as_tensor(split["validation"])
    return inputs[train], targets[train], inputs[validation], targets[validation]


def model() -> nn.Module:
    """The multilayer perceptron 64-128-10."""
    return nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))


def show(epochs: int, best_val_loss: float) -> None:
    """Print what was done, as the one line that compare.py reads."""
    print(json.dumps({"epochs": int(epochs), "best_val_loss": float(best_val_loss)}))
