"""A run directory: made once everything is checked, locked by the one process that writes to it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from record import AnyPath, RemotePath, as_path, remove, write_whole
from record.settings import BEST_DIR, LOCK_FILE, RUN_FILE, TASK_FILE, versions, write_settings
from tuning.lease import held
from tuning.options import OptionError, SearchOptions
from tuning.plan import RunPlan, run_settings

CHECKPOINTS, LOGS = "checkpoints", "logs"
MAX_NAME = 100
_MAX_BYTES = 255
"""Of a name, in the file systems of Linux."""


def new_path(
    options: SearchOptions, task_name: str, now: datetime, *, can_resume: bool = True
) -> AnyPath:
    """Where a new run goes. Raises OptionError where it cannot.

    Where a run of its name is there already, `can_resume` says whether that may be what is meant.
    """
    task_name = re.sub(r"[^\w.-]+", "-", task_name).strip("-.")[: MAX_NAME // 2]
    name = options.name or f"{task_name}-{now:%Y%m%d-%H%M%S}"
    is_plain = name.isprintable() and "/" not in name and name not in (".", "..")
    if not is_plain or len(name) > MAX_NAME or len(name.encode()) > _MAX_BYTES:
        rule = f"must be a plain directory name of at most {MAX_NAME} characters"
        raise OptionError("name", f"{rule}, got {name[:MAX_NAME]!r}")
    runs = runs_dir(options)
    path = runs / name
    try:
        is_used = path.exists()
        if not is_used:
            _try_to_write(runs)
    except OSError as error:
        rule = "must be a directory one can write to"
        raise OptionError("runs_dir", f"{rule}, got {runs}: {error.strerror}") from None
    if is_used:
        raise used(path, can_resume=can_resume)
    return path


def used(path: AnyPath, *, can_resume: bool = True) -> OptionError:
    """What to say where there is a run of that name."""
    resume = f", or go on with python tune_main.py resume {path}" if can_resume else ""
    return OptionError(
        "name", f"{path.name} is already used in {path.parent}: choose another{resume}"
    )


def runs_dir(options: SearchOptions) -> AnyPath:
    """Where run directories go. Raises OptionError for the URL of a store we do not know."""
    try:
        runs = as_path(options.runs_dir)
    except ValueError as error:
        raise OptionError("runs_dir", str(error)) from None
    return runs if isinstance(runs, RemotePath) else runs.expanduser().resolve()


def existing_parent(runs: AnyPath) -> AnyPath:
    """`runs`, or the nearest directory above that exists; a store needs none to be made."""
    if isinstance(runs, RemotePath):
        return runs
    return next(parent for parent in (runs, *runs.parents) if parent.exists())


def _try_to_write(runs: AnyPath) -> None:
    if isinstance(runs, RemotePath):
        probe = runs / f".{SCRATCH_PREFIX}{secrets.token_hex(4)}"
        probe.write_bytes(b"")
        probe.unlink()
    else:
        os.rmdir(tempfile.mkdtemp(dir=str(existing_parent(runs))))


def claim(path: AnyPath) -> bool:
    """Make the directory, which then is ours alone; a store has none, and only the lock tells.

    Raises FileExistsError where it is there.
    """
    if isinstance(path, Path):
        path.mkdir(parents=True)
    return isinstance(path, Path)


def create(path: AnyPath, plan: RunPlan, command: str) -> None:
    """Write everything that decides the run into its directory, which is claimed and locked.

    Raises FileExistsError where a run is there.
    """
    if (path / RUN_FILE).exists():
        raise FileExistsError(path)
    write_whole(path / TASK_FILE, plan.task.source)
    about = {
        "flatbasin": version("flatbasin"),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
    }
    write_settings(path, about | run_settings(plan) | {"versions": versions()})


@contextmanager
def locked(path: AnyPath, scratch: Path) -> Iterator[Callable[[], None]]:
    """Hold the run for this process, noting its scratch directory; remove that of a dead one.

    Gives what raises OSError once the run is another process's, which only a store lets happen.
    Raises ValueError where a living process has it.
    """
    if isinstance(path, RemotePath):
        with held(path / LOCK_FILE) as check_held:
            yield check_held
        return
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
        yield lambda: None
        with contextlib.suppress(OSError):  # the name of a directory that is gone does no harm
            file.truncate(0)


SCRATCH_PREFIX = "flatbasin-"
"""Names of scratch directories begin so."""


def checkpoint_dir(path: AnyPath, trial_id: str) -> AnyPath:
    """Where the checkpoints of a trial go while it runs."""
    return path / CHECKPOINTS / trial_id if trial_id else path / CHECKPOINTS


def discard_checkpoints(path: AnyPath, trial_ids: set[str]) -> None:
    """Remove the checkpoints of trials that have ended, and their directory with the last."""
    directory = path / CHECKPOINTS
    with contextlib.suppress(OSError):  # others are still there, or nothing can be removed
        if isinstance(directory, Path):
            if found := [d for name in trial_ids if (d := directory / name).exists()]:
                for checkpoint in found:
                    remove(checkpoint)
                directory.rmdir()
        elif trial_ids:
            for remote in directory.iterdir():  # most trials have none: ask once
                if remote.name in trial_ids:
                    remove(remote)


def discard_empty_logs(path: AnyPath) -> None:
    """Remove the directory for what the task says, where it has said nothing."""
    if isinstance(path, Path):
        with contextlib.suppress(OSError):  # there is something in it, or it is not there
            (path / LOGS).rmdir()


def best_dir(path: AnyPath) -> AnyPath:
    """Where the recommended configuration's model goes."""
    return path / BEST_DIR
