"""Writing the record, `epochs.jsonl`: append-only, one JSON object a line, the run's only truth."""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from record.lines import finite
from record.paths import AnyPath

SYNC_SECONDS = 1.0
"""Power loss costs at most the lines of so many seconds; `kill -9` costs none."""


class StorageError(Exception):
    """The record can no longer be written; what it holds stays readable."""

    def __init__(self, path: AnyPath, error: OSError) -> None:
        problem = error.strerror or error
        super().__init__(
            f"cannot write {path}: {problem}; what was recorded is kept: mend that, then "
            f"python tune_main.py resume {path.parent}"
        )


@contextmanager
def telling(path: AnyPath) -> Iterator[None]:
    """What cannot be read or written within is told as a StorageError of the record at `path`."""
    try:
        yield
    except OSError as error:
        raise StorageError(path, error) from error


class Writer(Protocol):
    """Appends lines to a record, wherever it is."""

    def append(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Append `lines`, adding to each the time it was written, in seconds since 1970."""

    def sync(self) -> None:
        """Bring everything appended to where it is safe."""

    def then(self, action: Callable[[], None]) -> None:
        """Do `action` once everything appended so far is there for who reads the record."""

    def close(self) -> None:
        """Sync, and write no more."""


class RecordWriter:
    """Appends to a file, each batch in one write, to the disk at least once a second.

    Every method raises StorageError where the disk is full or gone.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._synced = time.monotonic()
        with telling(path):
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            self._end_half_line(path)

    def append(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Append `lines`, adding to each the time it was written, in seconds since 1970."""
        now = time.time()
        text = "".join(encode({"time": now, **line}) for line in lines)
        data = text.encode()
        with telling(self._path):
            while data:  # a nearly full disk takes a part
                data = data[os.write(self._descriptor, data) :]
        if time.monotonic() - self._synced > SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Bring everything appended to the disk, and see that it is still to be found there.

        An open file can be written to long after its directory was moved or its disk unmounted.
        """
        with telling(self._path):
            os.fsync(self._descriptor)
            if not os.path.samestat(os.fstat(self._descriptor), self._path.stat()):
                raise OSError(errno.ESTALE, "another file is in its place")
        self._synced = time.monotonic()

    def then(self, action: Callable[[], None]) -> None:
        """Do it: the file holds all that was appended."""
        action()

    def close(self) -> None:
        """Bring everything to the disk and let go of the file."""
        self.sync()
        os.close(self._descriptor)

    def _end_half_line(self, path: Path) -> None:
        """After a crash in mid-write: what follows starts on a line of its own."""
        if path.stat().st_size and not path.read_bytes().endswith(b"\n"):
            os.write(self._descriptor, b"\n")


def encode(line: Mapping[str, Any]) -> str:
    """One line of strict JSON: non-finite numbers become null."""
    try:
        return json.dumps(line, allow_nan=False, ensure_ascii=False) + "\n"
    except ValueError:
        return json.dumps(finite(line), allow_nan=False, ensure_ascii=False) + "\n"
