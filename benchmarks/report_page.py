"""How long a report takes and how large it is, by the number of trials.

    python -m benchmarks.report_page [--trials 50 1000]

Writes a made-up record of a search with early stopping and its confirmation (scripted losses, see
`calibration_landscapes`), reads it back, and makes the report; nothing is trained.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.calibration import EPOCHS, Study, asynchronous_halving, sobol_configs
from benchmarks.calibration_landscapes import LANDSCAPES
from flatbasin import load
from results.report import render


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, nargs="+", default=[50, 1000])
    parser.add_argument("--keep", type=Path, help="directory to leave runs and reports in")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        root = options.keep or Path(directory)
        measure(50, root / "warm-up")  # the imports of scikit-learn and plotly, once
        for trials in options.trials:
            print(measure(trials, root / f"run-{trials}"))


def made_up_run(trials: int, directory: Path) -> None:
    """A search of so many trials and its confirmation."""
    rng = np.random.default_rng(0)
    study = Study(directory, LANDSCAPES["cliff"](rng), rng)
    configs = sobol_configs(trials, rng)
    curves = [study.landscape.curve(config, EPOCHS, rng) for config in configs]
    ran = asynchronous_halving(curves, [False] * trials)
    for place, config in enumerate(configs):
        study.write(f"s{place:05d}", "search", config, curves[place][: ran[place]])
    study.confirm()


def measure(trials: int, directory: Path) -> str:
    """One line: size, time of the analysis, time of the page."""
    made_up_run(trials, directory)
    run = load(directory)
    start = time.perf_counter()
    report = run.report_data()
    analysed = time.perf_counter()
    page = render(report)
    made = time.perf_counter()
    (directory / "report.html").write_text(page, encoding="utf-8")
    return (
        f"{len(run.trials)} trials, {len(run.epochs)} epochs: {len(page.encode()) / 1e6:.1f} MB, "
        f"analysis {analysed - start:.2f} s, page {made - analysed:.2f} s"
    )


if __name__ == "__main__":
    main()
