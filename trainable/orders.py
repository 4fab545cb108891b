"""What a worker is told to do, and what it tells in return."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Order:
    """One trial, or a part of one, for a worker to run."""

    trial_id: str
    attempt: int
    config: dict[str, Any]
    seed: int
    epochs: int
    recorded: int = 0
    """The last of its epochs that the record holds: a checkpoint may be ahead of it."""
    ask_at: frozenset[int] = frozenset()
    """Epochs after which the worker waits for the scheduler's word."""
    checkpoint_dir: str
    checkpoint_seconds: float
    """Training time between two checkpoints."""
    best_dir: str | None = None
    """Where the trained model goes, for the trial whose model is kept."""
    look_at_test: bool = False
    """Whether the test loss is measured at the end."""


@dataclass(frozen=True, kw_only=True)
class PreflightOrder:
    """One batch of `config`, before the first trial."""

    config: dict[str, Any]
    epochs: int


@dataclass(frozen=True)
class RestOrder:
    """Nothing for now: leave the trial, and ask again from time to time."""


AnyOrder = Order | PreflightOrder | RestOrder


@dataclass(frozen=True)
class Preflight:
    """What one batch told about a task."""

    names_read: frozenset[str]
    """Names the task read from the configuration."""
    num_parameters: int
    """Trainable parameters of the model."""
    num_examples: tuple[int | None, int | None, int | None]
    """Examples in the training, validation and test part; None where a part has no length."""
    data_bytes: int | None
    """Memory of the three parts; None where they are not held as tensors."""
    checkpoint_bytes: int
    """Size of one checkpoint: the model's and the optimizer's tensors."""
    device: str
    """What it ran on: cpu, cuda or mps."""
    batch_size: int
    """Of the configuration that was run."""
    step_seconds: float
    """One training step of that configuration, warmed up where that took no long time."""
    epoch_seconds: float | None
    """Forecast for one of its epochs, measuring included; None where data() gives a stream."""


@dataclass
class Report:
    """What a worker did since its last report."""

    trial_id: str | None = None
    epochs: list[dict[str, Any]] = field(default_factory=list)
    """One row per epoch, with the fields of `EpochMetrics`, those of `extra` beside them."""
    ended: str | None = None
    """`finished`, `diverged` or `failed`, at the trial's end."""
    error: str | None = None
    """One line on what failed."""
    traceback: str | None = None
    storage: str | None = None
    """Why the run's directory could not be written: no fault of the trial, which goes on."""
    retry: bool = True
    """Whether trying a failed trial again can help: a batch too large for memory stays so."""
    test_loss: float | None = None
    preflight: Preflight | None = None
    """What the batch before the first trial told; a generator task has none to run."""
    preflight_done: bool = False
    ready: bool = False
    """The task and its data are loaded: set in a worker's first report."""
