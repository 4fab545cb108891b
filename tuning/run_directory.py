"""A run directory: made once everything is checked, locked by the one search that writes to it."""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import tomli_w

from tuning.options import OptionError, SearchOptions
from tuning.plan import RunPlan, run_settings

RUN_FILE, TASK_FILE, LOCK_FILE = "run.toml", "task.py", ".lock"
CHECKPOINTS, BEST = "checkpoints", "best"
VERSIONS = ("torch", "ray", "numpy", "flatbasin")
MAX_NAME = 100


def run_path(options: SearchOptions, task_name: str, now: datetime) -> Path:
    """Where a new run goes. Raises ValueError where it cannot."""
    name = options.name or f"{task_name}-{now:%Y%m%d-%H%M%S}"
    if not name.isprintable() or "/" in name or name in (".", "..") or len(name) > MAX_NAME:
        rule = f"must be a plain directory name of at most {MAX_NAME} characters"
        raise OptionError("name", f"{rule}, got {name[:MAX_NAME]!r}")
    runs = Path(options.runs_dir).expanduser().resolve()
    path = runs / name
    if path.exists() and (options.name is not None or any(path.iterdir())):
        way_out = f"choose another, or go on with python tune_main.py resume {path}"
        raise OptionError("name", f"{name} is already used in {runs}: {way_out}")
    parent = next(parent for parent in (runs, *runs.parents) if parent.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        raise OptionError("runs_dir", f"must be a directory one can write to, got {runs}")
    return path


def create(path: Path, plan: RunPlan, command: str) -> None:
    """Make the directory with everything that decides the run in it."""
    path.mkdir(parents=True)
    (path / TASK_FILE).write_text(plan.task.source, encoding="utf-8")
    settings = {
        "flatbasin": version("flatbasin"),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        **run_settings(plan),
        "versions": {"python": platform.python_version()} | {v: version(v) for v in VERSIONS},
    }
    (path / RUN_FILE).write_text(tomli_w.dumps(settings), encoding="utf-8")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the run for this process. Raises ValueError where another one has it."""
    with (path / LOCK_FILE).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"{path} is in use by another search: wait for it to end") from None
        yield


def checkpoint_dir(path: Path, trial_id: str) -> Path:
    """Where the checkpoints of a trial go while it runs."""
    return path / CHECKPOINTS / trial_id


def discard_checkpoint(path: Path, trial_id: str) -> None:
    """Remove the checkpoints of a trial that has ended."""
    shutil.rmtree(checkpoint_dir(path, trial_id), ignore_errors=True)


def command_line() -> str:
    """The command that was typed."""
    return " ".join(["python", Path(sys.argv[0]).name, *sys.argv[1:]])
