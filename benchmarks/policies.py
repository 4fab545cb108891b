"""Whole searches compared at equal epochs: ours through its real code, and those of Optuna.

    python -m benchmarks.policies --worlds bowl cliff --policies ours tpe-sh --studies 30

A study searches a world (a scripted landscape; real training of a shipped task, written
`digits:regularisation`; a grid of published results, `hpolib:slice_localization`) until its epochs
are spent, confirmation included, one trial after another; what it then recommends is measured
without noise, or with eight fresh seeds. Peers get the epochs that ours took at most, and their
best three trained again with two fresh seeds each.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks.landscapes import LANDSCAPES, LandscapeOfChoices
from benchmarks.optuna_peers import PEERS
from benchmarks.own_search import Outcome, ours
from benchmarks.worlds import GRIDS, KINDS, GridWorld, LandscapeWorld, TrainingWorld, World
from results.analysis.recommendation import Recommendation
from search_spaces import Config

POLICIES: dict[str, Callable[[World, int, int, int], Outcome]] = {"ours": ours, **PEERS}


def world_of(name: str, study: int) -> World:
    """A landscape by its name, `benchmark:data set` of a grid, or `task:space` really trained."""
    if any(name in landscapes for _, landscapes in KINDS):
        return LandscapeWorld(name, study)
    place, what = name.split(":")
    return GridWorld(place, what) if place in GRIDS else TrainingWorld(place, what)


def studies(
    name: str, policy: str, seeds: Sequence[int], epochs: int, samples: int
) -> pd.DataFrame:
    """One row per study: what was recommended is worth, and what it cost."""
    rows = []
    for seed in seeds:
        world = world_of(name, seed)
        start = time.process_time()
        with threadpool_limits(1):
            found = POLICIES[policy](world, seed, epochs, samples)
        seconds = time.process_time() - start
        worth, best = world.worth(found.config), world.best
        value = worth if best is None else 100 * (worth / best - 1)
        row = {"seed": seed, "value": value, "epochs": found.epochs, "seconds": seconds}
        row |= {"search": found.search_epochs} | about(world, found)
        rows.append(row | {"config": found.config})
    return pd.DataFrame(rows)


def about(world: World, found: Outcome) -> dict[str, Any]:
    """Of our own answers on a landscape of two dimensions: the interval and the warnings."""
    answer, landscape = found.answer, getattr(world, "landscape", None)
    if answer is None or not hasattr(landscape, "best_lr_in_space"):
        return {}
    truth = landscape.best_lr_in_space(found.config["batch_size"])
    interval = answer.intervals.get("lr")
    codes = {warning.code for warning in answer.warnings}
    return {
        "holds": interval is not None and interval["low"] <= truth <= interval["high"],
        "width": math.log10(interval["high"] / interval["low"]) if interval else math.nan,
        "flat": "no-difference" in codes,
        "edge": "edge" in codes,
    } | _about_choice(found.config, answer, landscape)


def _about_choice(config: Config, answer: Recommendation, landscape: Any) -> dict[str, Any]:
    """How probably the recommended `norm` is said to be the best one, and whether it is."""
    if not isinstance(landscape, LandscapeOfChoices):
        return {}
    chances = answer.evidence["choice_probability"].get("norm", [])
    said = {entry["value"]: entry["probability"] for entry in chances}
    is_best = config["norm"] == landscape.best_norm
    return {"chance": said.get(config["norm"], math.nan), "best": is_best if said else math.nan}


def summary_row(name: str, policy: str, frame: pd.DataFrame) -> str:
    """One line of the table, in Markdown."""
    value = frame["value"]
    error = value.std(ddof=1) / math.sqrt(len(value)) if len(value) > 1 else math.nan
    figures = [
        name,
        policy,
        str(len(frame)),
        f"{value.mean():.4g} +- {error:.2g}",
        f"{value.median():.3g}",
        f"{value.quantile(0.9):.3g}",
        f"{value.max():.3g}",
        f"{frame['search'].mean():.0f}",
        f"{frame['epochs'].mean():.0f}",
        f"{frame['seconds'].median():.2f}",
    ]
    for column in ("holds", "width", "flat", "edge", "chance", "best"):
        figures.append(f"{frame[column].mean():.2f}" if column in frame else "")
    return "| " + " | ".join(figures) + " |"


HEADINGS = (
    "world",
    "policy",
    "studies",
    "mean",
    "median",
    "90th",
    "worst",
    "search epochs",
    "epochs",
    "CPU s",
    "holds",
    "width",
    "no-difference",
    "edge",
    "chance of choice",
    "is best",
)


def main() -> None:
    """Print a row per world and policy: excess in percent on landscapes, loss in training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", nargs="*", default=list(LANDSCAPES))
    parser.add_argument("--policies", nargs="*", default=["ours"], choices=list(POLICIES))
    parser.add_argument("--studies", type=int, default=30)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=800, help="that peers get")
    parser.add_argument("--samples", type=int, default=50, help="that ours gets")
    parser.add_argument("--csv", type=Path, help="where the studies go, one row each")
    options = parser.parse_args()

    print("| " + " | ".join(HEADINGS) + " |")
    print("|" + "---|" * len(HEADINGS))
    frames = []
    for name in options.worlds:
        for policy in options.policies:
            seeds = range(options.first_seed, options.first_seed + options.studies)
            frame = studies(name, policy, seeds, options.epochs, options.samples)
            frames.append(frame.assign(world=name, policy=policy))
            print(summary_row(name, policy, frame), flush=True)
    if options.csv:
        pd.concat(frames).to_csv(options.csv, index=False)


if __name__ == "__main__":
    main()
