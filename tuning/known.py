"""Known configurations, which are tried first: typed, in a file, or the best of another run."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from os import PathLike
from typing import Any

from record.lines import FINISHED, STOPPED
from search_spaces import Config, Function, Space
from search_spaces.dimensions import takes
from search_spaces.messages import bare, one_line, shown, suggestion
from search_spaces.set_option import value_of
from search_spaces.values import choice, identity
from trainable.defaults import default_of
from trainable.task import TaskFile
from tuning.options import OptionError

MOST_OF_A_RUN = 5
"""Configurations of another run that are tried: the recommended one, and the next in its
ranking."""

_RULE = "must be lr=0.1,batch_size=32, a CSV file or the directory of a run"
_NEXT_PAIR = re.compile(r",\s*(?=[A-Za-z_]\w*\s*=)")
"""The commas between pairs, and not those within a list."""


def known_configs(given: Sequence[Any], space: Space, task: TaskFile) -> list[Config]:
    """The whole configurations that the values of --try name, in their order, each once.

    A value is `lr=0.1,batch_size=32`, a CSV file with a row per configuration, the directory of a
    run, or a mapping of names to values. A name that is left out has the task's default. Raises
    OptionError for what is none of these, or not a configuration of the space.
    """
    found: dict[Any, Config] = {}
    for value in given:
        for config in _configs_of(value, space, task):
            found.setdefault(identity(config), config)
    return list(found.values())


def _configs_of(value: Any, space: Space, task: TaskFile) -> Iterator[Config]:
    if isinstance(value, Mapping):
        yield _whole(value, space, task, shown(dict(value)))
        return
    if not isinstance(value, str | PathLike):
        raise _refused(f"{_RULE}, or in Python a dict, got {shown(value)}")
    text = str(value)
    if text.lower().endswith(".csv"):
        for number, row in _rows(text):
            yield _whole(row, space, task, f"row {number} of {text}")
    elif "=" in text and not os.path.exists(text):  # of any length
        yield _whole(_pairs(text), space, task, one_line(text))
    else:
        yield from _best_of(text, space, task)


def _pairs(text: str) -> dict[str, Any]:
    """`lr=0.1,batch_size=32` as values by name."""
    values: dict[str, Any] = {}
    for pair in _NEXT_PAIR.split(text):
        name, equals, written = (part.strip() for part in pair.partition("="))
        if not equals or not written:
            raise _refused(f"needs name=value, got {shown(pair)}: write lr=0.1,batch_size=32")
        if name in values:
            raise _refused(f"{one_line(text)} has {name} twice: keep one")
        try:
            values[name] = value_of(written)
        except ValueError:
            way_out = "write lr=0.1,batch_size=32, other texts in quotes"
            raise _refused(f"{bare(name)} is no value: {shown(written)}: {way_out}") from None
    return values


def _rows(path: str) -> list[tuple[int, dict[str, Any]]]:
    """The rows of a CSV file as values by name, with their numbers from 1; empty cells left out."""
    from results.ranking import CONFIG_PREFIX  # pandas: only where a file is named

    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            lines = list(csv.DictReader(file, restval=""))
    except OSError as error:
        raise _refused(f"{path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise _refused(f"{path} is not CSV: {error}") from None
    if not lines:
        raise _refused(f"{path} has no row: it needs a heading, and a row per configuration")
    if any(None in line for line in lines):
        raise _refused(f"{path} has a row with more cells than its heading")
    names = list(lines[0])
    marked = [name for name in names if name.startswith(CONFIG_PREFIX)]
    wanted = marked or names
    values = [{n.removeprefix(CONFIG_PREFIX).strip(): line[n] for n in wanted} for line in lines]
    return [
        (number, {name: _cell(text) for name, text in row.items() if text})
        for number, row in enumerate(values, start=1)
    ]


def _cell(text: str) -> Any:
    """A cell as a number, a boolean, a list or, where it is none of these, its text."""
    text = text.strip()
    try:
        return value_of({"True": "true", "False": "false"}.get(text, text))
    except ValueError:
        return text


def _best_of(place: str, space: Space, task: TaskFile) -> list[Config]:
    """The best configurations of the run there that the space holds."""
    from results import load  # pandas: only where a run is named
    from results.ranking import row_config

    try:
        run = load(place)
    except ValueError as error:
        raise _refused(f"{_RULE}: {error}") from None
    ranking = run.ranking()
    ranked = ranking[ranking["status"].isin([FINISHED, STOPPED])].to_dict("records")
    found: dict[Any, Config] = {}
    for config in [run.recommendation().config, *map(row_config, ranked)]:
        with suppress(OptionError):  # another space: the next best takes its place
            whole = _whole(config, space, task, place)
            found.setdefault(identity(whole), whole)
        if len(found) == MOST_OF_A_RUN:
            break
    if not found:
        raise _refused(f"{place} has no good configuration that lies in the space")
    return list(found.values())


def _whole(values: Mapping[str, Any], space: Space, task: TaskFile, where: str) -> Config:
    """The configuration of the space with these values, and the task's defaults for the others."""
    for name, value in values.items():
        _check(name, value, space, task, where)
    filled = {name: choice(value) for name, value in values.items()}
    for name, dimension in space.searched.items():
        if name not in filled and (value := _default(task, name)) is not None:
            filled |= {name: value} if takes(dimension, value) else {}
    whatever = {name: dimension.from_unit(0.5) for name, dimension in space.searched.items()}
    try:
        config = space.configuration(whatever | filled)
        broken = space.violated(config)
    except ValueError as error:
        raise _refused(f"{where}: {error}") from None
    for name in config:
        if name in space.searched and name not in filled:
            rule = f"{where} lacks {name}, of which {task.path.name} has no default in the space"
            raise _refused(f"{rule}: add it")
    if broken is not None:
        raise _refused(f"{where} is not in the space, which holds only {broken.expression}")
    for name in values:
        if name in space.dimensions and name not in config:
            only = space.conditions[name].describe()
            raise _refused(f"{where} has {name}, which is there {only}: leave one of the two out")
    return config


def _check(name: str, value: Any, space: Space, task: TaskFile, where: str) -> None:
    """Raise OptionError for a value that no trial of the space can have."""
    dimension = space.dimensions.get(name)
    if isinstance(dimension, Function):  # computed from the others
        return
    if dimension is None:
        if (default := _default(task, name)) is not None and default == value:
            return
        close = suggestion(name, space.dimensions)
        way_out = f"add it with --set {bare(name)}=..., or leave it out"
        raise _refused(f"{where} has {bare(name)}, which the space does not: {close}{way_out}")
    try:
        dimension.match(choice(value))
    except ValueError as error:
        rule = f"{where} is not in the space: {name} {error}"
        raise _refused(f"{rule}: widen that with --set {name}=..., or leave it out") from None


def _default(task: TaskFile, name: str) -> Any:
    """What trials run with that do not have the name; None where that is not known."""
    try:
        return default_of(task, name)
    except ValueError:
        return None


def _refused(problem: str) -> OptionError:
    return OptionError("try_first", problem)
