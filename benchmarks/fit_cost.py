"""What fits cost a search of short trials: proposals beside a Sobol sequence, in turns.

    python benchmarks/fit_cost.py --repeats 5

Fifty trials of a tenth of a second of CPU each, none stopped early, so that both searchers train
the same epochs; what is compared is the time from the first trial's start to the last epoch, and
that of the whole command: what proposals import, the answer needs as well, if later.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cyclopts import run as run_command
from scale import ROOT, read_record
from tables import machine, markdown_table, median_and_range

TASK = '''
"""Epochs of a given time of CPU, whose losses follow a formula."""
import math
import time

epochs = 9
space = "lr-batch"


def train(config, checkpoint=None):
    distance = abs(math.log10(config["lr"]) + 1.5) + abs(math.log2(config["batch_size"]) - 6) / 20
    for epoch in range(1, config["epochs"] + 1):
        end = time.thread_time() + SECONDS / config["epochs"]
        while time.thread_time() < end:
            pass
        loss = 0.1 + distance / 5 + math.exp(-epoch / 3)
        yield {"train_loss": loss, "val_loss": loss}
'''

SEARCHERS = ("bayes", "sobol")


def main(samples: int = 50, seconds: float = 0.1, repeats: int = 5) -> None:
    """Print the times of `repeats` pairs of searches with `samples` trials of `seconds` each."""
    found: dict[str, list[tuple[float, float]]] = {searcher: [] for searcher in SEARCHERS}
    for seed in range(repeats):
        order = SEARCHERS if seed % 2 else SEARCHERS[::-1]  # whoever is first may be colder
        for searcher in order:
            found[searcher].append(searching(searcher, samples, seconds, seed))
    print(f"{samples} trials of {seconds} s, {repeats} pairs of searches, on {machine()}.\n")
    rows = [
        [name, *(median_and_range(times, "s") for times in zip(*taken, strict=True))]
        for name, taken in found.items()
    ]
    both = list(zip(*(found[searcher] for searcher in SEARCHERS), strict=True))
    ratios = [[one[place] / other[place] for one, other in both] for place in range(2)]
    rows.append(["bayes / sobol, in turns", *map(median_and_range, ratios)])
    print(markdown_table(["searcher", "first trial to last epoch", "whole command"], rows))


def searching(searcher: str, samples: int, seconds: float, seed: int) -> tuple[float, float]:
    """Seconds from the first trial's start to the last epoch of one search, and of its command."""
    with tempfile.TemporaryDirectory() as made:
        task = Path(made, "busy.py")
        task.write_text(TASK.replace("SECONDS", str(seconds)), encoding="utf-8")
        what = ["--task", str(task), "--samples", str(samples), "--searcher", searcher]
        how = ["--scheduler", "none", "--seed", str(seed), "--no-confirm", "--no-report", "--quiet"]
        where = ["--runs-dir", made, "--name", "run"]
        command = [sys.executable, str(ROOT / "tune_main.py"), *what, *how, *where]
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        whole = time.perf_counter() - start
        lines = read_record(Path(made, "run"))
    begun = min(line["time"] for line in lines if line["kind"] == "trial")
    ended = max(line["time"] for line in lines if line["kind"] == "epoch")
    return ended - begun, whole


if __name__ == "__main__":
    run_command(main)
