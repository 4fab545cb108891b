"""An Optuna study as imported trials: parameters, distributions, values, curves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from record.goal import LOSS, MAX, MIN, Goal, Mode
from record.lines import DIVERGED, FAILED, FINISHED, INTERRUPTED, STATUSES, STOPPED
from results.importing.imported_trials import (
    ImportedTrial,
    ImportedTrials,
    as_epochs,
    dimension_names,
)
from results.importing.optuna_distributions import around
from results.importing.optuna_storage import (
    MAXIMIZE,
    SQLITE_MAGIC,
    StoredStudy,
    StoredTrial,
    journal_studies,
    sqlite_studies,
)
from search_spaces import Dimension, Searched
from search_spaces.messages import one_line, quoted, shown

STATUS_OF = {
    "COMPLETE": FINISHED,
    "PRUNED": STOPPED,
    "FAIL": FAILED,
    "RUNNING": INTERRUPTED,
}
"""Those that wait have not begun: they are left out."""


def read_study(
    path: Path,
    *,
    study: str | None = None,
    metric: str | None = None,
    mode: Mode | None = None,
    columns: Mapping[str, str] | None = None,
) -> ImportedTrials:
    """The study in the SQLite file or journal at `path`: the one of that name, or the only one.

    `metric` is what its value is to be called: by default as the study calls it, or `val_loss`
    where it is minimised. `columns` renames parameters.

    Raises ValueError, in one line, for what is no such file, holds no or several studies, a study
    of several objectives, or none of whose trials has begun.
    """
    with path.open("rb") as file:
        is_sqlite = file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC
    studies = sqlite_studies(path, study) if is_sqlite else journal_studies(path)
    found = _chosen(path, studies, study)
    if len(found.directions) > 1:
        raise ValueError(
            f"study {quoted(found.name)} has {len(found.directions)} objectives, and a run is "
            "compared by one: write study.trials_dataframe() as CSV, and choose one with --metric"
        )
    begun = [trial for trial in found.trials if trial.state in STATUS_OF]
    if not begun:
        raise ValueError(
            f"study {quoted(found.name)} in {path} is empty: none of its {len(found.trials)} "
            "trials has begun; run some, or choose another with --study"
        )
    goal = _goal(found, metric, mode)
    curves, remark = _curves(begun, goal)
    names = _names(begun, columns or {})
    trials = [
        _imported(trial, goal, curves[trial.number], names)
        for trial in begun
        if trial.number in curves
    ]
    return ImportedTrials(
        source=str(path),
        kind="an Optuna study",
        trials=trials,
        goal=goal,
        dimensions=_dimensions(begun, names),
        has_epochs=any(len(curve) > 1 for curve in curves.values()),
        taken=[
            f"study {one_line(found.name)}: its value as {goal.metric} ({goal.mode})",
            *([remark] if remark else []),
        ],
    )


def _chosen(path: Path, studies: Sequence[StoredStudy], wanted: str | None) -> StoredStudy:
    listed = ", ".join(one_line(study.name, 60) for study in studies[:20])
    if not studies:
        raise ValueError(f"{path} holds no study: it is the storage of a search that never began")
    if wanted is None and len(studies) > 1:
        raise ValueError(f"{path} holds {len(studies)} studies: choose with --study ({listed})")
    for study in studies:
        if wanted in (None, study.name):
            return study
    raise ValueError(f"--study {shown(wanted)} is not in {path}: it holds {listed}")


def _goal(study: StoredStudy, metric: str | None, mode: Mode | None) -> Goal:
    """The study says the direction; of its value's name it often says nothing."""
    own: Mode = MAX if study.directions == [MAXIMIZE] else MIN
    if mode not in (None, own):
        raise ValueError(
            f"--mode {shown(mode)} is not what the study {quoted(study.name)} was after, which is "
            f"{own}: leave it out"
        )
    return Goal(metric or study.metric or (LOSS if own == MIN else "value"), own)


