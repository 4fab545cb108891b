"""The temporary directory of a session: Ray's files, Tune's, and data that workers share."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tuning.disk import size
from tuning.run_directory import SCRATCH_PREFIX

MIN_FREE = 32 * 2**20
"""Bytes that Ray's temporary files may take: 1.3 MB of a search, 18 MB of twenty in one process."""
MAX_PATH = 107 - len("/r/session_2026-01-01_00-00-00_000000_1234567/sockets/plasma_store")
"""Linux takes 107 bytes as a socket's path, and Ray puts its own into a directory of ours."""


@contextmanager
def scratch_directory() -> Iterator[Path]:
    """A new directory that only this user can enter, removed behind the block.

    Raises ValueError where TMPDIR names none one can write to, or has too little space.
    """
    directory = _new_directory()
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _new_directory() -> Path:
    try:
        directory = Path(tempfile.mkdtemp(prefix=SCRATCH_PREFIX))
        free = shutil.disk_usage(directory).free
    except OSError as error:
        raise ValueError(f"TMPDIR must name a directory one can write to: {error}") from None
    if free >= MIN_FREE:
        return directory
    directory.rmdir()
    raise ValueError(
        f"{directory.parent} has {size(free)} free, and Ray's temporary files need "
        f"{size(MIN_FREE)}: free some, or set TMPDIR to a directory on another disk"
    )


def check_length(directory: Path) -> None:
    """Raise ValueError where the path is too long for the sockets that Ray makes below it."""
    if (excess := len(os.fsencode(directory)) - MAX_PATH) > 0:
        raise ValueError(
            f"TMPDIR {directory.parent} is too long a path for Ray's sockets: "
            f"set it to one that is at least {excess} bytes shorter, such as /tmp"
        )
