"""A run of imported trials: run.toml and the record, as a search would have left them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from record import AnyPath, remove
from record.goal import Goal
from record.lines import (
    FAILED,
    FINISHED,
    INTERRUPTED,
    LARGEST_COUNT,
    SEARCH,
    STOPPED,
    Line,
    epoch_line,
    status_line,
    trial_line,
)
from record.reader import Record
from record.rungs import default_grace
from record.segments import open_writer
from record.settings import IMPORTED, RECORD_FILE, write_settings
from record.writer import StorageError
from results.importing.imported_trials import ImportedTrial, ImportedTrials, set_apart
from results.importing.inferred_space import space_of
from results.load import run_of
from results.run import Run
from search_spaces import Function, Space, SpaceSpec, load_space, with_settings
from search_spaces.dimensions import takes
from search_spaces.messages import one_line, shown
from search_spaces.values import choice, field_value

MOST_SEARCHED = 200
"""Hyperparameters that differ: the recommendation takes 13 s with so many."""

STORED, INFERRED, GIVEN = "stored", "inferred", "given"
"""Where the space of an imported run is from."""
ORIGINS = {
    STORED: "as the source has it",
    INFERRED: "from what was tried",
    GIVEN: "as it was given",
}
"""The same in words."""


def run_of_trials(
    found: ImportedTrials,
    path: AnyPath | None = None,
    space: SpaceSpec | None = None,
    settings: Sequence[str] = (),
) -> Run:
    """The imported trials as a run, written to the directory `path`, or kept in memory alone.

    `space` and `settings` are what --space and --set take: trials outside it are put aside.
    Raises ValueError for a space that no trial fits. Where anything is wrong nothing is written.
    """
    found = replace(found, trials=set_apart(found.trials))
    _check(found)
    decided, origin = _space(found, space, settings)
    found = replace(found, trials=[_as_written(trial, decided) for trial in found.trials])
    about = _settings(found, decided, origin)
    lines = _timed(list(_lines(found)))
    if path is not None:
        _write(path, about, lines)
    return run_of(path, about, _record(lines))


def _as_written(trial: ImportedTrial, space: Space) -> ImportedTrial:
    """The trial with each value as its dimension writes it: 0.3 rather than 0.30000000000000004."""
    config = dict(trial.config)
    for name, dimension in space.dimensions.items():
        if name in config and not isinstance(dimension, Function):
            value = config[name]
            config[name] = dimension.match(value) if takes(dimension, value) else value
    return replace(trial, config=config)


def _write(path: AnyPath, settings: Mapping[str, Any], lines: Sequence[Line]) -> None:
    """The record first: a directory without run.toml is no run yet."""
    if isinstance(path, Path):
        path.mkdir(parents=True)
    try:
        writer = open_writer(path / RECORD_FILE)
        writer.append(lines)
        writer.close()
        write_settings(path, settings)
    except BaseException as error:
        remove(path)
        if isinstance(error, StorageError):  # its own way out is that of a search
            raise ValueError(f"{path} cannot be written: {error.__cause__}") from error
        raise


def _record(lines: Sequence[Line]) -> Record:
    record = Record()
    for line in lines:
        record.add(line)
        record.times.append(line["time"])
    return record


def _settings(found: ImportedTrials, space: Space, origin: str) -> dict[str, Any]:
    """`[options]` holds what a further search takes over by --config, and no more."""
    options: dict[str, Any] = {"metric": found.goal.metric, "mode": found.goal.mode}
    longest = max(trial.num_epochs for trial in found.trials)
    if found.has_epochs and longest:
        stops = [t.num_epochs for t in found.trials if _was_stopped(t, found.goal)]
        # where somebody else's scheduler looked first is not on record: no later than this
        options |= {"epochs": longest, "grace_epochs": min([default_grace(longest), *stops])}
        if not stops:
            options |= {"scheduler": "none"}
    return {
        "flatbasin": version("flatbasin"),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "options": options,
        "space": space.to_dict(),
        IMPORTED: {"source": found.source, "kind": found.kind, "space": origin},
    }


def _was_stopped(trial: ImportedTrial, goal: Goal) -> bool:
    """Not by a number that was not finite: that is no decision of a scheduler."""
    has_value = bool(trial.epochs) and goal.objective(trial.epochs[-1]) is not None
    return trial.status == STOPPED and has_value


def _lines(found: ImportedTrials) -> Iterator[Line]:
    """Trials whose seed is unknown have one of their own: no two are the same training twice."""
    for place, trial in enumerate(found.trials):
        seed = place if trial.seed is None else trial.seed
        key = trial.trial_id
        yield trial_line(
            key, trial.config, attempt=1, stage=SEARCH, seed=seed, control=False
        ) | _time_of(trial.epochs[:1])
        for epoch in trial.epochs:
            yield epoch_line(key, 1, epoch)
        status = trial.status
        if status in (FINISHED, STOPPED) and not trial.epochs:
            status = INTERRUPTED
        failure = {"error": trial.error} if trial.error or status == FAILED else {}
        yield status_line(key, status, **failure) | _time_of(trial.epochs[-1:])


def _time_of(epochs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    known = [epoch["time"] for epoch in epochs if epoch.get("time") is not None]
    return {"time": known[0]} if known else {}


def _timed(lines: Sequence[Line]) -> list[Line]:
    """Each with a time: that of its source, or the earliest one known, or now."""
    known = [line["time"] for line in lines if line.get("time") is not None]
    first = min(known, default=time.time())
    return [line if line.get("time") is not None else line | {"time": first} for line in lines]


def _space(
    found: ImportedTrials, given: SpaceSpec | None, settings: Sequence[str]
) -> tuple[Space, str]:
    """The space and where it is from. Raises ValueError where it holds none of the trials."""
    configs = [trial.config for trial in found.trials]
    whole = [trial.config for trial in found.trials if trial.epochs]
    if not any(configs):
        raise ValueError(
            f"{found.source} has no hyperparameter: name its columns, as in --column config/lr=LR"
        )
    origin = INFERRED
    if given is not None:
        space = load_space(given)
    else:
        space = space_of(configs, whole, found.dimensions)
        origin = STORED if space.dimensions.keys() <= found.dimensions.keys() else INFERRED
    space = with_settings(space, settings)
    if given is None and not settings:
        if len(space.searched) > MOST_SEARCHED:
            raise ValueError(
                f"{len(space.searched)} hyperparameters are too many to be told apart: name those "
                "that matter, as in --column config/lr=lr"
            )
        return space, origin
    if not any(space.holds(config) for config in configs):
        dimensions = "; ".join(space.describe()[:-1])
        tried = ", ".join(f"{name} {value}" for name, value in configs[0].items())
        raise ValueError(
            f"the space holds none of the {len(configs)} trials ({one_line(dimensions)}; the "
            f"first one is {one_line(tried)}): leave --space and --set out, or widen it"
        )
    return space, GIVEN


def _check(found: ImportedTrials) -> None:
    """Raise ValueError for what no record can hold."""
    names = Counter(trial.trial_id for trial in found.trials)
    twice = next((name for name, times in names.items() if times > 1), None)
    if twice is not None:
        raise ValueError(
            f"{found.source} has trial {one_line(twice, 60)} {names[twice]} times: keep one of them"
        )
    for trial in found.trials:
        _check_trial(trial)


def _check_trial(trial: ImportedTrial) -> None:
    where = f"trial {one_line(trial.trial_id, 60)}"
    for name, value in trial.config.items():
        field_value(f"{where}: {name}", choice, value)
    if trial.seed is not None and abs(trial.seed) > LARGEST_COUNT:
        raise ValueError(
            f"{where}: the seed must lie within 2**53, got {shown(trial.seed)}: leave it out"
        )
    if trial.num_epochs > LARGEST_COUNT:
        raise ValueError(f"{where}: epoch {shown(trial.num_epochs)} is none: correct it")
