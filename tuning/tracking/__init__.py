"""A search in other tools: what is written to the record goes to trackers, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from record import AnyPath
from tuning.options import SearchOptions
from tuning.tracking.background import Background
from tuning.tracking.callback import CallbackTracker, OnRecord
from tuning.tracking.mlflow import MlflowTracker
from tuning.tracking.tensorboard import TensorBoardTracker
from tuning.tracking.tracker import Tracker
from tuning.tracking.wandb import WandbTracker

__all__ = ["OnRecord", "make_trackers"]


def make_trackers(
    track: str | None,
    on_record: OnRecord | None,
    run: AnyPath,
    metric: str,
    tell: Callable[[str], None],
) -> Iterator[Background]:
    """The trackers of the run at `run`, whose trials are compared by `metric`.

    `tell` is given a line where one of them fails. Raises ValueError where a package is missing.
    """
    if track is not None:
        yield Background(f"--track {track}", _named(track, run, metric), tell)
    if on_record is not None:
        yield Background("on_record", CallbackTracker(on_record), tell)


def local_place(run: AnyPath) -> Path:
    """Where trackers write that write to files: the run's directory.

    For a run in a store it is one of the same name where runs are by default: tools that show a
    search as it goes read local files, and what is uploaded at the end is late, or lost.
    """
    if isinstance(run, Path):
        return run
    return Path(SearchOptions.model_fields["runs_dir"].default).resolve() / run.name


def _named(track: str, run: AnyPath, metric: str) -> Tracker:
    place = local_place(run)
    if track == "mlflow":
        return MlflowTracker(place)
    if track == "wandb":
        return WandbTracker(run.name, place)
    return TensorBoardTracker(place / "tensorboard", metric)
