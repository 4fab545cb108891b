"""Learning rate by batch size at equal epochs, equal steps and equal seconds, really trained.

    python -m benchmarks.equal_budgets --tasks digits charlm --seeds 3

The budget is what batch size 32 takes in the task's own epochs: so many passes for all, so many
optimizer steps, or so many seconds of training and measuring (the median of its learning rates).
A cell is the mean validation loss over the seeds where the budget ends; `-`: training diverged.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from trainable.catalogue import find_task
from trainable.loaded_task import LoadedTask, load_task

RATES = (0.003, 0.01, 0.03, 0.1, 0.3)
SIZES = (16, 32, 64, 128, 256)
REFERENCE = 32
"""Batch size whose epochs are the budget."""


@dataclass(frozen=True)
class Curve:
    """One training, pass by pass."""

    losses: Sequence[float]
    steps: Sequence[int]
    """Optimizer steps by the end of each pass."""
    seconds: Sequence[float]

    def at(self, spent: Sequence[float], budget: float) -> float:
        """The loss after the pass that ends nearest to the budget; NaN if that is not reached."""
        if not spent or spent[-1] < 0.8 * budget:
            return math.nan
        return self.losses[int(np.abs(np.array(spent) - budget).argmin())]


def curve(loaded: LoadedTask, config: Mapping[str, Any], seed: int, epochs: int) -> Curve:
    """Train until the passes, the steps and, about, the seconds of the reference are over."""
    reference = epochs * -(-len(loaded.data.train) // REFERENCE)  # type: ignore[union-attr, arg-type]
    trial = loaded.trial(config, seed=seed, epochs=epochs)
    losses: list[float] = []
    steps: list[int] = []
    seconds: list[float] = []
    while len(losses) < epochs or steps[-1] < reference:
        found = trial.run_epoch()
        assert found is not None
        assert found.steps is not None
        if found.diverged:
            break
        losses.append(found.val_loss)
        steps.append(found.steps + (steps[-1] if steps else 0))
        seconds.append(found.seconds + (seconds[-1] if seconds else 0.0))
    return Curve(losses, steps, seconds)


def table(cells: Mapping[tuple[float, int], float]) -> list[str]:
    """Rows of learning rates, columns of batch sizes, the lowest in bold."""
    known = {place: loss for place, loss in cells.items() if math.isfinite(loss)}
    lowest = min(known, key=lambda place: known[place])
    lines = ["| lr | " + " | ".join(map(str, SIZES)) + " |", "|---" * (len(SIZES) + 1) + "|"]
    for rate in RATES:
        texts = []
        for size in SIZES:
            loss = cells[rate, size]
            text = f"{loss:.3f}" if math.isfinite(loss) else "-"
            texts.append(f"**{text}**" if (rate, size) == lowest else text)
        lines.append(f"| {rate:g} | " + " | ".join(texts) + " |")
    return [*lines, "", f"recommended: lr {lowest[0]:g}, batch size {lowest[1]}"]


def main() -> None:
    """Print three tables per task."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tasks", nargs="+", default=["digits", "charlm"])
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    for name in options.tasks:
        file = find_task(name)
        loaded = load_task(file, split_seed=0, num_threads=1, gpu_given=False)
        torch.set_num_threads(1)
        curves = {
            (rate, size): [
                curve(loaded, {"lr": rate, "batch_size": size}, seed, file.epochs)
                for seed in range(options.seeds)
            ]
            for rate in RATES
            for size in SIZES
        }
        passes = [
            c for rate in RATES for c in curves[rate, REFERENCE] if len(c.losses) >= file.epochs
        ]
        steps = passes[0].steps[file.epochs - 1]
        seconds = statistics.median(c.seconds[file.epochs - 1] for c in passes)
        budgets = (
            (f"{file.epochs} epochs", float(file.epochs), lambda c: range(1, len(c.losses) + 1)),
            (f"{steps} steps", float(steps), lambda c: c.steps),
            (f"{seconds:.2g} s", seconds, lambda c: c.seconds),
        )
        for text, budget, spent in budgets:
            cells = {
                place: float(np.mean([c.at(list(spent(c)), budget) for c in found]))
                for place, found in curves.items()
            }
            print(f"\n{name}, {text}\n", *table(cells), sep="\n", flush=True)


if __name__ == "__main__":
    main()
