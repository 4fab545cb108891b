"""Where a search compares its trials: the rungs of ASHA (arXiv 1810.05934), and their defaults."""

from __future__ import annotations

EPOCH, EVALUATION = "epoch", "evaluation"

DEFAULT_REDUCTION_FACTOR = 3
"""One in so many trials goes on at each rung."""


def default_grace(epochs: int) -> int:
    """Epochs that every trial may run: an eighth of the budget, since that halves the excess loss
    that a grace of 1 has (docs/decisions.md)."""
    return max(1, epochs // 8)


def rungs(grace_epochs: int, reduction_factor: int, epochs: int) -> tuple[int, ...]:
    """The epochs at which trials are compared: grace, grace x factor, ... below the full budget."""
    found = []
    rung = grace_epochs
    while rung < epochs and reduction_factor > 1:  # a factor of 1: run.toml was edited
        found.append(rung)
        rung *= reduction_factor
    return tuple(found)


def unit_of(steps: int | None) -> str:
    """What a trial is measured after: an epoch, or an evaluation where its budget is in steps."""
    return EPOCH if steps is None else EVALUATION
