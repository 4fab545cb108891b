"""`run.toml`, everything that decides a run, and the names of the files beside it."""

from __future__ import annotations

import platform
import tomllib
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import tomli_w

from record.paths import AnyPath, has_record, write_whole

RUN_FILE, TASK_FILE, RECORD_FILE, LOCK_FILE = "run.toml", "task.py", "epochs.jsonl", ".lock"
WRITTEN_TASK = ".functions"
"""Ends the name of a task that was written from functions: the run's copy is all there is of it."""
REPORT_FILE, ANSWER_FILE = "report.html", "recommendation.json"
BEST_DIR, BEST_EPOCH_FILE = "best", "best_epoch.safetensors"
IMPORTED = "imported"
"""The table of run.toml that a run of other tools' trials has: where they are from."""
_VERSIONS = ("torch", "ray", "numpy", "flatbasin")


def read_settings(directory: AnyPath) -> dict[str, Any]:
    """run.toml as a dict. Raises ValueError, in one line, where `directory` is no run."""
    path = directory / RUN_FILE
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        is_there = directory.is_dir()
        problem = f"it has no {RUN_FILE}" if is_there else "there is no such directory"
        raise ValueError(f"{directory} is not a run: {problem}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read as TOML: {error}") from None


def read_whole_run(directory: AnyPath) -> dict[str, Any]:
    """run.toml of a run that can be gone on with. Raises ValueError where something is missing."""
    settings = read_settings(directory)
    if table(settings, IMPORTED):
        raise ValueError(
            f"{directory} was imported: nothing here can train its trials; search from it, with "
            f"python tune_main.py --task my_task.py --config {directory / RUN_FILE}"
        )
    for name in ("options", "space", "versions"):
        if not isinstance(settings.get(name), dict):
            raise ValueError(
                f"{directory / RUN_FILE} has no [{name}]: it was not written by a search"
            )
    if not (directory / TASK_FILE).is_file():
        raise ValueError(f"{directory} is not a whole run: it has no {TASK_FILE}")
    if not has_record(directory / RECORD_FILE):
        raise ValueError(f"{directory} is not a whole run: it has no {RECORD_FILE}")
    return settings


def write_settings(directory: AnyPath, settings: Mapping[str, Any]) -> None:
    """Write run.toml, whole or not at all."""
    write_whole(directory / RUN_FILE, tomli_w.dumps(settings))


def table(settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A table of run.toml; empty when it is absent, or is none."""
    found = settings.get(name, {})
    return found if isinstance(found, dict) else {}


def versions() -> dict[str, str]:
    """Versions of what decides a loss to its last bit."""
    return {"python": platform.python_version()} | {name: version(name) for name in _VERSIONS}
