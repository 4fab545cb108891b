"""The files of a trial: its state, and the configuration beside what was trained with it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

STATE_FILE, EPOCHS_FILE = "state.pt", "epochs.json"


def write_state(state: dict[str, Any], directory: Path) -> None:
    """Write `state` so that a crash leaves the old file or the new one, never half of one."""
    directory.mkdir(parents=True, exist_ok=True)
    partial = directory / f"{STATE_FILE}.{os.getpid()}.partial"
    try:
        torch.save(state, partial)
        os.replace(partial, directory / STATE_FILE)
    finally:
        partial.unlink(missing_ok=True)


def write_epochs(rows: list[dict[str, Any]], directory: Path) -> None:
    """Write the epochs so far beside the state, before it: the record may lack the last ones."""
    directory.mkdir(parents=True, exist_ok=True)
    partial = directory / f"{EPOCHS_FILE}.{os.getpid()}.partial"
    try:
        partial.write_text(json.dumps(rows), encoding="utf-8")
        os.replace(partial, directory / EPOCHS_FILE)
    finally:
        partial.unlink(missing_ok=True)


def read_epochs(directory: Path, last: int) -> list[dict[str, Any]]:
    """The epochs up to the `last`, which the state is of; none where they were not written."""
    try:
        rows = json.loads((directory / EPOCHS_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [row for row in rows if row["epoch"] <= last]


@contextmanager
def telling_storage() -> Iterator[None]:
    """What cannot be written within is told as an OSError: torch and safetensors have their own."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        if _OF_STORAGE.search(str(error)) is None:
            raise
        raise OSError(f"{type(error).__name__}: {str(error).splitlines()[0]}") from error


_OF_STORAGE = re.compile(r"os error \d+|PytorchStreamWriter|unexpected pos")


def write_config(config: Mapping[str, Any], directory: Path) -> None:
    """The configuration beside what was trained with it."""
    directory.mkdir(parents=True, exist_ok=True)
    text = json.dumps(dict(config), indent=2, ensure_ascii=False)
    (directory / "config.json").write_text(text + "\n", encoding="utf-8")
