"""The frames of a run as files: trials.parquet, trials.csv, epochs.parquet."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from results.store import Run


def write_frames(run: Run, directory: Path | None = None) -> list[Path]:
    """Write the frames into `directory` (default: the run's) and return the files' paths.

    Each file appears whole or not at all. Values that are neither numbers nor strings
    (lists, mixed choices) are written as JSON text.
    """
    target = directory or run.path
    trials = _storable(run.trials)
    epochs = _storable(run.epochs)
    return [
        _write(target / "trials.parquet", lambda path: trials.to_parquet(path, index=False)),
        _write(target / "trials.csv", lambda path: trials.to_csv(path, index=False)),
        _write(target / "epochs.parquet", lambda path: epochs.to_parquet(path, index=False)),
    ]


def _write(path: Path, write: Callable[[Path], None]) -> Path:
    """Write under a temporary name beside `path`, then rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)

    return path


def _storable(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with every column of one type that parquet knows."""
    return frame.assign(
        **{str(name): frame[name].map(_text) for name in frame if frame[name].dtype == object}
    )


def _text(value: Any) -> str | None:
    """A string as it is, an absent value as None, anything else as JSON."""
    if isinstance(value, str):
        return value
    if value is None or value != value:
        return None
    return json.dumps(value, default=str)
