"""What one epoch came to."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass(frozen=True)
class EpochMetrics:
    """What one epoch came to; losses are means per example."""

    epoch: int
    train_loss: float
    """Running mean over the epoch, in train mode."""
    val_loss: float
    """After the epoch, in eval mode, on the validation part."""
    train_eval_loss: float | None
    """After the epoch, in eval mode, on a fixed part of the training data; a generator has none."""
    seconds: float
    """Wall time of the epoch, measuring included."""
    steps: int | None
    """Optimizer steps of the epoch; unknown for a generator."""
    extra: dict[str, float] = field(default_factory=dict)
    """The task's own metrics, on the validation part."""

    @property
    def diverged(self) -> bool:
        """Whether a loss is no longer finite: training on is of no use."""
        return not (math.isfinite(self.train_loss) and math.isfinite(self.val_loss))
