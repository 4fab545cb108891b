"""Trials as Ray Tune has them: those of an experiment's directory, or of a ResultGrid in memory.

Of the directory only what is JSON, CSV or text is read: of each trial `params.json`, `result.json`
(or `progress.csv`) and `error.txt`, of the experiment `experiment_state-*.json`, which says how
each trial ended. Pickles are left alone, those that stand in that file too. Ray is not imported.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from record.lines import FAILED, INTERRUPTED
from search_spaces.messages import one_line, shown
from search_spaces.values import plain

PARAMS, RESULTS, PROGRESS, ERROR = "params.json", "result.json", "progress.csv", "error.txt"
STATE_FILES = "experiment_state-*.json"
EPOCH = "training_iteration"

Row = dict[str, Any]


@dataclass(frozen=True)
class RayTrial:
    """One trial as Ray has it: nested names are joined by `/`."""

    name: str
    config: Mapping[str, Any]
    rows: Sequence[Row]
    status: str | None = None
    """FAILED or INTERRUPTED; None where it ended in good order."""
    error: str | None = None


def is_experiment(path: Path) -> bool:
    """Whether it is the directory of an experiment, or of one of its trials."""
    return any(map(_is_trial, [path, *_directories(path)])) or any(path.glob(STATE_FILES))


def experiments_in(path: Path) -> list[str]:
    """Names of the experiments in a directory, which Ray calls the storage path."""
    return [place.name for place in _directories(path) if is_experiment(place)]


def trials_in(path: Path) -> list[RayTrial]:
    """Those of the experiment in the directory `path`.

    Raises ValueError, in one line, where it is damaged, or is one trial of an experiment.
    """
    if _is_trial(path):
        raise ValueError(f"{path} is one trial: name the experiment's directory, {path.parent}")
    statuses = _statuses(path)
    found = [_read_trial(place, statuses) for place in _directories(path) if _is_trial(place)]
    if not found:
        raise ValueError(
            f"{path} is the directory of an experiment without a trial: none of its directories "
            f"has {PARAMS} or {RESULTS}"
        )
    return found


def trials_of(grid: Iterable[Any]) -> list[RayTrial]:
    """Those of a `ray.tune.ResultGrid`. Raises ValueError for what is none."""
    try:
        found = [_of_result(place, result) for place, result in enumerate(grid)]
    except (AttributeError, TypeError):
        raise ValueError(
            f"a ray.tune.ResultGrid is needed, as Tuner.fit() returns it, got {shown(grid)}"
        ) from None
    if not found:
        raise ValueError("the ResultGrid is empty: there is no trial to import")
    return found


def _of_result(place: int, result: Any) -> RayTrial:
    frame, path = result.metrics_dataframe, result.path
    rows = [result.metrics or {}] if frame is None else frame.to_dict("records")
    own = {name: value for name, value in _flat(result.config or {}).items() if _is_plain(value)}
    error = None if result.error is None else _last_line(str(result.error))
    return RayTrial(
        _name(rows, Path(path).name if path else f"s{place:05d}"),
        own,
        [_flat(row) for row in rows if EPOCH in row],
        None if error is None else FAILED,
        error,
    )


def _is_plain(value: Any) -> bool:
    """What is an object of Python's has no place in a space."""
    try:
        return value is None or plain(value) is not None
    except ValueError:
        return False


def _directories(path: Path) -> list[Path]:
    return sorted(place for place in path.iterdir() if place.is_dir())


def _is_trial(path: Path) -> bool:
    return any((path / name).is_file() for name in (PARAMS, RESULTS, PROGRESS))


def _statuses(path: Path) -> dict[str, str]:
    """How each trial stood when the experiment was last saved, by the name of its directory.

    Empty where that is not on record: then the trials' own files tell.
    """
    files = sorted(path.glob(STATE_FILES))
    if not files:
        return {}
    try:
        state = json.loads(files[-1].read_text(encoding="utf-8"))
        trials = [json.loads(trial) for trial, _ in state["trial_data"]]
        return {trial["relative_logdir"]: trial["status"] for trial in trials}
    except (ValueError, LookupError, TypeError) as error:
        raise ValueError(
            f"{files[-1]} is damaged ({one_line(str(error))}): import a copy of the directory "
            "without it"
        ) from None


def _read_trial(path: Path, statuses: Mapping[str, str]) -> RayTrial:
    rows = list(_rows(path))
    if (path / PARAMS).is_file():
        config = _parsed(path / PARAMS, (path / PARAMS).read_bytes(), 1)
    elif rows and isinstance(rows[-1].get("config"), dict):
        config = rows[-1]["config"]
    else:
        raise ValueError(f"{path} is damaged: it has no {PARAMS}, which says what was tried")
    state = statuses.get(path.name)
    done = state == "TERMINATED" or (state is None and not (path / ERROR).is_file())
    failed = state == "ERROR" or (state is None and not done)
    return RayTrial(
        _name(rows, path.name),
        _flat(config),
        [_flat({name: v for name, v in row.items() if name != "config"}) for row in rows],
        None if done else FAILED if failed else INTERRUPTED,
        _error(path / ERROR) if failed else None,
    )


def _name(rows: Sequence[Row], otherwise: str) -> str:
    """What Ray calls the trial, which it puts into each report: `ec4dc_00001`."""
    return str(rows[-1].get("trial_id", otherwise)) if rows else otherwise


def _rows(path: Path) -> Iterator[Row]:
    """What it reported, a row per report. The last line of a killed trial may be half written."""
    if (path / RESULTS).is_file():
        lines = (path / RESULTS).read_bytes().split(b"\n")
        for number, line in enumerate(lines, start=1):
            if line.strip() and (number < len(lines) or line.endswith(b"}")):
                yield _parsed(path / RESULTS, line, number)
    elif (path / PROGRESS).is_file() and (path / PROGRESS).stat().st_size:
        try:
            yield from pd.read_csv(path / PROGRESS).to_dict("records")  # type: ignore[misc]
        except (ValueError, pd.errors.ParserError) as error:
            raise ValueError(f"{path / PROGRESS} is damaged: {one_line(str(error))}") from None


def _parsed(path: Path, text: bytes, number: int) -> Row:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError(
            f"{path} is damaged: line {number} is no JSON object; import a copy of the experiment "
            "without that trial"
        )
    return found


def _error(path: Path) -> str | None:
    return _last_line(path.read_text("utf-8", errors="replace")) if path.is_file() else None


def _last_line(traceback: str) -> str:
    """What was raised; the lines before it say where."""
    return one_line((traceback.strip().splitlines() or [""])[-1])


def _flat(nested: Mapping[str, Any], before: str = "") -> Row:
    """`{"optimizer": {"lr": 0.1}}` as `{"optimizer/lr": 0.1}`, which is how Ray writes it."""
    found: Row = {}
    for name, value in nested.items():
        if isinstance(value, Mapping) and value:
            found |= _flat(value, f"{before}{name}/")
        else:
            found[f"{before}{name}"] = value
    return found
