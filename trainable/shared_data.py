"""Data loaded once per node: the first worker writes it to a file, the others map that file.

Four workers on 1 GB of tensors then hold it once, in the page cache. Small data goes the same
way: a worker that maps it need not import what made it, which is most of a worker's start.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from trainable.data import Data, InMemory
from trainable.task import Task, TaskFile

PART_FIELDS = ("train", "validation", "test", "train_sample")


def load_data(
    task: Task,
    file: TaskFile,
    split_seed: int,
    shared_dir: str | None,
) -> Data | None:
    """The task's data; from `shared_dir` where another worker of this node has put it there.

    Data that is not held as tensors, or that the directory has no room for, stays private.
    """
    if shared_dir is None or task.train is not None:
        return task.load_data(split_seed)
    path = Path(shared_dir) / f"data-{_key(file, split_seed)}.pt"
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path.with_suffix(".lock")):
        if path.exists():
            return _map(path)
        data = task.load_data(split_seed)
        assert data is not None
        return _map(path) if _write(data, path) else data


def _key(file: TaskFile, split_seed: int) -> str:
    text = f"{file.path}\0{file.source}\0{split_seed}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock: one worker loads, the others wait and map. It ends with its process."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _write(data: Data, path: Path) -> bool:
    """Write `data` whole or not at all; whether it could be."""
    parts = {name: getattr(data, name) for name in PART_FIELDS}
    if any(part is not None and not isinstance(part, InMemory) for part in parts.values()):
        return False
    state = {name: part and (part.inputs, part.targets, part.rows) for name, part in parts.items()}
    partial = path.with_suffix(".partial")
    try:
        torch.save(state, partial)
        os.replace(partial, path)
    except (OSError, RuntimeError):  # no room: torch's writer raises RuntimeError
        partial.unlink(missing_ok=True)
        return False
    return True


def _map(path: Path) -> Data:
    """The data as tensors on the file's pages, which all workers share until one writes to them."""
    state: dict[str, Any] = torch.load(path, mmap=True, weights_only=True)
    parts = {name: held and InMemory(*held) for name, held in state.items()}
    return Data(**parts)
