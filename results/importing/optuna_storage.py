"""The studies of an Optuna storage, an SQLite file or a journal, read without Optuna.

Optuna's own classes write to what they open (tables are created, old ones asked to be migrated),
and take 7 s for 5,000 trials where this takes half a second. Nothing here unpickles. The tables are
those of Optuna 3.0 and later (alembic revision `v3.0.0.a` to `v3.2.0.a`), the journal's operations
those of `optuna.storages.journal`.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from results.importing.optuna_distributions import parameter
from search_spaces import Searched
from search_spaces.messages import one_line

MINIMIZE, MAXIMIZE = "MINIMIZE", "MAXIMIZE"
DIRECTIONS = ("NOT_SET", MINIMIZE, MAXIMIZE)
STATES = ("RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING")
"""Both by the number that a journal writes."""

METRIC_NAMES = "study:metric_names"
"""The system attribute in which a study keeps the names of its values."""

SQLITE_MAGIC = b"SQLite format 3\0"

_DAMAGE = (ValueError, LookupError, TypeError, AttributeError, OverflowError)
"""What reading a storage raises whose text is not as Optuna writes it."""

_SPECIAL = {"INF_POS": math.inf, "INF_NEG": -math.inf, "NAN": math.nan}
_TABLES = (
    "studies",
    "study_directions",
    "study_system_attributes",
    "trials",
    "trial_params",
    "trial_values",
    "trial_intermediate_values",
    "trial_user_attributes",
)


@dataclass
class StoredTrial:
    """A trial as Optuna stores it."""

    number: int
    state: str = "RUNNING"
    value: float | None = None
    params: dict[str, tuple[Any, Searched]] = field(default_factory=dict)
    """Of each parameter the value, and what it was drawn from."""
    intermediate: dict[int, float] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    ended: float | None = None
    """In seconds since 1970."""


@dataclass
class StoredStudy:
    """A study as Optuna stores it."""

    name: str
    directions: list[str]
    metric: str | None = None
    """What its value is called, where it was given a name."""
    trials: list[StoredTrial] = field(default_factory=list)


def is_journal(start: bytes) -> bool:
    """Whether a file that begins so is the journal of a storage."""
    return start.lstrip().startswith(b"{") and b'"op_code"' in start.partition(b"\n")[0]


def sqlite_studies(path: Path, wanted: str | None = None) -> list[StoredStudy]:
    """The studies in an SQLite file, which is opened for reading only; of all but the one that is
    `wanted` (the only one, if None) without their trials.

    Raises ValueError where it is no database of Optuna's, or damaged.
    """
    try:
        uri = f"{path.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as database:
            problem = _other_tables(database)
            studies = {} if problem else _studies(database)
            chosen = [key for key, study in studies.items() if wanted in (None, study.name)]
            if len(chosen) == 1:
                studies[chosen[0]].trials = _trials(database, chosen[0])
    except (sqlite3.Error, *_DAMAGE) as error:
        raise ValueError(
            f"{path} cannot be read as the database of an Optuna study: {one_line(str(error))}"
        ) from None
    if problem:
        raise ValueError(f"{path} {problem}")
    return list(studies.values())


def journal_studies(path: Path) -> list[StoredStudy]:
    """The studies in a journal file. Raises ValueError where a line of it is damaged.

    The last line may be half written.
    """
    replay = _Replay()
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, start=1):
        try:
            if line.strip():
                replay.apply(json.loads(line))
        except _DAMAGE:
            if number == len(lines):
                break
            raise ValueError(
                f"{path} is no sound journal of an Optuna study: line {number} is damaged; import "
                "a copy without it"
            ) from None
    return list(replay.studies.values())


def _other_tables(database: sqlite3.Connection) -> str:
    """What is wrong with a database that is none of a study; empty where it is one."""
    names = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    if not names.issuperset(_TABLES):
        found = ", ".join(sorted(names)[:5]) or "none"
        return (
            f"is a database of another tool (tables: {one_line(found)}): import takes those of "
            "Optuna; write the trials as CSV, a row per trial"
        )
    columns = {row[1] for row in database.execute("PRAGMA table_info(trial_values)")}
    if "value_type" not in columns:
        return (
            "is of a version of Optuna before 3.0: upgrade a copy of it first, with: "
            "optuna storage upgrade --storage sqlite:///COPY"
        )
    return ""


def _studies(database: sqlite3.Connection) -> dict[int, StoredStudy]:
    studies = {
        key: StoredStudy(name, [])
        for key, name in database.execute("SELECT study_id, study_name FROM studies")
    }
    for key, direction in database.execute(
        "SELECT study_id, direction FROM study_directions ORDER BY objective"
    ):
        studies[key].directions.append(direction)
    for key, names in database.execute(
        "SELECT study_id, value_json FROM study_system_attributes WHERE key = ?", (METRIC_NAMES,)
    ):
        studies[key].metric = _first(json.loads(names))
    return studies


def _trials(database: sqlite3.Connection, study: int) -> list[StoredTrial]:
    def rows(table: str, columns: str) -> Iterable[tuple[Any, ...]]:
        of_study = "trial_id IN (SELECT trial_id FROM trials WHERE study_id = ?)"
        query = f"SELECT trial_id, {columns} FROM {table} WHERE {of_study} ORDER BY rowid"
        return database.execute(query, [study])

    trials = {
        key: StoredTrial(number, state, ended=_seconds(ended))
        for key, number, state, ended in rows("trials", "number, state, datetime_complete")
    }
    for key, name, value, distribution in rows(
        "trial_params", "param_name, param_value, distribution_json"
    ):
        trials[key].params[name] = parameter(value, distribution)
    for key, value, kind in rows("trial_values", "value, value_type"):
        trials[key].value = _number(value, kind)
    for key, step, value, kind in rows(
        "trial_intermediate_values", "step, intermediate_value, intermediate_value_type"
    ):
        trials[key].intermediate[int(step)] = _number(value, kind)
    for key, name, value in rows("trial_user_attributes", "key, value_json"):
        trials[key].attributes[name] = json.loads(value)
    return sorted(trials.values(), key=lambda trial: trial.number)


class _Replay:
    """A journal's operations, applied one after another."""

    def __init__(self) -> None:
        self.studies: dict[int, StoredStudy] = {}
        self._num_studies = 0
        self._trials: list[StoredTrial] = []

    def apply(self, log: dict[str, Any]) -> None:
        """What is not about studies and trials themselves is passed over, as Optuna does with what
        contradicts what it has: a second study of one name, an ended trial that changes."""
        actions: dict[int, Callable[[dict[str, Any]], None]] = {
            0: self._create_study,
            1: self._delete_study,
            3: self._set_study_attribute,
            4: self._create_trial,
            5: self._set_param,
            6: self._set_state,
            7: self._set_intermediate,
            8: self._set_attribute,
        }
        action = actions.get(log["op_code"])
        if action is not None:
            action(log)

    def _create_study(self, log: dict[str, Any]) -> None:
        if log["study_name"] not in {study.name for study in self.studies.values()}:
            directions = [DIRECTIONS[number] for number in log["directions"]]
            self.studies[self._num_studies] = StoredStudy(log["study_name"], directions)
            self._num_studies += 1

    def _delete_study(self, log: dict[str, Any]) -> None:
        self.studies.pop(log["study_id"], None)

    def _set_study_attribute(self, log: dict[str, Any]) -> None:
        if METRIC_NAMES in log["system_attr"] and log["study_id"] in self.studies:
            self.studies[log["study_id"]].metric = _first(log["system_attr"][METRIC_NAMES])

    def _create_trial(self, log: dict[str, Any]) -> None:
        study = self.studies.get(log["study_id"])
        if study is None:
            return
        distributions = log.get("distributions", {})
        trial = StoredTrial(
            len(study.trials),
            STATES[log.get("state", 0)],
            log.get("value"),
            {n: parameter(value, distributions[n]) for n, value in log.get("params", {}).items()},
            {int(step): float(v) for step, v in log.get("intermediate_values", {}).items()},
            dict(log.get("user_attrs", {})),
            _seconds(log.get("datetime_complete")),
        )
        if log.get("values"):
            (trial.value, *_) = log["values"]
        study.trials.append(trial)
        self._trials.append(trial)

    def _running(self, log: dict[str, Any]) -> StoredTrial | None:
        trial = self._trials[log["trial_id"]]
        return trial if trial.state in ("RUNNING", "WAITING") else None

    def _set_param(self, log: dict[str, Any]) -> None:
        if trial := self._running(log):
            found = parameter(log["param_value_internal"], log["distribution"])
            trial.params[log["param_name"]] = found

    def _set_state(self, log: dict[str, Any]) -> None:
        if trial := self._running(log):
            trial.state = STATES[log["state"]]
            trial.ended = _seconds(log.get("datetime_complete")) or trial.ended
            if log.get("values"):
                (trial.value, *_) = log["values"]

    def _set_intermediate(self, log: dict[str, Any]) -> None:
        if trial := self._running(log):
            trial.intermediate[int(log["step"])] = float(log["intermediate_value"])

    def _set_attribute(self, log: dict[str, Any]) -> None:
        if trial := self._running(log):
            trial.attributes.update(log["user_attr"])


def _number(value: Any, kind: str) -> float:
    """A number as a column and another one, for what SQLite has no number for, hold it."""
    return _SPECIAL[kind] if kind in _SPECIAL else float(value)


def _first(names: Any) -> str | None:
    return str(names[0]) if isinstance(names, list) and names else None


def _seconds(text: str | None) -> float | None:
    """Local time where the text names no zone, as Optuna has it."""
    return None if text is None else datetime.fromisoformat(text).timestamp()
