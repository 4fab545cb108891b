"""The weights of a trial's best epoch, kept while it trains on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from record.goal import Goal
from record.settings import BEST_EPOCH_FILE
from trainable.epoch_metrics import EpochMetrics


class BestEpoch:
    """What a trial showed after each epoch, and its weights after the best one."""

    def __init__(self, goal: Goal) -> None:
        self.goal = goal
        self.objectives: list[float] = []
        """The number to minimise after each epoch; infinite where there was none."""
        self.epoch = 0
        """The epoch of the lowest, from 1; 0 before the first."""
        self._weights: dict[str, torch.Tensor] = {}

    def add(self, metrics: EpochMetrics, model: nn.Module) -> None:
        """Take one epoch in."""
        found = self.goal.objective({"val_loss": metrics.val_loss, **metrics.extra})
        objective = float("inf") if found is None else found
        if objective < min(self.objectives, default=float("inf")):
            self.epoch = metrics.epoch
            state = model.state_dict()
            self._weights = {name: t.detach().to("cpu", copy=True) for name, t in state.items()}
        self.objectives.append(objective)

    def state(self) -> dict[str, Any]:
        """All that `load` needs."""
        return {"objectives": self.objectives, "epoch": self.epoch, "weights": self._weights}

    def load(self, state: dict[str, Any]) -> None:
        """Go on where `state` was taken."""
        self.objectives, self.epoch = list(state["objectives"]), state["epoch"]
        self._weights = state["weights"]

    def export(self, model: nn.Module, directory: Path) -> None:
        """Write the weights of the best epoch, its number in the file's metadata.

        The `model` has them only while they are written.
        """
        from safetensors.torch import save_model

        last = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        model.load_state_dict(self._weights)
        metadata = {"epoch": str(self.epoch)}
        try:
            save_model(model, str(directory / BEST_EPOCH_FILE), metadata=metadata)
        finally:
            model.load_state_dict(last)
