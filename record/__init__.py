"""WHERE A RUN'S FILES ARE: a directory, or a prefix of an object store."""

from record.paths import (
    AnyPath,
    as_path,
    fetched,
    has_record,
    remove,
    segments_dir,
    stored,
    write_whole,
)
from record.remote_path import RemotePath

__all__ = [
    "AnyPath",
    "RemotePath",
    "as_path",
    "fetched",
    "has_record",
    "remove",
    "segments_dir",
    "stored",
    "write_whole",
]
