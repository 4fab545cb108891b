"""A program that becomes a Ray worker: Ray's `setup_worker.py`, for the case that we have.

That one imports Ray, for 0.4 s, to set environment variables and to start Python once more. Here a
fork server is asked for a worker (fork_server.py); where there is none the standard library does
the same. Whatever else an environment asks for is left to Ray's own.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path

CONTEXT, LANGUAGE = "--serialized-runtime-env-context=", "--language="
SERVER = "FLATBASIN_FORK_SERVER"
"""The environment variable with the address of a fork server."""
OOM_SCORE = Path("/proc/self/oom_score_adj")
STREAMS = (0, 1, 2)


@dataclass
class Request:
    """What a process has by the program it was started as, its environment and its parent."""

    arguments: list[str]
    variables: dict[str, str]
    directory: str
    niceness: int
    oom_score: str
    blocked: list[int]
    ignored: list[int]
    """Signals, as the one before."""
    streams: list[int] = field(default_factory=lambda: list(STREAMS))

    @classmethod
    def of_this_process(cls, arguments: list[str]) -> Request:
        """To be another program with everything that this process has."""
        signals = signal.valid_signals()
        return cls(
            arguments=arguments,
            variables=dict(os.environ),
            directory=os.getcwd(),
            niceness=os.nice(0),
            oom_score=OOM_SCORE.read_text(),
            blocked=[int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, [])],
            ignored=[int(n) for n in signals if signal.getsignal(n) == signal.SIG_IGN],
        )

    def send(self, connection: socket.socket) -> None:
        """Send it whole, and the open files with it."""
        socket.send_fds(connection, [b"1"], self.streams)
        connection.sendall(json.dumps(asdict(self)).encode())
        connection.shutdown(socket.SHUT_WR)

    @classmethod
    def receive(cls, connection: socket.socket) -> Request:
        """What `send` has sent. Raises OSError or ValueError where the sender died at it."""
        _, streams, _, _ = socket.recv_fds(connection, 1, len(STREAMS))
        with connection.makefile("rb") as text:
            return cls(**json.load(text) | {"streams": streams})

    def enter(self) -> None:
        """Make this process what was asked for, but for the program."""
        os.setpgid(0, 0)  # as the raylet has it: a worker's group ends with the worker
        for stream, own in zip(self.streams, STREAMS, strict=True):
            os.dup2(stream, own)
        self.close()
        os.chdir(self.directory)
        os.nice(self.niceness - os.nice(0))
        OOM_SCORE.write_text(self.oom_score)
        for number in self.ignored:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, self.blocked)
        os.environ.clear()
        os.environ.update(self.variables)

    def close(self) -> None:
        """Let go of the open files that came with it."""
        for stream in self.streams:
            os.close(stream)


def main(arguments: list[str]) -> None:
    """`arguments` are what the raylet gives: the worker's program, its arguments, the context."""
    context = {}
    for argument in arguments:
        if argument.startswith(CONTEXT):
            context = json.loads(argument.removeprefix(CONTEXT))
    variables, python = context.pop("env_vars", {}), context.pop("py_executable", sys.executable)
    if any(context.values()) or f"{LANGUAGE}PYTHON" not in arguments:
        os.execv(sys.executable, [sys.executable, _rays_own(), *arguments])
    server = os.environ.pop(SERVER, None)
    os.environ.update(variables)
    rest = [argument for argument in arguments if not argument.startswith((CONTEXT, LANGUAGE))]
    if server is None or python != sys.executable or not forked(server, rest):
        os.execv(python, [python, *rest])


def forked(server: str, arguments: list[str]) -> bool:
    """Whether the fork server of that address has made the worker that this process was to be."""
    with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.connect(server)
        Request.of_this_process(arguments).send(connection)
        return connection.recv(1) != b""
    return False


def _rays_own() -> str:
    ray = find_spec("ray")  # finds, and does not import
    assert ray is not None
    assert ray.origin is not None
    return os.path.join(os.path.dirname(ray.origin), "_private", "workers", "setup_worker.py")


if __name__ == "__main__":
    main(sys.argv[1:])
