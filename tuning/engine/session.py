"""Ray, started for this machine alone or joined: quiet, closed to others, gone afterwards."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from trainable.imports import importing
from trainable.task import TaskFile
from tuning.disk import size
from tuning.engine import cluster, start_worker

QUIET = {
    "RAY_AIR_NEW_OUTPUT": "0",
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",  # a paragraph on stdout for each worker that dies
    "RAY_CHDIR_TO_TRIAL_DIR": "0",  # relative paths in a task file mean the user's directory
    "RAY_TRAIN_ENABLE_V2_MIGRATION_WARNINGS": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_DISABLE_SIGINT_HANDLER": "1",
    "TUNE_GLOBAL_CHECKPOINT_S": "1000000000",  # Tune's own snapshots: the record serves instead
    "TUNE_PRINT_ALL_TRIAL_ERRORS": "0",
}
LAPTOP = {
    "RAY_AUTH_MODE": "token",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # every socket on 127.0.0.1
    "RAY_enable_worker_prestart": "0",  # Tune's workers have an environment of their own
    "RAY_prestart_worker_first_driver": "0",
}


class Session:
    """A Ray that starts while its maker does other things.

    Linux ends Ray's processes with the thread that started them, so that thread stays.
    """

    def __init__(self, directory: Path, start: Callable[[Path], object]) -> None:
        self.directory = directory
        """For temporary files of the session."""
        self._is_ready, self._is_over = threading.Event(), threading.Event()
        self._error: Exception | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, args=(start,), daemon=True)
        self._thread.start()

    def ready(self) -> None:
        """Wait for Ray. Raises what starting it raised."""
        self._is_ready.wait()
        if self._error is not None:
            raise self._error

    def leave_word(self, text: str) -> None:
        """Say `text` on stderr if this process dies: by a SIGKILL, or when Ray takes it along.

        Where a Ray process goes that a driver needs, Ray ends the driver without asking Python.
        """
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.write(f"{text}\n".encode())
            self._guard.stdin.flush()

    def end(self) -> None:
        """Begin to shut Ray down, if this session started it."""
        self._is_over.set()

    def stop(self) -> None:
        """Shut Ray down and wait for it."""
        self.end()
        self._thread.join()

    def _run(self, start: Callable[[Path], object]) -> None:
        import ray

        if ray.is_initialized():  # somebody else's, who will also end it
            self._is_ready.set()
            return
        try:
            start(self.directory)
            self._guard = _guard_agents()
        except Exception as error:  # raised again by `ready`, in the main thread
            self._error = error
        self._is_ready.set()
        self._is_over.wait()
        ray.shutdown()
        if self._guard is not None:
            self._guard.kill()
            self._guard.wait()


MIN_SCRATCH = 32 * 2**20
"""Bytes that Ray's temporary files may take: 1.3 MB of a search, 18 MB of twenty in one process."""


MAX_SCRATCH_PATH = 107 - len("/r/session_2026-01-01_00-00-00_000000_1234567/sockets/plasma_store")
"""Linux takes 107 bytes as a socket's path, and Ray puts its own into a directory of ours."""


def _scratch() -> Path:
    """A new temporary directory. Raises ValueError where there is no room for one."""
    try:
        directory = Path(tempfile.mkdtemp(prefix="flatbasin-"))
        free = shutil.disk_usage(directory).free
    except OSError as error:
        raise ValueError(f"TMPDIR must name a directory one can write to: {error}") from None
    if free >= MIN_SCRATCH:
        return directory
    directory.rmdir()
    raise ValueError(
        f"{directory.parent} has {size(free)} free, and Ray's temporary files need "
        f"{size(MIN_SCRATCH)}: free some, or set TMPDIR to a directory on another disk"
    )


def _guard_agents() -> subprocess.Popen[bytes]:
    """A shell that sleeps until this process is dead, then kills Ray's agents and says what it was
    told last.

    All other processes of Ray end with this one by themselves. The agents notice at once too,
    but first wait a minute for a server that died with us, to tell it.
    """
    family = psutil.Process().children(recursive=True)
    agents = [str(process.pid) for process in family if _is_agent(process)]
    command = ["/bin/sh", "-c", _AT_DEATH, "sh", *agents]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,  # its end is our death
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for us
    )


