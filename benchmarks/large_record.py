"""A record of very many trials: how long and how much memory it takes to load, rank and answer it.

    python -m benchmarks.large_record --trials 10000 100000

Writes the record of a search with early stopping, 3, 9 or 27 epochs a trial, without training
anything; a process of its own then reads it.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.tables import machine, markdown_table
from record.lines import FINISHED, SEARCH, STOPPED, Line, epoch_line, status_line, trial_line
from record.settings import RECORD_FILE, write_settings
from record.writer import encode
from search_spaces import configurations, load_space

SPACE = "lr-batch"
EPOCHS, FACTOR = 27, 3
BATCH = 1000
"""Trials whose lines are written together."""
OPTIONS = {"task": "scripted", "epochs": EPOCHS, "reduction_factor": FACTOR}


def main() -> None:
    """Print a row for each number of trials."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--read", type=Path, help="read this run, in this process")
    given = parser.parse_args()
    if given.read:
        print(json.dumps(read(given.read)))
        return
    print(f"On {machine()}.\n")
    header = ["trials", "epochs", "record", "load", "ranking", "answer", "all", "peak memory"]
    print(markdown_table(header, [row(num) for num in given.trials]))


def row(num: int) -> list[str]:
    """The row of the table of so many trials."""
    with tempfile.TemporaryDirectory() as made:
        directory = Path(made, "run")
        write_run(directory, num)
        size = (directory / RECORD_FILE).stat().st_size
        command = [sys.executable, "-m", "benchmarks.large_record", "--read", str(directory)]
        done = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    phases = [done["load"], done["ranking"], done["answer"]]
    return [
        f"{num:,}",
        f"{done['epochs']:,}",
        f"{size / 1e6:.0f} MB",
        *(f"{seconds:.1f} s" for seconds in (*phases, sum(phases))),
        f"{done['peak'] / 2**20:,.0f} MiB",
    ]


def read(directory: Path) -> dict[str, float]:
    """Seconds of each phase, and the most memory of the process, in bytes."""
    from flatbasin import load

    times = [time.perf_counter()]
    run = load(directory)
    times.append(time.perf_counter())
    run.ranking()
    times.append(time.perf_counter())
    run.recommendation()
    times.append(time.perf_counter())
    spent = dict(zip(("load", "ranking", "answer"), np.diff(times).tolist(), strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return spent | {"peak": peak, "epochs": len(run.epochs)}


def write_run(directory: Path, num: int) -> None:
    """The run of a search of `num` trials, of which a third goes on at each rung."""
    directory.mkdir(parents=True)
    space = load_space(SPACE)
    write_settings(directory, {"options": OPTIONS, "space": space.to_dict()})
    rng = np.random.default_rng(0)
    configs = configurations(space, "sobol", num, 0)
    with (directory / RECORD_FILE).open("w", encoding="utf-8") as record:
        for start in range(0, num, BATCH):
            batch = configs[start : start + BATCH]
            record.writelines(encode(line) for line in _lines(batch, start, rng))


def _lines(configs: list[dict[str, float]], start: int, rng: np.random.Generator) -> Iterator[Line]:
    """The lines of some trials, as if they had run one after another."""
    lr = np.log10([config["lr"] for config in configs])
    size = np.log2([config["batch_size"] for config in configs])
    final = 0.1 * (1 + (lr + 1.5) ** 2 + 0.05 * (size - 6) ** 2) * rng.lognormal(0, 0.05, len(lr))
    lengths = np.select([_is_best(final, FACTOR**2), _is_best(final, FACTOR)], [EPOCHS, 9], 3)
    for place, config in enumerate(configs):
        trial_id, clock = f"s{start + place:06d}", float(start + place)
        begin = trial_line(trial_id, config, attempt=1, stage=SEARCH, seed=0, control=False)
        yield {"time": clock} | begin
        for epoch in range(1, lengths[place] + 1):
            loss = float(final[place] * (1 + np.exp(-epoch / 8)) * rng.lognormal(0, 0.01))
            metrics = {"epoch": epoch, "train_loss": loss, "train_eval_loss": 0.9 * loss}
            metrics |= {"val_loss": loss, "seconds": 0.01, "steps": 67, "accuracy": 1 - loss / 2}
            yield {"time": clock + epoch / 100} | epoch_line(trial_id, 1, metrics)
        ended = FINISHED if lengths[place] == EPOCHS else STOPPED
        yield {"time": clock + 0.5} | status_line(trial_id, ended)


def _is_best(losses: np.ndarray, factor: int) -> np.ndarray:
    return losses <= np.quantile(losses, 1 / factor)


if __name__ == "__main__":
    main()
