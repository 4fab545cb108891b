"""What a run does with its files, the same for a directory and an object store."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from record.remote_path import RemotePath

AnyPath = Path | RemotePath

_STORE = re.compile(r"(s3|gs):/+(?=[^/])")
_OTHER_STORE = re.compile(r"[a-z][a-z0-9+.-]+://")


def as_path(place: str | AnyPath) -> AnyPath:
    """`s3://` and `gs://` as a RemotePath, also where pathlib has made one slash of two; else a
    Path.

    Raises ValueError for the URL of another store.
    """
    if isinstance(place, RemotePath):
        return place
    if match := _STORE.match(str(place)):
        key = str(place)[match.end() :]
        return RemotePath(match[1], re.sub("/+", "/", key).strip("/"))
    if match := _OTHER_STORE.match(str(place)):
        raise ValueError(f"{match[0]} is no place for a run: use a directory, s3:// or gs://")
    return Path(place)


def write_whole(path: AnyPath, data: bytes | str) -> None:
    """Write `data` so that a reader finds the old file or the new one, never half of one."""
    data = data.encode() if isinstance(data, str) else data
    if isinstance(path, RemotePath):
        path.write_bytes(data)
        return
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(data)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def remove(path: AnyPath) -> None:
    """Remove a directory with all that is in it; errors are passed over."""
    if isinstance(path, Path):
        shutil.rmtree(path, ignore_errors=True)
        return
    try:
        path.rmtree()
    except OSError:
        return


def has_record(path: AnyPath) -> bool:
    """Whether there is a record at `path`, in one file or in segments."""
    return path.is_file() or segments_dir(path).is_dir()


def segments_dir(path: AnyPath) -> AnyPath:
    """Where the segments of the record at `path` are: an object store cannot append to a file."""
    return path.with_name("epochs")


@contextmanager
def stored(place: str) -> Iterator[Path]:
    """A directory to write to, whose files are then in the directory `place`: itself, if local."""
    path = as_path(place)
    if isinstance(path, Path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="flatbasin-") as directory:
        yield Path(directory)
        for file in sorted(Path(directory).iterdir()):
            (path / file.name).write_bytes(file.read_bytes())


@contextmanager
def fetched(place: str, *, ask: bool) -> Iterator[Path]:
    """A directory that holds the files of the directory `place`: itself, if local.

    Without `ask` a store is taken to hold none: to ask it takes as long as a short trial.
    """
    path = as_path(place)
    if isinstance(path, Path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="flatbasin-") as directory:
        for file in path.iterdir() if ask else ():
            (Path(directory) / file.name).write_bytes(file.read_bytes())
        yield Path(directory)
