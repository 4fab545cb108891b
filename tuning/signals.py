"""Signals that end a search, from its first import to its last line."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ENDING = (signal.SIGINT, signal.SIGTERM)

_early: list[int] = []
"""What came before a search took signals itself."""


def raise_early() -> None:
    """From here on either signal raises KeyboardInterrupt, until a search takes it.

    A search takes note of it, too: an import in which it is raised may swallow it.
    """

    def note(signum: int, frame: object) -> None:
        _early.append(signum)
        raise KeyboardInterrupt

    for number in ENDING:
        signal.signal(number, note)


@contextmanager
def interruptible() -> Iterator[list[int]]:
    """Within the block Ctrl-C and SIGTERM are noted in the list; the second raises at once.

    Python gives signals to the main thread alone: a search in another thread has none.
    """
    received = _early.copy()
    if not takes_signals():
        yield received
        return

    def note(signum: int, frame: object) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(signum)

    previous = {number: signal.signal(number, note) for number in ENDING}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def takes_signals() -> bool:
    """Whether this thread is told of signals."""
    return threading.current_thread() is threading.main_thread()
