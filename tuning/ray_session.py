"""Ray, started for this machine alone or joined: quiet, closed to others, gone afterwards."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

QUIET = {
    "RAY_AIR_NEW_OUTPUT": "0",
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

    def __init__(self, directory: Path, address: str | None, num_cpus: float | None) -> None:
        self.directory = directory
        """For temporary files of the session."""
        self._is_ready, self._is_over = threading.Event(), threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, args=(address, num_cpus), daemon=True)
        self._thread.start()

    def ready(self) -> None:
        """Wait for Ray. Raises what starting it raised."""
        self._is_ready.wait()
        if self._error is not None:
            raise self._error

    def num_cpus(self) -> float:
        """CPUs of the machine or cluster."""
        self.ready()
        import ray

        return float(ray.cluster_resources().get("CPU", 1))

    def end(self) -> None:
        """Begin to shut Ray down, if this session started it."""
        self._is_over.set()

    def stop(self) -> None:
        """Shut Ray down and wait for it."""
        self.end()
        self._thread.join()

    def _run(self, address: str | None, num_cpus: float | None) -> None:
        import ray

        if ray.is_initialized():  # somebody else's, who will also end it
            self._is_ready.set()
            return
        try:
            self._start(address, num_cpus)
        except Exception as error:  # raised again by `ready`, in the main thread
            self._error = error
        self._is_ready.set()
        self._is_over.wait()
        _end_monitor()
        ray.shutdown()

    def _start(self, address: str | None, num_cpus: float | None) -> None:
        import ray

        common = {"log_to_driver": False, "logging_level": logging.ERROR}
        if address is not None:
            ray.init(address=address, **common)
        else:
            ray.init(
                address="local",
                num_cpus=num_cpus,
                include_dashboard=False,
                _temp_dir=str(
                    self.directory / "r"
                ),  # Ray opens it to all: ours around it stays shut
                **common,
            )


def _end_monitor() -> None:
    """Kill Ray's autoscaler, which has nothing to scale here.

    Left to itself it makes `ray.shutdown` wait a second: it says goodbye to a server that was
    stopped before it. On a cluster it is nobody's child, and stays.
    """
    for process in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if any(part.endswith("autoscaler/_private/monitor.py") for part in process.cmdline()):
                process.kill()


@contextmanager
def started(address: str | None, num_cpus: float | None = None) -> Iterator[Session]:
    """Ray for the length of the block, starting in the background as the block begins.

    Without an address it runs on this machine alone: its sockets on loopback, with a token
    that this process makes. Ray reads where to listen when it is first imported. A Ray that
    this process has already initialised is used as it is, and left running.
    """
    settings = (
        dict(QUIET) if address else QUIET | LAPTOP | {"RAY_AUTH_TOKEN": secrets.token_hex(32)}
    )
    if "ray" in sys.modules:  # too late to say it this way: `ray.init` itself turns tokens on
        settings.pop("RAY_AUTH_MODE", None)
    for name, value in settings.items():
        os.environ.setdefault(name, value)
    import ray  # here, so that nothing else is imported beside it: `ray.init` begins the sooner

    assert ray
    directory = Path(tempfile.mkdtemp(prefix="flatbasin-"))
    session = Session(directory, address, num_cpus)
    try:
        yield session
    finally:
        session.stop()
        shutil.rmtree(directory, ignore_errors=True)
