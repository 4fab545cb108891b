"""The files of a trial: its state, and the configuration beside what was trained with it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

STATE_FILE = "state.pt"


def write_state(state: dict[str, Any], directory: Path) -> None:
    """Write `state` so that a crash leaves the old file or the new one, never half of one."""
    directory.mkdir(parents=True, exist_ok=True)
    partial = directory / f"{STATE_FILE}.{os.getpid()}.partial"
    torch.save(state, partial)
    os.replace(partial, directory / STATE_FILE)


def write_config(config: Mapping[str, Any], directory: Path) -> None:
    """The configuration beside what was trained with it."""
    directory.mkdir(parents=True, exist_ok=True)
    text = json.dumps(dict(config), indent=2, ensure_ascii=False)
    (directory / "config.json").write_text(text + "\n", encoding="utf-8")
