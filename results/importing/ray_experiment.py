"""A Ray Tune experiment as imported trials: its directory, or the ResultGrid in memory."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from record.goal import LOSS, Goal, Mode
from results.importing.imported_trials import (
    ImportedTrial,
    ImportedTrials,
    dimension_names,
    ended_early,
    goal_of,
)
from results.importing.ray_trials import EPOCH, RayTrial, Row, trials_in, trials_of
from results.importing.table_columns import BOOKKEEPING
from search_spaces.messages import one_line, quoted, shown
from search_spaces.values import is_number

TAKEN = {"time_this_iter_s": "seconds", "timestamp": "time"}
MEASURED = (LOSS, "train_loss", "train_eval_loss", *TAKEN.values())


def read_experiment(
    path: Path,
    *,
    metric: str | None = None,
    mode: Mode | None = None,
    columns: Mapping[str, str] | None = None,
) -> ImportedTrials:
    """The trials of the experiment in the directory `path`.

    Raises ValueError, in one line, where it is damaged, or is one trial of an experiment.
    """
    return _imported(trials_in(path), str(path), metric, mode, columns or {})


def read_grid(
    grid: Iterable[Any],
    *,
    metric: str | None = None,
    mode: Mode | None = None,
    columns: Mapping[str, str] | None = None,
) -> ImportedTrials:
    """The trials of a `ray.tune.ResultGrid`. Raises ValueError for what is none."""
    source = str(getattr(grid, "experiment_path", "") or "the ResultGrid")
    return _imported(trials_of(grid), source, metric, mode, columns or {})


def _imported(
    found: Sequence[RayTrial],
    source: str,
    metric: str | None,
    mode: Mode | None,
    columns: Mapping[str, str],
) -> ImportedTrials:
    found = _renamed(found, columns, source)
    numbers: dict[str, None] = {}
    for row in (row for trial in found for row in trial.rows):
        numbers |= dict.fromkeys(n for n in row if n not in numbers and _is_metric(n, row[n]))
    if not numbers:
        raise ValueError(f"{source} has {len(found)} trials, none of which has reported a number")
    goal = goal_of(metric, mode, numbers)
    _check_reports(found, goal, source)
    names = dimension_names(list(dict.fromkeys(n for trial in found for n in trial.config)))
    curves = [_curve(trial, goal) for trial in found]
    longest = max(curve[-1]["epoch"] for curve in curves if curve)
    trials = [
        ImportedTrial(
            trial_id=trial.name,
            config={names[n]: value for n, value in trial.config.items()},
            epochs=curve,
            status=trial.status or ended_early(curve[-1]["epoch"] if curve else 0, longest),
            error=trial.error,
        )
        for trial, curve in zip(found, curves, strict=True)
    ]
    listed = ", ".join(one_line(name, 60) for name in names)
    return ImportedTrials(
        source=source,
        kind="a Ray Tune experiment",
        trials=trials,
        goal=goal,
        has_epochs=True,
        taken=[f"hyperparameters: {listed}", f"compared by {goal.metric} ({goal.mode})"],
    )


def _renamed(found: Sequence[RayTrial], columns: Mapping[str, str], source: str) -> list[RayTrial]:
    """The trials with what `columns` names called as it is to be: parameters and metrics."""
    known = dict.fromkeys(n for t in found for of in (t.config, *t.rows[-1:]) for n in of)
    for name, column in columns.items():
        if column not in known:
            raise ValueError(
                f"--column {one_line(f'{name}={column}', 60)}: {source} has no {quoted(column)}: "
                f"it has {', '.join(one_line(n, 60) for n in known)}"
            )
    new = {column: name.removeprefix("config/") for name, column in columns.items()}

    def with_names(values: Mapping[str, Any]) -> Row:
        return {new.get(name, name): value for name, value in values.items()}

    return [
        replace(trial, config=with_names(trial.config), rows=list(map(with_names, trial.rows)))
        for trial in found
    ]


def _is_metric(name: str, value: Any) -> bool:
    is_float = isinstance(value, float)  # also one that is not finite
    taken = name in BOOKKEEPING or name in TAKEN or name == EPOCH or name.startswith("config/")
    return not taken and (is_float or is_number(value))


def _check_reports(found: Sequence[RayTrial], goal: Goal, source: str) -> None:
    for trial in found:
        for place, row in enumerate(trial.rows, start=1):
            where = f"{source}, trial {one_line(trial.name, 60)}, report {place}"
            value, epoch = row.get(goal.metric), row.get(EPOCH, place)
            if not (value is None or isinstance(value, int | float)):
                raise ValueError(
                    f"{where}: {goal.metric} is {shown(value)}, and a number is needed"
                )
            if not (is_number(epoch) and epoch >= 1 and epoch % 1 == 0):
                raise ValueError(
                    f"{where}: {EPOCH} is {shown(epoch)}, and a whole number is needed"
                )


def _curve(trial: RayTrial, goal: Goal) -> list[Row]:
    """The epochs of a trial. Of one that was reported twice, since the trial was restored, the last
    report counts; a report without the metric is of an epoch at which it was not measured."""
    epochs: dict[int, Row] = {}
    for place, reported in enumerate(trial.rows, start=1):
        if goal.metric not in reported:
            continue
        row = {TAKEN.get(name, name): value for name, value in reported.items()}
        number = int(row.get(EPOCH, place))
        epochs[number] = {"epoch": number} | {
            name: math.nan if row[name] is None else float(row[name])
            for name in dict.fromkeys((goal.metric, *MEASURED))
            if name in row and (row[name] is None or isinstance(row[name], int | float))
        }
    return [epochs[number] for number in sorted(epochs)]
