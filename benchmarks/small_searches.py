"""Small searches, really trained: does the answer mislead, and what does its confirmation cost?

    python -m benchmarks.small_searches --samples 10 24 --studies 4

One row per space and size, each with the highest of its studies:

- the recommended configuration's validation loss over its fresh seeds, to the lowest full-length
  loss seen (asked: never above 1.5);
- the lowest one's configuration trained again with eight fresh seeds, to that loss: what the first
  ratio would be of the luckiest configuration, so how much of it is luck;
- the recommended to that configuration, both with the same eight fresh seeds;
- the confirmation's epochs to the search's (asked: at most 1.5, or at least three fresh seeds).
"""

from __future__ import annotations

import argparse
import math
from typing import Any, NamedTuple

from threadpoolctl import threadpool_limits

from benchmarks.own_search import Ours
from benchmarks.tables import markdown_table
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


class Ratios(NamedTuple):
    """Of one study, in the order of the columns."""

    recommended: float
    lucky: float
    again: float
    confirmation: float
    trials: int
    """Of the confirmation."""


def ratios(space: str | dict[str, Any], samples: int, seed: int) -> Ratios:
    """Search, confirm, and train what is compared once more."""
    world = TrainingWorld("digits", space)
    study = Ours(world, seed, samples)
    with threadpool_limits(1):
        found = study.run()
        trials = study.data().trials
        finished = trials[trials["status"].eq("finished")].set_index("trial_id")["val_loss"]
        seen = finished.min()
        configs = {trial["trial_id"]: trial["config"] for trial in study.record.trials}
        lucky, recommended = world.worth(configs[finished.idxmin()]), world.worth(found.config)
    told = found.answer.val_loss if found.answer and found.answer.val_loss else math.nan
    spent = (found.epochs - found.search_epochs) / found.search_epochs
    num = int(trials["stage"].eq(CONFIRM).sum())
    return Ratios(told / seen, lucky / seen, recommended / lucky, spent, num)


def main() -> None:
    """Print a row per space and number of samples."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, nargs="*", default=[10, 24])
    parser.add_argument("--studies", type=int, default=4)
    parser.add_argument("--first-seed", type=int, default=3000)
    options = parser.parse_args()

    columns = [
        "space",
        "samples",
        "recommended / lowest seen",
        "lowest again / lowest seen",
        "recommended / lowest, both again",
        "confirmation / search",
        "its trials",
    ]
    print(markdown_table(columns, []))
    for name, space in SPACES.items():
        for samples in options.samples:
            seeds = range(options.first_seed, options.first_seed + options.studies)
            studies = [ratios(space, samples, seed) for seed in seeds]
            worst = [max(column) for column in zip(*studies, strict=True)]
            shown = [f"{ratio:.2f}" for ratio in worst[:-1]]
            print(f"| {' | '.join([name, str(samples), *shown, str(worst[-1])])} |", flush=True)


if __name__ == "__main__":
    main()
