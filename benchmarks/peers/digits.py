"""The work that all peers do: the digits, the model and the budget of the task that ships.

Every peer reads the images from scikit-learn and takes the rows that Flatbasin takes, so all train
and validate on the same arrays.
"""

from __future__ import annotations

import argparse
import json
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
    parser.add_argument("--rows", type=Path, required=True, help="the split, written by compare.py")
    parser.add_argument("--directory", type=Path, required=True, help="where results may go")
    return parser.parse_args()


def read(rows: Path) -> Arrays:
    """Training images and labels, validation images and labels."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    inputs, targets = torch.tensor(images / 16, dtype=torch.float32), torch.tensor(labels)
    split = np.load(rows)
    train, validation = torch.as_tensor(split["train"]), torch.as_tensor(split["validation"])
    return inputs[train], targets[train], inputs[validation], targets[validation]


def model() -> nn.Module:
    """The multilayer perceptron 64-128-10."""
    return nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))


def show(epochs: int, best_val_loss: float) -> None:
    """Print what was done, as the one line that compare.py reads."""
    print(json.dumps({"epochs": int(epochs), "best_val_loss": float(best_val_loss)}))
