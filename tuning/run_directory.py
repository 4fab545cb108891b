"""A run directory: made once everything is checked, locked by the one process that writes to it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import platform
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tomli_w

from tuning.options import OptionError, SearchOptions
from tuning.plan import RunPlan, run_settings

RUN_FILE, TASK_FILE, RECORD_FILE, LOCK_FILE = "run.toml", "task.py", "epochs.jsonl", ".lock"
MAX_NAME = 100
_MAX_BYTES = 255
"""Of a name, in the file systems of Linux."""
_VERSIONS = ("torch", "ray", "numpy", "flatbasin")


def new_path(options: SearchOptions, task_name: str, now: datetime) -> Path:
    """Where a new run goes. Raises OptionError where it cannot."""
    task_name = re.sub(r"[^\w.-]+", "-", task_name).strip("-.")[: MAX_NAME // 2]
    name = options.name or f"{task_name}-{now:%Y%m%d-%H%M%S}"
    is_plain = name.isprintable() and "/" not in name and name not in (".", "..")
    if not is_plain or len(name) > MAX_NAME or len(name.encode()) > _MAX_BYTES:
        rule = f"must be a plain directory name of at most {MAX_NAME} characters"
        raise OptionError("name", f"{rule}, got {name[:MAX_NAME]!r}")
    runs = Path(options.runs_dir).expanduser().resolve()
    path = runs / name
    if path.exists():
        way_out = f"choose another, or go on with python tune_main.py resume {path}"
        raise OptionError("name", f"{name} is already used in {runs}: {way_out}")
    parent = next(parent for parent in (runs, *runs.parents) if parent.exists())
    try:
        os.rmdir(tempfile.mkdtemp(dir=parent))
    except OSError as error:
        rule = "must be a directory one can write to"
        raise OptionError("runs_dir", f"{rule}, got {runs}: {error.strerror}") from None
    return path


def create(path: Path, plan: RunPlan, command: str) -> None:
    """Make the directory with everything that decides the run in it."""
    path.mkdir(parents=True)
    (path / TASK_FILE).write_text(plan.task.source, encoding="utf-8")
    about = {
        "flatbasin": version("flatbasin"),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
    }
    write_settings(path, about | run_settings(plan) | {"versions": versions()})


def read_settings(path: Path) -> dict[str, Any]:
    """run.toml as a dict. Raises ValueError where `path` is no run."""
    try:
        settings = tomllib.loads((path / RUN_FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise ValueError(f"{path} is not a run: it has no {RUN_FILE}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path / RUN_FILE} cannot be read as TOML: {error}") from None
    for table in ("options", "space", "versions"):
        if not isinstance(settings.get(table), dict):
            raise ValueError(f"{path / RUN_FILE} has no [{table}]: it was not written by a search")
    for name in (TASK_FILE, RECORD_FILE):
        if not (path / name).is_file():
            raise ValueError(f"{path} is not a whole run: it has no {name}")
    return settings


def write_settings(path: Path, settings: dict[str, Any]) -> None:
    """Write run.toml, whole or not at all."""
    partial = path / f"{RUN_FILE}.partial"
    partial.write_text(tomli_w.dumps(settings), encoding="utf-8")
    partial.replace(path / RUN_FILE)


def versions() -> dict[str, str]:
    """Versions of what decides a loss to its last bit."""
    return {"python": platform.python_version()} | {name: version(name) for name in _VERSIONS}


@contextmanager
def locked(path: Path, scratch: Path) -> Iterator[None]:
    """Hold the run for this process, noting its scratch directory; remove that of a dead one.

    Raises ValueError where a living process has it.
    """
    with (path / LOCK_FILE).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"{path} is in use by another search: wait for it to end") from None
        file.seek(0)
        left_over = file.read().strip()
        if left_over and Path(left_over).name.startswith(SCRATCH_PREFIX):
            shutil.rmtree(left_over, ignore_errors=True)
        file.truncate(0)
        file.write(str(scratch))
        file.flush()
        yield
        with contextlib.suppress(OSError):  # the name of a directory that is gone does no harm
            file.truncate(0)


SCRATCH_PREFIX = "flatbasin-"
"""Names of scratch directories begin so."""


def checkpoint_dir(path: Path, trial_id: str) -> Path:
    """Where the checkpoints of a trial go while it runs."""
    return path / "checkpoints" / trial_id


def discard_checkpoint(path: Path, trial_id: str) -> None:
    """Remove the checkpoints of a trial that has ended, and their directory with the last."""
    directory = checkpoint_dir(path, trial_id)
    if directory.exists():
        shutil.rmtree(directory, ignore_errors=True)
        with contextlib.suppress(OSError):  # others are still there, or nothing can be removed
            directory.parent.rmdir()


def best_dir(path: Path) -> Path:
    """Where the recommended configuration's model goes."""
    return path / "best"
