"""The files of a trial: its state, and the configuration beside what was trained with it."""

from __future__ import annotations

import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

STATE_FILE = "state.pt"


def write_state(state: dict[str, Any], directory: Path) -> None:
    """Write `state` so that a crash leaves the old file or the new one, never half of one."""
    directory.mkdir(parents=True, exist_ok=True)
    partial = directory / f"{STATE_FILE}.{os.getpid()}.partial"
    try:
        torch.save(state, partial)
        with partial.open("rb") as file:  # else a power cut may leave the new name without bytes
            os.fsync(file.fileno())
        os.replace(partial, directory / STATE_FILE)
    finally:
        partial.unlink(missing_ok=True)


def read_state(directory: Path, *, weights_only: bool) -> dict[str, Any] | None:
    """What `write_state` wrote there; None where there is nothing, or not all of it any more."""
    path = directory / STATE_FILE
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.testzip() is not None:
                return None
    except (FileNotFoundError, *_DAMAGE):
        return None
    place = "cpu" if weights_only else None  # what a user's code saved goes back where it was
    state: dict[str, Any] = torch.load(path, map_location=place, weights_only=weights_only)
    return state


_DAMAGE = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, RuntimeError)
"""What zipfile raises for an archive that was cut off, or has a flipped byte somewhere."""


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
