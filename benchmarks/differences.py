"""How often the 90 % interval of the difference of two answers holds the true difference.

    python -m benchmarks.differences --studies 4000
    python -m benchmarks.differences --studies 3000 --seeds 80

Beside it Student's, which takes both noises as one. With `--seeds` two configurations of `digits`
are really trained with so many seeds each, and the fresh seeds of a study drawn from those.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy.stats import ttest_ind

from benchmarks.worlds import TrainingWorld
from results.analysis.difference import difference

CASES = (
    (3, 3, 0.03, 0.03),
    (3, 5, 0.03, 0.03),
    (5, 5, 0.03, 0.03),
    (3, 3, 0.03, 0.1),
    (3, 5, 0.1, 0.03),
    (3, 6, 0.1, 0.03),
)
"""Seeds of each and the standard deviations of the logarithms of their losses."""

TRAINED = ({"lr": 0.22, "batch_size": 32}, {"lr": 0.42, "batch_size": 128})

Draw = Callable[[], tuple[Sequence[float], Sequence[float]]]


def held(draw: Draw, truth: float, studies: int) -> tuple[float, float]:
    """The shares of our intervals, and of Student's, that hold the `truth`, a share of a loss."""
    ours = students = 0
    for _ in range(studies):
        one, other = draw()
        found = difference(one, other)
        ours += found.low <= truth <= found.high
        pooled = ttest_ind(np.log(other), np.log(one)).confidence_interval(0.9)
        students += pooled.low <= -math.log1p(-truth) <= pooled.high
    return ours / studies, students / studies


def scripted(rng: np.random.Generator, one: int, other: int, *sds: float) -> Draw:
    """Log-normal losses, those of the first 20 % lower."""
    return lambda: (
        0.08 * np.exp(rng.normal(0, sds[0], one)),
        0.10 * np.exp(rng.normal(0, sds[1], other)),
    )


def drawn(rng: np.random.Generator, losses: Sequence[np.ndarray], nums: Sequence[int]) -> Draw:
    """So many of the losses of each, none of them twice."""
    pairs = list(zip(losses, nums, strict=True))
    return lambda: tuple(rng.choice(each, num, replace=False) for each, num in pairs)


def trained(num_seeds: int) -> list[np.ndarray]:
    """Final losses of both TRAINED with so many seeds each."""
    world = TrainingWorld("digits", "lr-batch")
    return [
        np.array([[*world.losses(config, 1000 * place + seed)][-1] for seed in range(num_seeds)])
        for place, config in enumerate(TRAINED)
    ]


def main() -> None:
    """Print a row per case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--seeds", type=int, help="train really, with so many seeds")
    options = parser.parse_args()

    rng = np.random.default_rng(50)
    print("| seeds | standard deviations | Welch | Student |\n|---|---|---|---|")
    if options.seeds:
        losses = trained(options.seeds)
        sds = [float(np.log(each).std()) for each in losses]
        truth = -math.expm1(np.log(losses[0]).mean() - np.log(losses[1]).mean())
        for nums in ((3, 3), (3, 5), (5, 5)):
            print_row(nums, sds, held(drawn(rng, losses, nums), truth, options.studies))
        return
    for one, other, *sds in CASES:
        print_row((one, other), sds, held(scripted(rng, one, other, *sds), 0.2, options.studies))


def print_row(nums: Sequence[int], sds: Sequence[float], shares: Sequence[float]) -> None:
    """One line of the table, in Markdown."""
    texts = ["{} and {}".format(*nums), "{:.2g} and {:.2g}".format(*sds)]
    print("| " + " | ".join([*texts, *(f"{100 * share:.1f} %" for share in shares)]) + " |")


if __name__ == "__main__":
    main()
