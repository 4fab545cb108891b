"""What a worker is told to do, and what it reports in return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trainable.preflight_result import Preflight
from trainable.splits import Fold

REPORT_SECONDS = 0.5
"""Epochs of a trial are reported at least this often, one long epoch apart ..."""
MOST_REPORTS = 200.0
"""... but all workers together send no more than so many a second: a driver takes some 320."""


def report_seconds(num_workers: int, timeout: float | None = None) -> float:
    """Seconds between two reports of each of `num_workers`, rungs and ends of trials apart.

    Half of `timeout` at most, the seconds of silence after which a trial counts as hung.
    """
    seconds = max(REPORT_SECONDS, num_workers / MOST_REPORTS)
    return seconds if timeout is None else min(seconds, timeout / 2)


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """One trial, or the rest of one, for a worker to run."""

    trial_id: str
    attempt: int
    config: dict[str, Any]
    seed: int
    epochs: int
    steps: int | None = None
    """Optimizer steps in all, in `epochs` equal parts; None where an epoch is a pass."""
    fold: Fold | None = None
    """The split of the data; None for that of the search."""
    ask_at: frozenset[int] = frozenset()
    """Epochs after which the worker waits for the scheduler's word."""
    report_seconds: float = REPORT_SECONDS
    """Training time between two reports elsewhere."""
    checkpoint_dir: str
    checkpoint_seconds: float
    """Training time between two checkpoints."""
    keep_checkpoint: bool = False
    """Whether there is to be one at its very end, too."""
    recorded_epochs: int = 0
    """Epochs that the record holds: a checkpoint that is further would leave a hole in it."""
    best_dir: str | None = None
    """Where the trained model goes, for the trial whose model is kept."""
    look_at_test: bool = False
    """Whether the test part is measured at the end."""


@dataclass(frozen=True, kw_only=True)
class PreflightAssignment:
    """One batch of `config`, before the first trial."""

    config: dict[str, Any]
    epochs: int
    steps: int | None = None
    batch_sizes: tuple[int, ...] = ()
    """Those that are searched, where they can be listed."""
    folds: int | None = None
    """Splits of the data that trials will train on, beside that of the search."""


@dataclass(frozen=True)
class NoAssignment:
    """Nothing for now: leave the trial, and ask again from time to time."""


AnyAssignment = Assignment | PreflightAssignment | NoAssignment


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
    breaks_contract: bool = False
    """Whether it failed of what no configuration mends: what `train` yields, for one."""
    retry: bool = True
    """Whether trying a failed trial again can help: a batch too large for memory stays so."""
    test: Mapping[str, float] | None = None
    """What was measured on the test part: `loss`, and metrics by name."""
    warning: str | None = None
    """The first warning that was raised since the last report."""
    preflight: Preflight | None = None
    """What the batch before the first trial told; a generator task has none to run."""
    preflight_done: bool = False
