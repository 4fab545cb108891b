"""Trackers in threads of their own, so that none costs the search time or its result."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from functools import partial

from record.lines import Line
from search_spaces.messages import one_line
from tuning.tracking.tracker import Tracker


class Background:
    """Another tracker, fed by a thread of its own: a slow server does not slow the search.

    What it raises first is told in a line; from then on it gets nothing, and the search goes on.
    """

    def __init__(self, name: str, tracker: Tracker, tell: Callable[[str], None]) -> None:
        self._name, self._tracker, self._tell = name, tracker, tell
        self._lines: queue.Queue[list[Line] | None] = queue.Queue()
        self._is_broken = False
        self._thread = threading.Thread(target=self._work, name="tracking", daemon=True)
        self._thread.start()

    def update(self, lines: Iterable[Line]) -> None:
        """Hand the lines on; returns at once."""
        self._lines.put([dict(line) for line in lines])

    def close(self, timeout: float | None = None) -> None:
        """Wait until all is written, for `timeout` seconds at most."""
        self._lines.put(None)
        self._thread.join(timeout)

    def _work(self) -> None:
        has_ended = False
        while not has_ended:
            batches = [self._lines.get()]
            while not self._lines.empty():
                batches.append(self._lines.get())
            has_ended = None in batches
            lines = [line for batch in batches if batch is not None for line in batch]
            if not self._is_broken:
                self._try(partial(self._tracker.update, lines))
        self._try(self._tracker.close)

    def _try(self, action: Callable[[], None]) -> None:
        try:
            action()
        except BaseException as error:  # of code that is not ours: the search is worth more
            if not self._is_broken:
                problem = one_line(f"{type(error).__name__}: {error}")
                self._tell(f"{self._name} has failed and gets no more lines: {problem}")
            self._is_broken = True
