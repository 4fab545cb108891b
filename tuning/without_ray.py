"""A search that SIGTERM ends, and whose Ray does not let go.

systemd, Slurm and `timeout` send SIGTERM to all processes at once. Ray's servers obey, and the
driver then waits for them in Ray's native code, for a minute, until that ends it. So a thread of
its own waits beside it, and ends the search from the record.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 3.0
"""For Ray after the signal; whoever sent it will not wait for much longer than ten."""


@contextmanager
def ending_without_ray(signals: Sequence[int], end: Callable[[], None]) -> Iterator[None]:
    """Call `end` where the block goes on for long after a SIGTERM; it ends the process.

    Not after Ctrl-C: that may be for a cell of a notebook, whose process is to live.
    """
    is_over, at_the_end = threading.Event(), threading.Lock()

    def watch() -> None:
        patient_until = None
        while not is_over.wait(LOOK_SECONDS):
            if patient_until is None and signal.SIGTERM in signals:
                patient_until = time.monotonic() + PATIENCE_SECONDS
            with at_the_end:
                if patient_until and time.monotonic() > patient_until and not is_over.is_set():
                    end()

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        with at_the_end:  # once `end` has begun, nobody else is to do the same
            is_over.set()
