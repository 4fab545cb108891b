"""A clock and pseudo-terminals."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import termios
import threading
from collections.abc import Callable

import pytest

from tests.tuning.live.lines import Clock


class Terminal:
    """A pseudo-terminal, and everything that was written to it."""

    def __init__(self, columns: int, rows: int) -> None:
        self._leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.stream = os.fdopen(follower, "w", encoding="utf-8")
        self._read: list[bytes] = []
        self._reader = threading.Thread(target=self._drain, daemon=True)
        self._reader.start()

    def written(self) -> str:
        """Close it and return what came."""
        self.stream.close()
        self._reader.join(5)
        return b"".join(self._read).decode()

    def _drain(self) -> None:
        try:
            while data := os.read(self._leader, 1 << 16):
                self._read.append(data)
        except OSError:  # the other end is closed
            pass


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Terminal]:
    """Opens pseudo-terminals that can do colours."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv("LINES", raising=False)
    return lambda columns=80, rows=24: Terminal(columns, rows)
