"""A process that imports once what every worker imports, and becomes each of them by a fork.

Ray Tune and torch take 3.5 s of CPU to import, in each worker alike. This server does it while Ray
itself starts; the raylet starts its workers by `start_worker.py`, which asks here first. At a fork
the server has neither a connection of Ray nor CUDA nor a thread of OpenMP. The two threads that its
imports leave, of OpenBLAS and of Arrow's jemalloc, belong to libraries that expect to be forked.
"""

from __future__ import annotations

import gc
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from tuning.engine.start_worker import Request

ROOT = str(Path(__file__).resolve().parents[2])
MAX_WAITING = 1024
"""Workers that may ask while the server still imports."""
PRELOADED = (
    "ray._private.workers.default_worker",
    "torch",
    "tuning.engine.worker",
    "trainable.loaded_task",
    "trainable.preflight",
    "IPython.core.interactiveshell",  # by each Trainable of Tune, where it is there
)
"""What a worker imports whatever its task, beside IMPORTED_BY_TASKS; all else it imports itself."""
JOB, RAYLET = "RAY_JOB_ID", "RAY_RAYLET_PID"
"""What Ray's native code reads as it is imported: here before there is a job or a raylet."""
FIRST_JOB = "01000000"
"""The job of the first driver of a new Ray; workers of another one are not forked."""


@contextmanager
def running(directory: Path, environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """A server with `environment` for the length of the block, its socket in `directory`.

    Gives the variables by which workers find it. It ends with this process, however that ends;
    without it workers start as Ray starts them. There is none but on Linux: libraries of macOS
    do not work in a fork.
    """
    from tuning.engine.start_worker import SERVER

    if sys.platform != "linux":
        yield {}
        return
    address = directory / "fork"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(address))
        listening.listen(MAX_WAITING)
        server = subprocess.Popen(
            [sys.executable, __file__, str(listening.fileno())],
            # a worker ends itself once the raylet is gone, which ends with this process
            env={**os.environ, **environment, JOB: FIRST_JOB, RAYLET: str(os.getpid())},
            pass_fds=[listening.fileno()],
            stdin=subprocess.PIPE,  # its end is our death
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us
        )
    try:
        yield {SERVER: str(address)}
    finally:
        workers = psutil.Process(server.pid).children(recursive=True)
        for process in (server, *workers):  # some have not noticed yet that Ray has gone
            with suppress(psutil.NoSuchProcess):
                process.kill()
        server.communicate()


def serve(listening: socket.socket) -> Request | None:
    """Import, then fork for whoever asks.

    Returns what was asked for in each fork, and None in the server once its maker is gone.
    """
    from trainable.imports import importing
    from tuning.engine.environment import IMPORTED_BY_TASKS
    from tuning.engine.ray_patches import NO_EARLY_RANDOM_NUMBERS, patched
    from tuning.engine.start_worker import Request

    with importing(), patched(NO_EARLY_RANDOM_NUMBERS):
        for name in (*PRELOADED, *IMPORTED_BY_TASKS):
            with suppress(ImportError):  # a worker says what is missing
                import_module(name)
    gc.freeze()  # workers share these objects as long as nobody goes through them
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no worker that has ended waits for us
    with selectors.DefaultSelector() as events:
        events.register(listening, selectors.EVENT_READ)
        events.register(sys.stdin, selectors.EVENT_READ)
        while all(key.fileobj is listening for key, _ in events.select()):
            asking = listening.accept()[0]
            with asking, suppress(OSError, ValueError):  # it is gone, and nobody waits
                request = Request.receive(asking)
                is_ours = request.variables.get(JOB) == FIRST_JOB
                if is_ours and os.fork() == 0:
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    return request
                request.close()
                if is_ours:
                    asking.send(b"1")
    return None


def main(file_number: int) -> None:
    """Serve on the socket of that number, and in a fork be the worker."""
    sys.path[0] = ROOT
    with socket.socket(fileno=file_number) as listening:
        request = serve(listening)
    if request is not None:
        request.enter()
        program = request.arguments[0]
        sys.argv, sys.path[0] = request.arguments, os.path.dirname(program)
        runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main(int(sys.argv[1]))
