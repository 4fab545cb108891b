"""What the trials of a run are compared by: a metric, and whether it is to be low or high."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Mode = Literal["min", "max"]
MIN, MAX = get_args(Mode)

LOSS = "val_loss"
"""The metric of a run that names none."""

MODES: Mapping[str, Mode] = {
    "accuracy": "max",
    "balanced_accuracy": "max",
    "f1": "max",
    "auroc": "max",
    "average_precision": "max",
    "rmse": "min",
    "mae": "min",
    "r2": "max",
}
"""Of scikit-learn's metrics by name, whether each is better the higher or the lower."""


def known_mode(metric: str) -> Mode | None:
    """Whether a metric is to be low or high, where its name says so."""
    return MIN if metric == LOSS else MODES.get(metric)


@dataclass(frozen=True)
class Goal:
    """A metric of the validation part, and whether it is to be low or high."""

    metric: str = LOSS
    mode: Mode = MIN

    @classmethod
    def of_options(cls, options: Mapping[str, Any]) -> Goal:
        """That of a run with these options; the validation loss where they say nothing."""
        mode = options.get("mode")
        return cls(str(options.get("metric") or LOSS), MAX if mode == MAX else MIN)

    @property
    def is_loss(self) -> bool:
        """Whether it is the validation loss."""
        return self.metric == LOSS

    @property
    def sign(self) -> int:
        """What makes of the metric a number to minimise, and of that the metric again."""
        return -1 if self.mode == MAX else 1

    def objective(self, line: Mapping[str, Any]) -> float | None:
        """The number to minimise, of an epoch's line; None where it is absent or not finite."""
        value = line.get(self.metric)
        known = isinstance(value, int | float) and math.isfinite(value)
        return self.sign * float(value) if known else None  # type: ignore[arg-type]


VALIDATION_LOSS = Goal()
