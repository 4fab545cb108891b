"""A known configuration beside the recommended one: is the chance that is said right?

    python -m benchmarks.known --studies 200

Each study tries one known configuration first, up to a factor of about three from the best
learning rate of its scripted landscape, and then searches. Studies are put together by the chance
that the answer gives for being better; beside it stands how often it was, without noise.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.own_search import Ours
from benchmarks.worlds import LandscapeWorld
from search_spaces import Config

SPREAD = 0.25
"""Standard deviation of the known lr around the best one, in decades."""
SAMPLES = 50
EDGES = (0.0, 0.5, 0.7, 0.8, 0.9, 0.97, 1.0)


def main() -> None:
    """Print a line per study, then the chances said and how often they came true."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--first-seed", type=int, default=2000)
    parser.add_argument("--worlds", nargs="+", default=["bowl", "interaction", "heavy noise"])
    given = parser.parse_args()
    found = []
    with threadpool_limits(1):
        for study in range(given.first_seed, given.first_seed + given.studies):
            name = given.worlds[study % len(given.worlds)]
            found.append(_study(name, study))
            print(study, name, *found[-1], flush=True)
    for line in _table(found):
        print(line)


def _study(name: str, study: int) -> tuple[float | None, bool]:
    """The chance that is said, None where none is; and whether the answer is really better."""
    world = LandscapeWorld(name, study)
    known = _known(world, study)
    answer = Ours(world, study, SAMPLES, known=[known]).run().answer
    assert answer is not None
    said = answer.evidence["known"]
    return said["better"], world.worth(answer.config) < world.worth(known)


def _known(world: LandscapeWorld, study: int) -> Config:
    rng = np.random.default_rng([study, 99])
    exponent = world.landscape.best_lr + rng.normal(0, SPREAD)
    return world.space.nearest(
        {
            name: float(10**exponent) if name == "lr" else dimension.from_unit(rng.uniform())
            for name, dimension in world.space.searched.items()
        }
    )


def _table(found: Sequence[tuple[float | None, bool]]) -> list[str]:
    told = [(chance, is_better) for chance, is_better in found if chance is not None]
    lines = [f"{len(found) - len(told)} of {len(found)} without a chance: its own, or too little"]
    for low, high in pairwise(EDGES):
        inside = [pair for pair in told if low <= pair[0] < high or pair[0] == high == 1.0]
        if inside:
            said, came = np.mean(inside, axis=0)
            error = np.sqrt(came * (1 - came) / len(inside))
            counted = f"{len(inside):4d} studies"
            lines.append(
                f"said {100 * low:.0f}-{100 * high:.0f} %: {counted}, mean {100 * said:.1f} %, "
                f"true {100 * came:.1f} +- {100 * error:.1f} %"
            )
    return lines


if __name__ == "__main__":
    main()
