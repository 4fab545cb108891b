"""How long the answer takes for a run of many trials, from its frames to the recommendation.

    python -m benchmarks.analysis_time --trials 50 1000 10000

Sobol configurations of a scripted landscape under ASHA, two and five dimensions.
"""

from __future__ import annotations

import argparse
import time

from benchmarks.own_search import Ours
from benchmarks.worlds import LandscapeWorld
from results.analysis.recommendation import recommendation
from results.analysis.summary import summarise
from results.run import Run
from search_spaces import configurations


def searched(landscape: str, num: int) -> Run:
    """A run of `num` configurations, without a confirmation."""
    world = LandscapeWorld(landscape, 0)
    study = Ours(world, 0, num)
    for config in configurations(world.space, "sobol", num, 0):
        study.search_trial(config, study.of_drawn)
    return study.data()


def main() -> None:
    """Print seconds per landscape and number of trials."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, nargs="*", default=[50, 1000, 10000])
    options = parser.parse_args()

    print("| landscape | trials | seconds |")
    print("|---|---|---|")
    for landscape in ("bowl", "plain of five"):
        for num in options.trials:
            run = searched(landscape, num)
            start = time.perf_counter()
            recommendation(run, summarise(run))
            print(f"| {landscape} | {num} | {time.perf_counter() - start:.2f} |", flush=True)


if __name__ == "__main__":
    main()
