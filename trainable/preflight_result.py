"""What the batch before the first trial told; without torch, so that the driver can read it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Preflight:
    """What one batch told about a task."""

    names_read: frozenset[str]
    """Names the task read from the configuration."""
    num_parameters: int
    """Trainable parameters of the model."""
    num_examples: tuple[int | None, int | None, int | None]
    """Examples in the training, validation and test part; None where a part has no length."""
    checkpoint_bytes: int
    """Size of one checkpoint: the model's and the optimizer's tensors."""
    device: str
    """What it ran on: cpu, cuda or mps."""
    batch_size: int
    """Of the configuration that was run."""
    epoch_seconds: float | None
    """Forecast for one of its epochs, measuring included; None where data() gives a stream."""
    metrics: frozenset[str] = frozenset()
    """Names of what is measured on the validation part besides the loss."""
    notes: tuple[str, ...] = ()
    """What is to be said of the task before the first trial, a line each."""
