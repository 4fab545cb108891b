"""Ray for the length of a block: started for this machine alone, or a cluster that is joined."""

from __future__ import annotations

import logging
import secrets
import shutil
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

from trainable.task import TaskFile
from tuning.engine import cluster, environment, fork_server, ray_patches
from tuning.engine.scratch import check_length, scratch_directory
from tuning.engine.watchdog import Watchdog


class Session:
    """A Ray that starts while its maker does other things.

    Linux ends Ray's processes with the thread that started them, so that thread stays.
    """

    def __init__(self, directory: Path, start: Callable[[Path], object]) -> None:
        self.directory = directory
        """For temporary files of the session."""
        self._is_ready, self._is_over = threading.Event(), threading.Event()
        self._error: Exception | None = None
        self._watchdog: Watchdog | None = None
        self._thread = threading.Thread(target=self._run, args=(start,), daemon=True)
        self._thread.start()

    def ready(self) -> None:
        """Wait for Ray. Raises what starting it raised."""
        self._is_ready.wait()
        if self._error is not None:
            raise self._error

    def print_if_killed(self, line: str) -> None:
        """Print `line` on stderr if this process dies: by a SIGKILL, or when Ray ends it.

        Where a Ray process goes that a driver needs, Ray ends the driver without asking Python.
        """
        if self._watchdog is not None:
            self._watchdog.set_message(line)

    def abandon(self) -> None:
        """End without Ray, which no longer answers: its processes and its files go."""
        if self._watchdog is not None:
            self._watchdog.stop()
        family = psutil.Process().children(recursive=True)
        for process in family:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(family, timeout=2.0)  # as long as they live they write into the directory
        shutil.rmtree(self.directory, ignore_errors=True)

    def end(self) -> None:
        """Begin to shut Ray down, if this session started it."""
        self._is_over.set()

    def stop(self) -> None:
        """Shut Ray down and wait for it."""
        self.end()
        self._thread.join()

    def _run(self, start: Callable[[Path], object]) -> None:
        import ray

        if _is_somebody_elses():  # who will also end it
            self._is_ready.set()
            return
        try:
            start(self.directory)
            self._watchdog = Watchdog()
        except Exception as error:  # raised again by `ready`, in the main thread
            self._error = error
        self._is_ready.set()
        self._is_over.wait()
        ray.shutdown()
        if self._watchdog is not None:
            self._watchdog.stop()


@contextmanager
def local(num_cpus: float | None = None) -> Iterator[Session]:
    """Ray on this machine alone for the length of the block: sockets on loopback, a token.

    It starts in the background as the block begins, with `num_cpus`, those of the machine by
    default. A Ray that this process has already initialised is used as it is, and left running.
    """

    def start(directory: Path) -> None:
        import ray

        ray.init(
            address="local",
            num_cpus=num_cpus,
            include_dashboard=False,
            _temp_dir=str(directory / "r"),  # Ray opens it to all: ours around it stays shut
            log_to_driver=False,
            logging_level=logging.ERROR,
            runtime_env={"worker_process_setup_hook": cluster.SETUP_HOOK},
        )

    settings = environment.LOCAL | {"RAY_AUTH_TOKEN": secrets.token_hex(32)}
    with ExitStack() as stack:
        directory = stack.enter_context(scratch_directory())
        if not _is_somebody_elses():  # which has a directory of its own, and starts workers itself
            check_length(directory)
            settings |= stack.enter_context(fork_server.running(directory, settings))
        yield stack.enter_context(_started(directory, settings, ray_patches.LOCAL, start))


def _is_somebody_elses() -> bool:
    """Whether this process has initialised Ray, as it may have where it has imported it."""
    ray = sys.modules.get("ray")
    return ray is not None and ray.is_initialized()


@contextmanager
def joined(address: str, task: TaskFile) -> Iterator[Session]:
    """A cluster for the length of the block, joined in the background as the block begins.

    `Session.ready` raises what `cluster.join` does.
    """
    environment.import_first(environment.IMPORTED_BY_TASKS)  # nodes are asked while it joins
    settings = environment.JOINED | environment.token_settings()
    start = lambda directory: cluster.join(address, task, directory)  # noqa: E731
    with (
        scratch_directory() as directory,
        _started(directory, settings, ray_patches.JOINED, start) as session,
    ):
        yield session


@contextmanager
def _started(
    directory: Path,
    settings: Mapping[str, str],
    patches: Sequence[ray_patches.Patch],
    start: Callable[[Path], object],
) -> Iterator[Session]:
    # in a notebook Ray and its tqdm ask for widgets as they are imported: none are shown here
    logging.getLogger("ray.widgets.util").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", "IProgress not found")
    with ExitStack() as stack:
        stack.enter_context(environment.settings(settings))
        stack.enter_context(ray_patches.patched(*patches))
        session = Session(directory, start)
        stack.callback(session.stop)
        yield session
