"""A path in an object store, with the methods of `pathlib.Path` that a run needs.

A key is written whole or not at all, and read as it was last written: S3 and Google's store
promise both. Directories are prefixes: there is none to make.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

ATTEMPTS = 10
"""Of each request: with one in twenty failing, one in 10**13 requests is given up."""
CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 60.0


@dataclass(frozen=True)
class RemotePath:
    """`s3://bucket/key` or `gs://bucket/key`.

    Methods raise OSError with the path in it, FileNotFoundError where there is nothing.
    """

    scheme: str
    key: str
    """Beginning with the bucket, without a slash at either end."""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.key}"

    def __truediv__(self, name: str) -> RemotePath:
        return RemotePath(self.scheme, f"{self.key}/{name}".rstrip("/"))

    @property
    def name(self) -> str:
        """The last part."""
        return self.key.rpartition("/")[2]

    @property
    def parent(self) -> RemotePath:
        """All but the last part; a bucket is its own."""
        return RemotePath(self.scheme, self.key.rpartition("/")[0] or self.key)

    def with_name(self, name: str) -> RemotePath:
        """The same with another last part."""
        return self.parent / name

    def resolve(self) -> RemotePath:
        """Itself: it is absolute."""
        return self

    def exists(self) -> bool:
        """Whether there is an object of that key, or one below."""
        return self._kind() != "NotFound"

    def is_file(self) -> bool:
        """Whether there is an object of that key."""
        return self._kind() == "File"

    def is_dir(self) -> bool:
        """Whether there are objects below that key."""
        return self._kind() == "Directory"

    def read_bytes(self) -> bytes:
        """What the object holds."""
        for attempt in range(ATTEMPTS):
            try:
                with _telling(self), _file_system(self).open_input_stream(self.key) as stream:
                    return bytes(stream.read())
            except OSError as error:
                # Arrow asks again by itself, but where the words of a failed answer are longer
                # than the object: its buffer is as long as that, and it blames itself
                if "Failed to flush response stream" not in str(error) or attempt + 1 == ATTEMPTS:
                    raise
            time.sleep(min(0.1 * 2**attempt, 5.0))
        raise AssertionError("the last attempt returns or raises")

    def read_text(self, encoding: str = "utf-8") -> str:
        """What the object holds, as text."""
        return self.read_bytes().decode(encoding)

    def write_bytes(self, data: bytes) -> None:
        """Make `data` the object, in place of what it was."""
        with _telling(self), _file_system(self).open_output_stream(self.key) as stream:
            stream.write(data)

    def iterdir(self) -> Iterator[RemotePath]:
        """What lies directly below, sorted; nothing where there is nothing."""
        from pyarrow.fs import FileSelector

        selector = FileSelector(self.key, allow_not_found=True)
        with _telling(self):
            found = _file_system(self).get_file_info(selector)
        for key in sorted(info.path for info in found):
            yield RemotePath(self.scheme, key.rstrip("/"))

    def num_bytes_below(self) -> int:
        """What the objects directly below hold, in one request; 0 where there is nothing."""
        from pyarrow.fs import FileSelector

        selector = FileSelector(self.key, allow_not_found=True)
        with _telling(self):
            return sum(info.size or 0 for info in _file_system(self).get_file_info(selector))

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove the object."""
        try:
            with _telling(self):
                _file_system(self).delete_file(self.key)
        except FileNotFoundError:
            if not missing_ok:
                raise

    def rmtree(self) -> None:
        """Remove all objects below; none need be there."""
        with _telling(self):
            _file_system(self).delete_dir_contents(self.key, missing_dir_ok=True)

    def _kind(self) -> str:
        with _telling(self):
            return str(_file_system(self).get_file_info(self.key).type.name)


@contextmanager
def _telling(path: RemotePath) -> Iterator[None]:
    """The store's errors with the path in them, in one line."""
    try:
        yield
    except FileNotFoundError:
        raise FileNotFoundError(errno.ENOENT, "there is no such object", str(path)) from None
    except OSError as error:
        raise OSError(errno.EIO, " ".join(str(error).split()), str(path)) from error


def _file_system(path: RemotePath) -> Any:
    """The store, as the environment and the machine's credentials give access."""
    if path.scheme == "gs":
        return _google()
    endpoint = _setting("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")  # of a store like S3
    region = _setting("AWS_REGION", "AWS_DEFAULT_REGION")
    return _amazon(path.key.partition("/")[0], endpoint, region)


@cache
def _google() -> Any:
    from pyarrow import fs

    return fs.GcsFileSystem()


@cache
def _amazon(bucket: str, endpoint: str | None, region: str | None) -> Any:
    from pyarrow import fs

    if region is None and endpoint is None:
        with contextlib.suppress(OSError):  # then the first request says what is wrong
            region = fs.resolve_s3_region(bucket)
    return fs.S3FileSystem(
        region=region,
        endpoint_override=endpoint,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=ATTEMPTS),
        connect_timeout=CONNECT_SECONDS,
        request_timeout=ANSWER_SECONDS,
        allow_delayed_open=True,
        background_writes=False,
    )


def _setting(*variables: str) -> str | None:
    return next((value for name in variables if (value := os.environ.get(name))), None)