_AT_DEATH = """
word=
while read -r line; do word=$line; done
kill -9 "$@" 2>/dev/null
[ -z "$word" ] || printf '%s\\n' "$word" >&2
"""


def _is_agent(process: psutil.Process) -> bool:
    """Whether it is one of the two that Ray starts beside its raylet."""
    with contextlib.suppress(psutil.Error):
        return any(part.endswith(_AGENTS) for part in process.cmdline())
    return False


_AGENTS = ("dashboard/agent.py", "runtime_env/agent/main.py", "DashboardAgent", "RuntimeEnvAgent")


@contextmanager
def _lean() -> Iterator[None]:
    """Ray as it starts within the block leaves out three Python processes that nobody needs here,
    and starts workers without importing itself twice in each.

    The processes are the dashboard's server (started even without a dashboard, and waited for),
    the autoscaler, which has nothing to scale, and the log monitor, which passes on what is not
    to be shown. Ray has no public switch for any of it; where a name is gone, it starts as ever.
    """
    from ray._private import ray_constants
    from ray._private.node import Node

    changes: list[tuple[Any, str, Any]] = [
        (Node, name, lambda self, **_: None)
        for name in ("start_api_server", "start_monitor", "start_log_monitor")
    ]
    changes.append((ray_constants, "SETUP_WORKER_FILENAME", start_worker.__file__))
    changes = [change for change in changes if hasattr(*change[:2])]
    kept = [(there, name, getattr(there, name)) for there, name, _ in changes]
    for there, name, value in changes:
        setattr(there, name, value)
    try:
        yield
    finally:
        for there, name, value in kept:
            setattr(there, name, value)


@contextmanager
def local(num_cpus: float | None = None) -> Iterator[Session]:
    """Ray on this machine alone for the length of the block: sockets on loopback, a token.

    It starts in the background as the block begins, with `num_cpus`, those of the machine by
    default. Ray reads where to listen when it is first imported. A Ray that this process has
    already initialised is used as it is, and left running.
    """

    def start(directory: Path) -> None:
        import ray

        if (excess := len(os.fsencode(directory)) - MAX_SCRATCH_PATH) > 0:
            raise ValueError(
                f"TMPDIR {directory.parent} is too long a path for Ray's sockets: "
                f"set it to one that is at least {excess} bytes shorter, such as /tmp"
            )
        with _lean():
            ray.init(
                address="local",
                num_cpus=num_cpus,
                include_dashboard=False,
                _temp_dir=str(directory / "r"),  # Ray opens it to all: ours around it stays shut
                log_to_driver=False,
                logging_level=logging.ERROR,
                runtime_env={"worker_process_setup_hook": cluster.SETUP_HOOK},
            )

    with _started(QUIET | LAPTOP | {"RAY_AUTH_TOKEN": secrets.token_hex(32)}, start) as session:
        yield session


@contextmanager
def joined(address: str, task: TaskFile) -> Iterator[Session]:
    """A cluster for the length of the block, joined in the background as the block begins.

    `Session.ready` raises what `cluster.join` does.
    """
    cluster.use_token()
    start = lambda _: cluster.join(address, task)  # noqa: E731
    with _started(QUIET | cluster.JOINING, start) as session:
        yield session


@contextmanager
def _started(settings: dict[str, str], start: Callable[[Path], object]) -> Iterator[Session]:
    if "ray" in sys.modules:  # too late to say it this way: `ray.init` itself turns tokens on
        settings.pop("RAY_AUTH_MODE", None)
    for name, value in settings.items():
        os.environ.setdefault(name, value)
    with importing():
        import ray  # here, so that nothing else is imported beside it: `ray.init` begins the sooner

    assert ray
    directory = _scratch()
    session = Session(directory, start)
    try:
        yield session
    finally:
        session.stop()
        shutil.rmtree(directory, ignore_errors=True)
