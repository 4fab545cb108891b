"""A run in an object store, held by one process: it says so every few seconds.

No clocks are compared. Who finds the lock of another waits, and sees whether it still beats. Who
was suspended for longer than that finds its lock taken, and writes no more.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from record import RemotePath

BEAT_SECONDS = 5.0
"""Between two signs of life."""
DEAD_SECONDS = 30.0
"""Without one for so long, the process that held the lock is dead."""


@contextmanager
def held(path: RemotePath) -> Iterator[Callable[[], None]]:
    """Hold the lock at `path` for the length of the block.

    Gives what raises OSError once another process has taken the lock, as one may that saw no sign
    of life for DEAD_SECONDS: to be asked before anything is written.

    Raises ValueError where a living process has it, after a wait where it may be a dead one's.
    """
    owner = f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(4)}"
    _wait_for_death(path)
    _beat(path, owner, 0)
    if not _is_of(path, owner):  # another came at the same moment
        raise ValueError(f"{path.parent} is in use by another search: wait for it to end")
    is_over = threading.Event()
    thread = threading.Thread(target=_keep_beating, args=(path, owner, is_over), daemon=True)
    thread.start()
    try:
        yield partial(_check, path, owner)
    finally:
        is_over.set()
        thread.join()
        with contextlib.suppress(OSError):  # a lock that stays costs the next search a wait
            _check(path, owner)
            path.unlink(missing_ok=True)


def _keep_beating(path: RemotePath, owner: str, is_over: threading.Event) -> None:
    number = 0
    while not is_over.wait(BEAT_SECONDS):
        number += 1
        with contextlib.suppress(OSError):  # the record's own writes say it, if it goes on
            _check(path, owner)
            _beat(path, owner, number)


def _check(path: RemotePath, owner: str) -> None:
    if not _is_of(path, owner):
        raise OSError(errno.ESTALE, "another search has gone on with it, as this one stood still")


def _is_of(path: RemotePath, owner: str) -> bool:
    return owner.encode() in (_read(path) or b"")


def _beat(path: RemotePath, owner: str, number: int) -> None:
    path.write_bytes(json.dumps({"owner": owner, "beat": number}).encode())


def _wait_for_death(path: RemotePath) -> None:
    first = _read(path)
    deadline = time.monotonic() + DEAD_SECONDS
    while first is not None and time.monotonic() < deadline:
        time.sleep(1.0)
        now = _read(path)
        if now is None:
            return
        if now != first:
            raise ValueError(f"{path.parent} is in use by another search: wait for it to end")


def _read(path: RemotePath) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
