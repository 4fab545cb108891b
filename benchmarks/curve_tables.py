"""Learning curves of many configurations of a shipped task: the truth for simulated searches.

    python -m benchmarks.curve_tables digits regularisation

writes benchmarks/curve_tables/digits-regularisation.npz: scrambled Sobol configurations of the
space, each trained for the task's full budget with several seeds by the product's own loop. Seed s
means the same initialisation and batch order in every configuration, so that seeds can be shared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from cyclopts import App
from numpy.typing import NDArray

from search_spaces import configurations, load_space
from trainable.catalogue import find_task
from trainable.data import Data
from trainable.task import Task, TaskFile

TABLES = Path(__file__).with_suffix("")

app = App(help=__doc__, version_flags=[])


@dataclass(frozen=True)
class CurveTable:
    """Validation losses of configurations of one space on one task."""

    configs: list[dict[str, Any]]
    val_loss: NDArray[np.float32]
    """Shape (configurations, seeds, epochs); NaN from the epoch on at which training diverged."""
    seconds: NDArray[np.float32]
    """Training and measuring of one epoch, median over all of a configuration; shape (n,)."""

    @classmethod
    def load(cls, task: str, space: str) -> CurveTable:
        """The table of a task and a space. Raises FileNotFoundError where none was made."""
        with np.load(TABLES / f"{task}-{space}.npz") as stored:
            configs = json.loads(str(stored["configs"]))
            return cls(configs, stored["val_loss"], stored["seconds"])

    def save(self, task: str, space: str) -> Path:
        """Write the table where `load` finds it; its path."""
        TABLES.mkdir(exist_ok=True)
        path = TABLES / f"{task}-{space}.npz"
        configs = json.dumps(self.configs)
        np.savez_compressed(path, configs=configs, val_loss=self.val_loss, seconds=self.seconds)
        return path


@app.default
def make(task: str, space: str, *, num: int = 512, seeds: int = 3, first_seed: int = 100) -> None:
    """Train `num` configurations with `seeds` seeds each and write the table."""
    file, configs = find_task(task), configurations(load_space(space), "sobol", num, first_seed)
    table = made_table(file, configs, range(first_seed, first_seed + seeds))
    path = table.save(task, space)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def made_table(file: TaskFile, configs: list[dict[str, Any]], seeds: range) -> CurveTable:
    """The table of these configurations, trained here one after another in one thread."""
    import torch

    torch.set_num_threads(1)
    task = file.load()
    data = task.load_data(0)
    val_loss = np.full((len(configs), len(seeds), file.epochs), np.nan, dtype=np.float32)
    seconds = np.zeros(len(configs), dtype=np.float32)
    for place, config in enumerate(configs):
        found = [list(_epochs(task, data, config, seed, file.epochs)) for seed in seeds]
        for turn, curve in enumerate(found):
            val_loss[place, turn, : len(curve)] = [loss for loss, _ in curve]
        seconds[place] = np.median([time for curve in found for _, time in curve])
    return CurveTable(configs, val_loss, seconds)


def _epochs(
    task: Task, data: Data | None, config: Mapping[str, Any], seed: int, epochs: int
) -> Iterator[tuple[float, float]]:
    """Validation loss and seconds of each epoch; a loss that is not finite ends it as NaN."""
    from trainable.trial import make_trial

    trial = make_trial(task, data, config, seed=seed, epochs=epochs)
    for _ in range(epochs):
        metrics = trial.run_epoch()
        assert metrics is not None, "the shipped tasks have no generator"
        yield (np.nan if metrics.diverged else metrics.val_loss), metrics.seconds
        if metrics.diverged:
            return


if __name__ == "__main__":
    app()
