"""What a peer tells of its search as it goes: one line for each trial that ran to its end."""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

from benchmarks.worlds import TrainingWorld
from search_spaces import Config


def options() -> argparse.ArgumentParser:
    """The options of every peer."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--task", required=True)
    parser.add_argument("--space", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--started", type=float, required=True, help="seconds since 1970")
    parser.add_argument("--seconds", type=float, required=True, help="to search, from then on")
    parser.add_argument("--out", type=Path, required=True, help="file to append to")
    return parser


class Finished:
    """Appends to the file; each process has its own."""

    def __init__(self, given: Any) -> None:
        self._given, self._epochs = given, 0

    @property
    def is_over(self) -> bool:
        """Whether the time to search has passed."""
        return time.time() - self._given.started > self._given.seconds

    def count(self) -> None:
        """An epoch was trained."""
        self._epochs += 1

    def add(self, config: Config, loss: float) -> None:
        """A trial has come to its end with this validation loss."""
        seconds = time.time() - self._given.started
        line = {"seconds": seconds, "loss": loss, "config": config}
        line |= {"process": os.getpid(), "epochs": self._epochs}
        with self._given.out.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")


def world(given: Any) -> TrainingWorld:
    """The task and the space, trained by the product's own loop on one thread."""
    return TrainingWorld(given.task, given.space)
