"""Small searches, really trained: does the answer mislead, and what does its confirmation cost?

    python -m benchmarks.small_searches --samples 10 24 --studies 4

One row per space and size: the highest ratio of the recommended configuration's validation loss
over its fresh seeds to the lowest full-length loss that the search saw (asked: never above 1.5),
and the highest ratio of the confirmation's epochs to the search's (asked: at most 1.5, or at least
three fresh seeds).
"""

from __future__ import annotations

import argparse
import math
from typing import Any

from threadpoolctl import threadpool_limits

from benchmarks.own_search import Ours
from benchmarks.worlds import TrainingWorld
from record.lines import CONFIRM

LR = {"type": "float", "low": 1e-4, "high": 1.0, "log": True}

SPACES: dict[str, str | dict[str, Any]] = {
    "lr-batch": "lr-batch",
    "optimizer (conditional)": "optimizer",
    "regularisation": "regularisation",
    "architecture": "architecture",
    "stepped": {
        "lr": {"type": "float", "low": 0.05, "high": 1.0, "step": 0.05},
        "batch_size": {"type": "int", "low": 16, "high": 256, "step": 16},
        "dropout": {"type": "float", "low": 0.0, "high": 0.6, "step": 0.1},
    },
    "constrained": {
        "lr": LR,
        "batch_size": [16, 32, 64, 128, 256],
        "hidden": {"type": "int", "low": 16, "high": 256, "log": True},
        "constraints": ["lr * 64 < batch_size", "hidden <= 8 * batch_size"],
    },
}


def ratios(space: str | dict[str, Any], samples: int, seed: int) -> tuple[float, float, int]:
    """Recommended over lowest loss seen, confirmation over search in epochs, trials of it."""
    study = Ours(TrainingWorld("digits", space), seed, samples)
    with threadpool_limits(1):
        found = study.run()
    trials = study.data().trials
    seen = trials.loc[trials["status"].eq("finished"), "val_loss"].min()
    recommended = found.answer.val_loss if found.answer and found.answer.val_loss else math.nan
    spent = found.epochs - found.search_epochs
    num = int(trials["stage"].eq(CONFIRM).sum())
    return recommended / seen, spent / found.search_epochs, num


def main() -> None:
    """Print a row per space and number of samples."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, nargs="*", default=[10, 24])
    parser.add_argument("--studies", type=int, default=4)
    parser.add_argument("--first-seed", type=int, default=3000)
    options = parser.parse_args()

    print("| space | samples | worst loss / lowest seen | confirmation / search | its trials |")
    print("|---|---|---|---|---|")
    for name, space in SPACES.items():
        for samples in options.samples:
            seeds = range(options.first_seed, options.first_seed + options.studies)
            losses, costs, nums = zip(*(ratios(space, samples, s) for s in seeds), strict=True)
            row = f"| {name} | {samples} | {max(losses):.2f} | {max(costs):.2f} | {max(nums)} |"
            print(row, flush=True)


if __name__ == "__main__":
    main()
