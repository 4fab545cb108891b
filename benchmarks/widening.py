"""A range widened twice beside one search of the wide range, at equal epochs.

    python -m benchmarks.widening --studies 30

The optimum of each scripted landscape lies above the lr range that is searched first. The run then
goes on in a range ten times as wide at its upper end, twice, as the edge warning asks for. Beside
it one search of the widest range, of as many samples as take the same epochs.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.own_search import Ours, Outcome
from benchmarks.worlds import LandscapeWorld
from search_spaces import Space

LOW, FIRST_HIGH, FACTOR = 1e-5, 1e-3, 10.0
"""The lr range searched first, and by what its upper end moves out, each time."""
SAMPLES, MORE, TIMES = 24, 20, 2


def main() -> None:
    """Print the regret of both, in percent over the best loss, and their epochs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=30)
    parser.add_argument("--first-seed", type=int, default=2000)
    parser.add_argument("--world", default="bowl")
    given = parser.parse_args()
    rows = []
    with threadpool_limits(1):
        for study in range(given.first_seed, given.first_seed + given.studies):
            rows.append(_study(given.world, study))
            print(study, *(f"{value:.4g}" for value in rows[-1]), flush=True)
    table = np.array(rows)
    for place, name in ((0, "widened"), (2, "at once")):
        regret, epochs = 100 * table[:, place], table[:, place + 1]
        error = regret.std(ddof=1) / np.sqrt(len(regret))
        print(
            f"{name}: regret {regret.mean():.2f} +- {error:.2f} % (median {np.median(regret):.2f}, "
            f"worst {regret.max():.2f}), {epochs.mean():.0f} epochs"
        )


def _study(name: str, study: int) -> tuple[float, float, float, float]:
    """Regret and epochs of the widened run, then of the search of the wide range."""
    widened = _widened(_world(name, study), study)
    wide = _at_once(name, study, widened.epochs)
    return (*_figures(name, study, widened), *_figures(name, study, wide))


def _world(name: str, study: int) -> LandscapeWorld:
    """A landscape whose optimum lies in the range that only the last widening brings."""
    world = LandscapeWorld(name, study)
    place = np.random.default_rng([study, 77]).uniform(0.3, 0.9)
    best = np.log10(FIRST_HIGH * FACTOR ** (TIMES - 1)) + place
    world.landscape = replace(world.landscape, best_lr=float(best))
    world.space = _space(world, FIRST_HIGH * FACTOR**TIMES)
    return world


def _space(world: LandscapeWorld, high: float) -> Space:
    tables = world.space.to_dict()
    return Space.from_dict(tables | {"lr": tables["lr"] | {"low": LOW, "high": high}})


def _widened(world: LandscapeWorld, study: int) -> Outcome:
    run = Ours(world, study, SAMPLES, _space(world, FIRST_HIGH))
    outcome = run.run()
    for time in range(1, TIMES + 1):
        outcome = run.go_on(_space(world, FIRST_HIGH * FACTOR**time), MORE)
    return outcome


def _at_once(name: str, study: int, epochs: int) -> Outcome:
    """A search of the wide range that takes as many epochs at least, and hardly more."""
    samples = SAMPLES + TIMES * MORE
    while (found := Ours(_world(name, study), study, samples).run()).epochs < epochs:
        samples = max(samples + 2, int(samples * epochs / found.epochs))
    return found


def _figures(name: str, study: int, found: Outcome) -> tuple[float, float]:
    world = _world(name, study)
    assert world.best is not None
    return world.worth(found.config) / world.best - 1, found.epochs


if __name__ == "__main__":
    main()
