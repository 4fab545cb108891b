"""Several runs as one body of evidence: `load(["runs/first", "runs/second"])`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from results.comparable import run_names, what_differs
from results.diagnosis import verdicts
from results.ranking import CONFIG_PREFIX, configuration_ids, row_config
from results.run import Run
from search_spaces import Choice, Space
from search_spaces.union import union

MIXED = "mixed"
"""The scheduler of runs that compared their trials at different epochs, or by different rules."""


def together(runs: Sequence[Run]) -> Run:
    """The trials of all `runs` in one run; a single one as it is.

    Its space is the smallest that holds those of all, and may hold what none of them could try.
    The number of its run stands before each trial's id, and in the column `run` of the trials.
    What was trained twice, the same configuration with the same seed, is taken once. It is in no
    directory: `path` is a name, `parts` are the directories.

    Raises ValueError, in one line, where runs cannot be compared, a run is given twice, or their
    spaces do not overlap.
    """
    if not runs:
        raise ValueError("there is no run to load: name at least one")
    if len(runs) == 1:
        return runs[0]
    names = run_names(runs)
    _check_comparable(runs, names)
    space = union({name: run.space for name, run in zip(names, runs, strict=True)})
    frames = [_prefixed(_with_constants(run), n).assign(run=n) for n, run in _numbered(runs)]
    for run, frame in zip(runs, frames, strict=True):
        _check_known(frame, run, space)
    ours = [number for number, run in _numbered(runs) if not run.imported]
    trials = _distinct(pd.concat(frames, ignore_index=True), ours)
    epochs = pd.concat([_prefixed(run.epochs, number) for number, run in _numbered(runs)])
    epochs = epochs[epochs["trial_id"].isin(trials["trial_id"])].reset_index(drop=True)
    return Run(
        path=runs[0].path.resolve().with_name("+".join(run.path.resolve().name for run in runs)),
        parts=tuple(part for run in runs for part in run.directories),
        trials=trials.assign(verdict=[str(v) for v in verdicts(trials, epochs, runs[0].unit)]),
        epochs=epochs,
        folds=_folds(runs),
        options=_options(runs),
        space=space,
        roles={f"{n}-{key}": role for n, run in _numbered(runs) for key, role in run.roles.items()},
        controls=frozenset(f"{n}-{key}" for n, run in _numbered(runs) for key in _controls(run)),
        tests=tuple(
            {**line, "trial_id": f"{n}-{line['trial_id']}"}
            for n, run in _numbered(runs)
            for line in run.tests
        ),
        wall_seconds=sum(run.wall_seconds for run in runs),
        damaged_lines=sum(run.damaged_lines for run in runs),
        is_stored=all(run.is_stored for run in runs),
        imported=next((run.imported for run in runs if run.imported), {}),
    )


def _numbered(of_runs: Iterable[Any]) -> Iterable[tuple[int, Any]]:
    return enumerate(of_runs, start=1)


def _check_comparable(runs: Sequence[Run], names: Sequence[str]) -> None:
    """All runs are others, and all their losses compare."""
    places = Counter(place for run in runs if run.is_stored for place in _places(run))
    for place, times in places.items():
        if times > 1:
            raise ValueError(f"{place} is given twice: a run counts once")
    for other, name in zip(runs[1:], names[1:], strict=True):
        if differs := what_differs(runs[0], other):
            raise ValueError(
                f"{names[0]} and {name} cannot be taken together: they differ in {differs}"
            )


def _places(run: Run) -> list[str]:
    return [str(part.resolve()) for part in run.directories]


def _with_constants(run: Run) -> pd.DataFrame:
    """Its trials with each constant of its space, also where the record does not repeat it."""
    trials = run.trials
    for name, dimension in run.space.dimensions.items():
        column = CONFIG_PREFIX + name
        if not isinstance(dimension, Choice) or dimension.num_values != 1 or column in trials:
            continue
        if name not in run.space.conditions:
            values = [dimension.from_unit(0)] * len(trials)
            trials = trials.assign(**{column: pd.Series(values, trials.index)})
    return trials


def _check_known(trials: pd.DataFrame, run: Run, space: Space) -> None:
    """The trials of `run` have a value for each dimension of `space` that they need."""
    missing = [name for name in space.dimensions if name not in run.space.dimensions]
    for config in map(row_config, trials.to_dict("records") if missing else []):
        for name in missing:
            condition = space.conditions.get(name)
            if name not in config and (condition is None or condition.holds(config)):
                raise ValueError(
                    f"{run.path.name} has no value of {name} on record, which is searched "
                    f"elsewhere: search again with --set {name}=VALUE"
                )


def _prefixed(frame: pd.DataFrame, number: int) -> pd.DataFrame:
    """The rows with the number of their run before the trial's id."""
    return frame.assign(trial_id=f"{number}-" + frame["trial_id"].astype(str))


def _distinct(trials: pd.DataFrame, ours: Collection[int]) -> pd.DataFrame:
    """Without what an other run trained too: the same configuration and seed give the same curve.

    The run that trained it longest keeps it. Of trials that were imported nobody knows that: their
    seeds may be numbers that they were given.
    """
    key = pd.Series(configuration_ids(trials)).astype(str) + "/" + trials["seed"].astype(str)
    longest = np.argsort(-trials["epochs"].to_numpy(), kind="stable")
    owner = trials["run"].iloc[longest].groupby(key.iloc[longest]).first()
    is_own = trials["run"] == key.map(owner)
    return trials[is_own | ~trials["run"].isin(ours)].reset_index(drop=True)


def _folds(runs: Sequence[Run]) -> pd.DataFrame:
    """The trials on other splits; those of another number of splits are on splits of their own."""
    frames, first = [], 0
    numbers: dict[Any, int] = {}
    for number, run in _numbered(runs):
        if run.folds.empty:
            continue
        of = run.options.get("folds")
        if of not in numbers:
            numbers[of], first = first, first + int(run.folds["fold"].max()) + 1
        frame = run.folds.assign(run=number, fold=run.folds["fold"] + numbers[of])
        frames.append(_prefixed(frame, number))
    return pd.concat(frames, ignore_index=True) if frames else runs[0].folds


def _controls(run: Run) -> Iterable[str]:
    """Trials that were never to be stopped: all of a run that stops none."""
    if run.options.get("scheduler") == "none":
        return list(run.trials.loc[run.trials["stage"] == "search", "trial_id"])
    return run.controls


def _options(runs: Sequence[Run]) -> Mapping[str, Any]:
    """What is the same in all as it is, the rest as a text: `1 and 2`.

    Trials are compared at the rungs of the run whose first one comes earliest: the others' trials
    have passed them, too.
    """
    options = {name: _joined(name, runs) for run in runs for name in run.options}
    grace, factor = min((run.grace_epochs, run.reduction_factor) for run in runs)
    rules = [(run.options.get("scheduler"), tuple(run.rungs)) for run in runs]
    if len(set(rules)) > 1:
        options["scheduler"] = MIXED
    if any(run.space != runs[0].space for run in runs):
        options.pop("space", None)
    return options | {"grace_epochs": grace, "reduction_factor": factor}


def _joined(name: str, runs: Sequence[Run]) -> Any:
    values: list[Any] = []
    for run in runs:
        if name in run.options and run.options[name] not in values:
            values.append(run.options[name])
    if len(values) == 1:
        return values[0]
    return ", ".join(map(str, values[:-1])) + f" and {values[-1]}"
