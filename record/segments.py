"""The record in an object store, which cannot append: written in segments.

A segment is written again, whole, with every second's lines, until it is large enough; then the
next begins. So a search of a day leaves tens of objects, each of whole lines, and a crash costs
the lines of the last second or two: the training they told of is done again.
"""

from __future__ import annotations

import errno
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from record.paths import AnyPath, segments_dir
from record.remote_path import RemotePath
from record.writer import RecordWriter, StorageError, Writer, encode, telling

UPLOAD_SECONDS = 1.0
"""Between two uploads."""
SEGMENT_BYTES = 2**20
"""A segment of at least so many is not written again."""
OUTAGE_SECONDS = 300.0
"""For so long the store may fail before the search ends: what it misses is kept in memory."""


def open_writer(path: AnyPath, check_held: Callable[[], None] = lambda: None) -> Writer:
    """What appends to the record at `path`. Raises StorageError where it cannot be written.

    In a store, which locks nothing, `check_held` is asked before each write: it raises OSError with
    ESTALE once the run is another process's, and nothing is written any more.
    """
    return RecordWriter(path) if isinstance(path, Path) else SegmentWriter(path, check_held)


class SegmentWriter:
    """Appends to the record at `path` from a thread of its own: a slow store delays no trial."""

    def __init__(self, path: RemotePath, check_held: Callable[[], None]) -> None:
        self._path, self._check_held = path, check_held
        directory = segments_dir(path)
        assert isinstance(directory, RemotePath)
        self._directory = directory
        with telling(path):
            numbers = [int(file.name.partition("-")[0]) for file in directory.iterdir()]
        self._number = max(numbers, default=0)
        self._segment = self._next_segment()
        self._data, self._is_unwritten = b"", True
        """Of the segment, and whether the store lacks some of it."""
        self._new: list[str] = []
        self._actions: dict[Callable[[], None], None] = {}
        self._lines_lock, self._upload_lock = threading.Lock(), threading.Lock()
        self._failing_since: float | None = None
        self._failure: OSError | None = None
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.sync()  # the first segment is there, if empty: a run without a record is none
        self._thread.start()

    def append(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Append `lines`, adding to each the time it was written, in seconds since 1970."""
        if self._failure is not None:
            raise StorageError(self._path, self._failure)
        now = time.time()
        with self._lines_lock:
            self._new += [encode({"time": now, **line}) for line in lines]

    def sync(self) -> None:
        """Upload everything appended. Raises StorageError where the store fails."""
        with telling(self._path):
            self._upload()

    def then(self, action: Callable[[], None]) -> None:
        """Do `action` after the next upload, from the thread of the uploads; twice is once."""
        with self._lines_lock:
            self._actions[action] = None

    def close(self) -> None:
        """Upload what is left and end the thread."""
        self._is_over.set()
        self._thread.join()
        self.sync()

    def _run(self) -> None:
        while not self._is_over.wait(UPLOAD_SECONDS):
            try:
                self._upload()
                self._failing_since = None
            except OSError as error:
                now = time.monotonic()
                self._failing_since = self._failing_since or now
                is_lost = error.errno == errno.ESTALE
                if is_lost or now - self._failing_since > OUTAGE_SECONDS:
                    self._failure = error  # raised by the next `append`

    def _upload(self) -> None:
        """Write the segment again with what is new, then do the actions asked for before."""
        with self._upload_lock:
            with self._lines_lock:
                new, self._new = self._new, []
                actions, self._actions = self._actions, {}
            self._data += "".join(new).encode()
            self._is_unwritten = self._is_unwritten or bool(new)
            try:
                if self._is_unwritten:
                    self._check_held()
                    self._segment.write_bytes(self._data)
                    self._is_unwritten = False
            except OSError:  # the next upload tries again
                with self._lines_lock:
                    self._actions = actions | self._actions
                raise
            if len(self._data) >= SEGMENT_BYTES:
                self._segment, self._data = self._next_segment(), b""
            for action in actions:
                action()

    def _next_segment(self) -> RemotePath:
        """Its name is unlike that which any other process would choose: none overwrites it."""
        self._number += 1
        return self._directory / f"{self._number:06d}-{secrets.token_hex(4)}.jsonl"