def _curves(trials: Sequence[StoredTrial], goal: Goal) -> tuple[dict[int, dict[int, float]], str]:
    """Per trial's number its metric by epoch, and a remark on what was left out, or empty.

    A study may report one number and return another. Where the last reported value of every
    complete trial is its value, or the best one is, both are the same number and the curve is what
    was reported. Otherwise only the values compare, and pruned trials, which have none, do not.
    """
    known = [t for t in trials if t.state == "COMPLETE" and t.value is not None and t.intermediate]
    best = max if goal.mode == MAX else min
    is_last = all(_equal(t.intermediate[max(t.intermediate)], t.value) for t in known)
    is_best = all(_equal(best(t.intermediate.values()), t.value) for t in known)
    epochs = as_epochs({step for t in trials for step in t.intermediate}, scaled=True)
    if is_last or is_best:
        remark = (
            ""
            if is_last
            else "the study's values are the best of each curve: trials are compared by their last"
        )
        return {trial.number: _curve(trial, epochs) for trial in trials}, remark

    ended = [trial for trial in trials if trial.state != "PRUNED"]
    remark = (
        "the study reports another number than it returns: its curves, and "
        f"{len(trials) - len(ended)} pruned trials, are left out"
    )
    return {t.number: _curve(replace(t, intermediate={}), epochs) for t in ended}, remark


def _curve(trial: StoredTrial, epochs: Mapping[int, int]) -> dict[int, float]:
    """What was reported by epoch; without that the value as the only one."""
    if trial.intermediate:
        return {epochs[step]: trial.intermediate[step] for step in sorted(trial.intermediate)}
    return {} if trial.value is None else {1: trial.value}


def _equal(one: float, other: float | None) -> bool:
    return other is not None and math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


def _names(trials: Sequence[StoredTrial], columns: Mapping[str, str]) -> dict[str, str]:
    """The name of each parameter's hyperparameter."""
    params = dict.fromkeys(name for trial in trials for name in trial.params)
    for name, source in columns.items():
        if source not in params:
            listed = ", ".join(one_line(param, 60) for param in params)
            raise ValueError(
                f"--column {one_line(f'{name}={source}', 60)}: the study has no parameter "
                f"{quoted(source)}: it has {listed}"
            )
    renamed = {source: name.removeprefix("config/") for name, source in columns.items()}
    own = {param: renamed.get(param, param) for param in params}
    written = dimension_names(list(own.values()))
    return {param: written[name] for param, name in own.items()}


def _imported(
    trial: StoredTrial, goal: Goal, curve: Mapping[int, float], names: Mapping[str, str]
) -> ImportedTrial:
    """Attributes `seed`, `status` and `error` are as this program's own export writes them."""
    attributes = trial.attributes
    status = attributes.get("status")
    seed, error = attributes.get("seed"), attributes.get("error")
    at = {} if trial.ended is None else {"time": trial.ended}
    if status == DIVERGED:  # such an export leaves out the epoch whose loss was not finite
        curve = {**curve, max(curve, default=0) + 1: math.nan}
    return ImportedTrial(
        trial_id=f"s{trial.number:05d}",
        config={names[name]: value for name, (value, _) in trial.params.items()},
        epochs=[{"epoch": epoch, goal.metric: value} | at for epoch, value in curve.items()],
        status=status if status in STATUSES else STATUS_OF[trial.state],
        seed=seed if type(seed) is int else None,
        error=error if isinstance(error, str) else None,
    )


def _dimensions(trials: Sequence[StoredTrial], names: Mapping[str, str]) -> dict[str, Dimension]:
    """The distributions; of one that changed in the course of the study the smallest around all."""
    found: dict[str, list[Searched]] = {}
    for trial in trials:
        for name, (_, dimension) in trial.params.items():
            known = found.setdefault(names[name], [])
            if dimension not in known:
                known.append(dimension)
    return {name: around(dimensions) for name, dimensions in found.items()}
