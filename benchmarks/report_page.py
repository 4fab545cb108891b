"""How long a report takes and how large it is, by the number of trials.

    python -m benchmarks.report_page [--trials 50 1000]

Of a whole search of a scripted landscape, confirmation included; nothing is trained.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.own_search import Ours
from benchmarks.worlds import LandscapeWorld
from results.report import render


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, nargs="+", default=[50, 1000])
    parser.add_argument("--keep", type=Path, help="directory to leave the reports in")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        directory = options.keep or Path(made)
        directory.mkdir(exist_ok=True)
        measure(50, directory / "warm-up.html")  # the imports of scikit-learn and plotly, once
        for trials in options.trials:
            print(measure(trials, directory / f"report-{trials}.html"))


def measure(trials: int, page_path: Path) -> str:
    """One line: size, time of the analysis, time of the page."""
    study = Ours(LandscapeWorld("cliff", 0), 0, trials)
    study.run()
    run = study.data()
    start = time.perf_counter()
    report = run.report_data()
    analysed = time.perf_counter()
    page = render(report)
    made = time.perf_counter()
    page_path.write_text(page, encoding="utf-8")
    return (
        f"{len(run.trials)} trials, {len(run.epochs)} epochs: {len(page.encode()) / 1e6:.1f} MB, "
        f"analysis {analysed - start:.2f} s, page {made - analysed:.2f} s"
    )


if __name__ == "__main__":
    main()
