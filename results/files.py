"""The frames of a run as files: trials.parquet, trials.csv, epochs.parquet; folds.parquet."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from record import AnyPath, write_whole
from results.ranking import CONFIG_PREFIX
from results.run_data import RunData
from search_spaces.values import without_none


def write_frames(run: RunData, directory: AnyPath | None = None) -> list[AnyPath]:
    """Write the frames into `directory` (default: the run's) and return the files' paths.

    Each file appears whole or not at all. Values that are neither numbers nor strings
    (lists, mixed choices) are written as JSON text, None among choices as `none`.
    """
    target = directory or run.directory
    trials = _storable(run.trials)
    epochs = _storable(run.epochs)
    files: dict[str, bytes | str] = {
        "trials.parquet": trials.to_parquet(index=False),
        "trials.csv": trials.to_csv(index=False),
        "epochs.parquet": epochs.to_parquet(index=False),
    }
    if len(run.folds):
        files["folds.parquet"] = _storable(run.folds).to_parquet(index=False)
    for name, data in files.items():
        write_whole(target / name, data)
    return [target / name for name in files]


def _storable(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with every column of one type that parquet knows."""
    texts = {
        str(name): _values(frame[name]).map(_text) for name in frame if frame[name].dtype == object
    }
    return frame.assign(**texts)


def _values(column: pd.Series) -> pd.Series:
    """Of configurations None is one, and not the absence of any."""
    is_of_configs = str(column.name).startswith(CONFIG_PREFIX)
    return column.map(without_none) if is_of_configs else column


def _text(value: Any) -> str | None:
    """A string as it is, an absent value as None, anything else as JSON."""
    if isinstance(value, str):
        return value
    if value is None or value != value:
        return None
    return json.dumps(value, default=str)
