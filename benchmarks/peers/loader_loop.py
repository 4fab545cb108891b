"""The training loop of most tutorials, Optuna's PyTorch example among them: DataLoaders."""

from __future__ import annotations

import torch
from digits import MOMENTUM, Arrays, model
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class LoaderLoop:
    """One configuration in training."""

    def __init__(self, arrays: Arrays, lr: float, batch_size: int, seed: int) -> None:
        torch.manual_seed(seed)
        inputs, targets, val_inputs, val_targets = arrays
        self.batches = DataLoader(TensorDataset(inputs, targets), batch_size, shuffle=True)
        self.val_batches = DataLoader(TensorDataset(val_inputs, val_targets), batch_size)
        self.model = model()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=lr, momentum=MOMENTUM)

    def run_epoch(self) -> tuple[float, float]:
        """Train one epoch; validation loss and accuracy."""
        self.model.train()
        for inputs, targets in self.batches:
            self.optimizer.zero_grad()
            nn.functional.cross_entropy(self.model(inputs), targets).backward()
            self.optimizer.step()
        self.model.eval()
        loss, correct, total = 0.0, 0, 0
        with torch.no_grad():
            for inputs, targets in self.val_batches:
                outputs = self.model(inputs)
                loss += nn.functional.cross_entropy(outputs, targets, reduction="sum").item()
                correct += int((outputs.argmax(1) == targets).sum())
                total += len(targets)
        return loss / total, correct / total
