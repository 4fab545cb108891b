"""Does the recommendation lie where a dense grid finds the plateau, on real data?

python benchmarks/dense_grid.py make      # trains the grid once: benchmarks/dense_grid.csv
python benchmarks/dense_grid.py check     # 10 searches of each task against it
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from cyclopts import App

sys.path.insert(0, str(Path(__file__).parents[1]))

from trainable.catalogue import find_task
from trainable.single import train_single

TABLE = Path(__file__).with_suffix(".csv")
TASKS = ("digits", "breast_cancer", "diabetes")
LEARNING_RATES = [float(f"{lr:.4g}") for lr in np.logspace(-4, 0, 25)]
BATCH_SIZES = (16, 32, 64, 128, 256)
SEEDS = (0, 1, 2)
LEAST_MARGIN = 0.01
"""As in the recommendation: what differs by less than 1 % is as good."""

app = App(help=__doc__, version_flags=[])


@app.command
def make() -> None:
    """Train every point of the grid with three seeds and write the table."""
    rows = [row for task in TASKS for row in _grid_of(task)]
    pd.DataFrame(rows).to_csv(TABLE, index=False, float_format="%.5g")


def _grid_of(task: str) -> Iterator[dict[str, object]]:
    file = find_task(task)
    for batch_size in BATCH_SIZES:
        for lr in LEARNING_RATES:
            config = {"lr": lr, "batch_size": batch_size}
            losses = [_final_loss(file, config, seed) for seed in SEEDS]
            row = {"task": task, "batch_size": batch_size, "lr": lr}
            yield row | {f"val_loss_{seed}": loss for seed, loss in zip(SEEDS, losses, strict=True)}
        print(task, batch_size, flush=True)


def _final_loss(file: object, config: dict[str, float], seed: int) -> float:
    epochs = file.epochs
    found = train_single(
        file, config, seed=seed, split_seed=0, epochs=epochs, num_epochs=epochs, num_threads=1
    )
    return found[-1].val_loss if len(found) == epochs else np.nan


def plateau(task: str, batch_size: int) -> tuple[float, float]:
    """The learning rates around the grid's best one, at a batch size, that are as good: their
    mean loss is within one standard deviation between seeds, and at least 1 %, of it."""
    grid = pd.read_csv(TABLE)
    grid = grid[(grid["task"] == task) & (grid["batch_size"] == batch_size)].set_index("lr")
    losses = grid.filter(like="val_loss_")
    mean = losses.mean(axis="columns", skipna=False).fillna(np.inf)
    best = int(mean.to_numpy().argmin())
    low_half = losses[mean <= mean.median()]
    spread = np.sqrt(np.log(low_half).var(axis="columns").mean())
    good = (mean <= mean.iloc[best] * np.exp(max(spread, np.log1p(LEAST_MARGIN)))).to_numpy()
    first, last = best, best
    while first > 0 and good[first - 1]:
        first -= 1
    while last < len(good) - 1 and good[last + 1]:
        last += 1
    # half a step on either side: the grid cannot tell where between its points it ends
    step = (LEARNING_RATES[1] / LEARNING_RATES[0]) ** 0.5
    return mean.index[first] / step, mean.index[last] * step


@app.command
def check(*, seeds: int = 10, samples: int = 50) -> None:
    """Search each task with so many seeds; how often the recommended lr is in the plateau."""
    from flatbasin import search
    from tuning.engine import session as ray_session

    hits, total = 0, 0
    with tempfile.TemporaryDirectory() as runs, ray_session.local() as session:
        session.ready()
        for task in TASKS:
            for seed in range(seeds):
                run = search(task=task, samples=samples, seed=seed, runs_dir=runs, quiet=True,
                             report=False, name=f"{task}-{seed}")  # fmt: skip
                config = run.recommendation().config
                low, high = plateau(task, config["batch_size"])
                inside = low <= config["lr"] <= high
                hits, total = hits + inside, total + 1
                best = run.trials.loc[run.trials["status"] == "finished", "val_loss"].min()
                print(
                    f"{task} seed {seed}: lr {config['lr']:.3g} at batch size "
                    f"{config['batch_size']}, plateau {low:.3g}-{high:.3g}: "
                    f"{'inside' if inside else 'OUTSIDE'}; best loss {best:.4g}",
                    flush=True,
                )
    print(f"{hits} of {total} inside")


if __name__ == "__main__":
    app()
