"""A search that is asked to end, and whose Ray has died of the same signal.

systemd, Slurm, `timeout` and a closed terminal send SIGTERM to all processes at once. Ray's servers
obey, and the driver then waits for them in Ray's native code, for a minute, until that ends it. So
a thread of its own waits beside it, and ends the search from the record.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tuning.engine.session import Session

WAIT_SECONDS = 0.5


@contextmanager
def ending_without_ray(
    signals: Sequence[int], ray: Session, end: Callable[[], None]
) -> Iterator[None]:
    """Within the block `end` is called where a signal came and Ray is dead; it ends the process."""
    is_over, at_the_end = threading.Event(), threading.Lock()

    def watch() -> None:
        while not is_over.wait(WAIT_SECONDS):
            with at_the_end:
                if not is_over.is_set() and signals and ray.is_dead:
                    end()

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        with at_the_end:  # once `end` has begun, nobody else is to do the same
            is_over.set()
