"""What two searches taken together say, beside each alone and one search of both sizes.

    python -m benchmarks.together --worlds bowl edge --studies 60 --first-seed 2000

Two searches of 24 samples, the second within a decade of the first one's learning rate, as one
searches again after a look at an answer; what is recommended is measured without noise. Of the two
answers it is said how often the 90 % interval of `compare` holds the true difference.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks.landscapes import LANDSCAPES
from benchmarks.own_search import Ours, Outcome
from benchmarks.policies import HEADINGS, about, summary_row
from benchmarks.worlds import LandscapeWorld
from results.compare import differences
from results.run import Run
from results.together import together
from search_spaces import Float, Space

SAMPLES = 24
DECADES = 1.0
"""The second search looks so far to either side of the first one's answer."""


def searched(world: LandscapeWorld, seed: int, name: str, samples: int = SAMPLES) -> Run:
    """A whole search, confirmation included."""
    study = Ours(world, seed, samples)
    study.run()
    return replace(study.data(), path=Path(name))


def around(space: Space, lr: float) -> Space:
    """The space with learning rates near `lr` alone."""
    whole = space.dimensions["lr"]
    assert isinstance(whole, Float)
    low, high = max(whole.low, lr / 10**DECADES), min(whole.high, lr * 10**DECADES)
    return Space(dict(space.dimensions) | {"lr": Float(low, high, log=True)})


def study(name: str, seed: int) -> Iterator[tuple[str, Run, LandscapeWorld]]:
    """What each way to look at one landscape finds."""
    world = LandscapeWorld(name, seed)
    whole = world.space
    first = searched(world, seed, "first")
    yield "first", first, world
    yield "one of both sizes", searched(world, seed + 300_000, "large", 2 * SAMPLES), world
    world.space = around(whole, first.recommendation().config["lr"])
    second = searched(world, seed + 600_000, "second")
    yield "second", second, world
    yield "together", together([first, second]), world


def row(run: Run, world: LandscapeWorld) -> dict[str, Any]:
    """What the answer of `run` is worth, and what it cost."""
    answer = run.recommendation()
    epochs = answer.evidence["epochs"]
    found = Outcome(answer.config, epochs, epochs, answer)
    value = 100 * (world.worth(answer.config) / world.best - 1)
    costs = {"epochs": epochs, "search": epochs, "seconds": 0.0}
    return {"value": value} | costs | about(world, found)


def holds_truth(runs: Sequence[Run], world: LandscapeWorld) -> float:
    """1 where the interval of the difference of two answers holds the true one; NaN without any."""
    found = differences(runs).iloc[0]
    if isinstance(found["unknown"], str):
        return math.nan
    configs = {run.path.name: run.recommendation().config for run in runs}
    better, worse = world.worth(configs[found["better"]]), world.worth(configs[found["worse"]])
    return float(found["low"] <= 1 - better / worse <= found["high"])


def studies(name: str, seeds: Sequence[int]) -> tuple[pd.DataFrame, pd.Series]:
    """One row per study and way; and per study whether the difference of the answers holds."""
    rows, held = [], []
    with threadpool_limits(1):
        for seed in seeds:
            found = {way: (run, world) for way, run, world in study(name, seed)}
            rows += [{"way": way} | row(*each) for way, each in found.items()]
            (first, world), (second, _) = found["first"], found["second"]
            held.append(holds_truth([first, second], world))
    return pd.DataFrame(rows), pd.Series(held).dropna()


def main() -> None:
    """Print a row per world and way: the excess over the best in percent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", nargs="*", default=["bowl", "interaction"], choices=LANDSCAPES)
    parser.add_argument("--studies", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0)
    options = parser.parse_args()

    print("| " + " | ".join(HEADINGS) + " |")
    print("|" + "---|" * len(HEADINGS))
    seeds = range(options.first_seed, options.first_seed + options.studies)
    for name in options.worlds:
        rows, held = studies(name, seeds)
        for way, frame in rows.groupby("way", sort=False):
            print(summary_row(name, str(way), frame))
        print(f"the difference of two answers lies in {held.mean():.2f} of {len(held)} intervals")


if __name__ == "__main__":
    main()
