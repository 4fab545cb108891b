"""A run for other tools: an Optuna study, or its frames as CSV or Parquet."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pandas as pd

from record.goal import MIN, Goal
from results.files import write_frames
from results.ranking import row_config
from results.run_data import RunData
from search_spaces import Choice, Dimension, Float, Int

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

MOST_TRIALS_AT_ONCE = 500
"""Trials handed to Optuna in one transaction."""

ATTRIBUTES = ("trial_id", "stage", "seed", "status", "verdict", "error")
"""Columns of the trials frame that become attributes of an Optuna trial."""


def export(
    run: RunData,
    *,
    optuna: Path | None = None,
    csv: Path | None = None,
    parquet: Path | None = None,
) -> list[Path]:
    """Write `run` in each form asked for and return the paths written.

    `optuna` is an SQLite file, made or added to, in which the study gets the run's name. `csv`
    and `parquet` are directories for trials and epochs. Raises ValueError, in one line, where
    nothing is asked for, Optuna is missing, or the study is there already.
    """
    if optuna is None and csv is None and parquet is None:
        raise ValueError("export needs a target: --optuna FILE, --csv DIR or --parquet DIR")

    written = [] if optuna is None else [export_study(run, optuna)]
    if csv is not None:
        written += export_frames(run, csv, "csv")
    if parquet is not None:
        written += export_frames(run, parquet, "parquet")
    return written


def export_frames(run: RunData, directory: Path, form: str) -> list[Path]:
    """trials and epochs in `directory` as files of one form, `csv` or `parquet`.

    Values that are neither numbers nor strings are JSON text, as in the run's own frames.
    """
    directory.mkdir(parents=True, exist_ok=True)
    written = [directory / f"{name}.{form}" for name in ("trials", "epochs")]
    with TemporaryDirectory(dir=directory) as scratch:
        write_frames(run, Path(scratch))
        for path in written:
            whole = Path(scratch) / f"{path.stem}.parquet"
            if form == "csv":
                pd.read_parquet(whole).to_csv(path, index=False)
            else:
                os.replace(whole, path)
    return written


def export_study(run: RunData, path: Path) -> Path:
    """The run as a study in the SQLite file `path`, which optuna-dashboard opens.

    Finished trials are COMPLETE with their final metric, trials stopped early PRUNED, all others
    FAIL; every finite metric is an intermediate value at its epoch.
    """
    optuna = _optuna()
    path.parent.mkdir(parents=True, exist_ok=True)
    direction = "minimize" if run.goal.mode == MIN else "maximize"
    try:
        study = optuna.create_study(
            storage=f"sqlite:///{path}", study_name=run.path.resolve().name, direction=direction
        )
    except optuna.exceptions.DuplicatedStudyError:
        raise ValueError(
            f"{path} holds a study of {run.path.name} already: choose another file"
        ) from None

    trials = study_trials(run)
    for first in range(0, len(trials), MOST_TRIALS_AT_ONCE):
        study.add_trials(trials[first : first + MOST_TRIALS_AT_ONCE])
    return path


def study_trials(run: RunData) -> list[FrozenTrial]:
    """The trials as Optuna keeps them, in the order they began."""
    spaces = {name: distribution(found) for name, found in run.space.dimensions.items()}
    curves = {str(key): rows for key, rows in run.epochs.groupby("trial_id", sort=False)}
    nothing = run.epochs.iloc[:0]
    return [
        _frozen(row, curves.get(row["trial_id"], nothing), spaces, run.goal)
        for row in run.trials.to_dict("records")
    ]


def distribution(dimension: Dimension) -> BaseDistribution | None:
    """A dimension as Optuna's; None for a form unknown there."""
    from optuna import distributions

    match dimension:
        case Choice(choices) if not any(isinstance(choice, list | dict) for choice in choices):
            return distributions.CategoricalDistribution(choices)
        case Float(low, high, log):
            # a step moves the upper end down to a multiple, which may put a value outside
            return distributions.FloatDistribution(low, high, log=log)
        case Int(low, high, log):
            return distributions.IntDistribution(low, high, log=log)
        case _:
            return None


def _frozen(
    row: Mapping[Any, Any],
    curve: pd.DataFrame,
    spaces: Mapping[str, BaseDistribution | None],
    goal: Goal,
) -> FrozenTrial:
    """One trial. What Optuna has no distribution for becomes an attribute of it."""
    import optuna

    state = {
        "finished": optuna.trial.TrialState.COMPLETE,
        "stopped": optuna.trial.TrialState.PRUNED,
    }.get(row["status"], optuna.trial.TrialState.FAIL)
    is_complete = row["status"] == "finished" and math.isfinite(row["metric"])
    if row["status"] == "finished" and not is_complete:  # a trial without a metric has no value
        state = optuna.trial.TrialState.FAIL
    config = row_config(row)
    known = {n: d for n in config if (d := spaces.get(n)) is not None and _holds(d, config[n])}
    begun, ended = _times(curve)
    values = zip(curve["epoch"], goal.sign * curve["objective"], strict=True)
    trial = optuna.trial.create_trial(
        state=state,
        value=float(row["metric"]) if is_complete else None,
        params={name: config[name] for name in known},
        distributions=known,
        intermediate_values={int(epoch): float(v) for epoch, v in values if math.isfinite(v)},
        user_attrs=_attributes(row, {n: v for n, v in config.items() if n not in known}),
    )
    trial.datetime_start, trial.datetime_complete = begun, ended
    return trial


def _attributes(row: Mapping[Any, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    """What a trial has beside parameters and losses."""
    known = {name: row[name] for name in ATTRIBUTES}
    found = {name: value for name, value in known.items() if value is not None and value == value}
    return (
        found | {"seconds": float(row["seconds"])} | {f"config/{n}": v for n, v in others.items()}
    )


def _times(curve: pd.DataFrame) -> tuple[datetime, datetime]:
    """When the first epoch began and the last one ended, local time as Optuna keeps it."""
    times = curve["time"].dropna()
    if times.empty:
        start = datetime.now(UTC)
        return start.astimezone().replace(tzinfo=None), start.astimezone().replace(tzinfo=None)
    begun = datetime.fromtimestamp(float(times.iloc[0]))
    seconds = curve["seconds"].iloc[0]
    ended = datetime.fromtimestamp(float(times.iloc[-1]))
    return begun - timedelta(seconds=float(seconds) if seconds == seconds else 0.0), ended


def _holds(space: BaseDistribution, value: Any) -> bool:
    """Whether Optuna takes the value for this dimension."""
    if hasattr(space, "choices"):
        return value in space.choices
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and space.low <= value <= space.high


def _optuna() -> Any:
    """Optuna, or one line on how to get it."""
    try:
        import optuna
    except ModuleNotFoundError:
        raise ValueError("--optuna needs Optuna: pip install 'flatbasin[optuna]'") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
