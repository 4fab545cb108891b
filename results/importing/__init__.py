"""Runs of other people's trials: tables, Optuna studies, Ray Tune experiments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from record import AnyPath, as_path
from record.goal import Mode
from results.importing.imported_trials import ImportedTrials
from results.importing.ray_experiment import read_grid
from results.importing.run_writing import ORIGINS, run_of_trials
from results.importing.sources import read_source
from results.importing.trial_table import read_table
from results.run import Run
from search_spaces import SpaceSpec

__all__ = [
    "ORIGINS",
    "ImportedTrials",
    "from_dataframe",
    "from_result_grid",
    "read_source",
    "run_of_trials",
]


def from_dataframe(
    frame: pd.DataFrame,
    *,
    metric: str | None = None,
    mode: Mode | None = None,
    columns: Mapping[str, str] | None = None,
    space: SpaceSpec | None = None,
    set: Sequence[str] = (),
    path: str | AnyPath | None = None,
) -> Run:
    """A run of the trials in a DataFrame, a row per trial or per trial and epoch.

    `metric` is what they are compared by (default: `val_loss`), `mode` whether it is to be low
    (`min`) or high (`max`), `columns` maps names that are wanted to columns that are there:
    `{"lr": "learning_rate"}`. `space` and `set` say what was searched, as --space and --set do;
    it is otherwise taken from the values. The run is written to the directory `path`, if given, and
    else in memory alone.

    Raises ValueError, in one line, for a frame that is not such a table.
    """
    found = read_table(
        frame.reset_index(drop=True),
        source="DataFrame",
        kind="a table",
        metric=metric,
        mode=mode,
        columns=columns,
    )
    return run_of_trials(found, None if path is None else _unused(path), space, set)


def from_result_grid(
    grid: Iterable[Any],
    *,
    metric: str | None = None,
    mode: Mode | None = None,
    columns: Mapping[str, str] | None = None,
    space: SpaceSpec | None = None,
    set: Sequence[str] = (),
    path: str | AnyPath | None = None,
) -> Run:
    """A run of the trials in a `ray.tune.ResultGrid`, as `Tuner.fit()` returns it.

    The arguments are those of `from_dataframe`; `space` may be the `param_space` of the Tuner.
    """
    found = read_grid(grid, metric=metric, mode=mode, columns=columns)
    return run_of_trials(found, None if path is None else _unused(path), space, set)


def _unused(path: str | AnyPath) -> AnyPath:
    place = as_path(path)
    if isinstance(place, Path) and place.exists():
        raise ValueError(f"{place} is there already: choose another path")
    return place
