"""What happened: the lines of epochs.jsonl, run.toml, where a run's files are."""

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
