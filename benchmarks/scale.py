"""Many trials and many workers, of a task that costs next to nothing: the search's own cost.

    python benchmarks/scale.py --samples 1000 10000
    python benchmarks/scale.py --lanes 64
    python benchmarks/scale.py --lanes 256 --local

The task's epochs take a millisecond and their losses follow a formula (scripted_task.py).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from processes import Sample, Usage, measure
from simulated import simulated_cluster
from tables import machine, markdown_table, write_section

from flatbasin import load

ROOT = Path(__file__).parent.parent
TASK = Path(__file__).parent / "scripted_task.py"
LANES_PER_NODE = 8
"""CPUs that a simulated node is said to have, so that its workers share the cores of this one."""
SAMPLES_PER_LANE = 30
OBJECT_STORE_BYTES = 100 * 2**20
"""Of each simulated node."""
RUN_NAME = "scaled"


@dataclass(frozen=True)
class Run:
    """One measured command."""

    usage: Usage
    directory: Path


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print the tables."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--samples", type=int, nargs="*", default=[1000, 10000])
    options.add_argument(
        "--lanes", type=int, help="measure so many workers (a multiple of 8) on a simulated cluster"
    )
    options.add_argument("--local", action="store_true", help="no cluster: forked workers")
    options.add_argument("--output", type=Path, help="document to write the table to")
    options.add_argument("--section", help="section of that document: samples, or lanes")
    given = options.parse_args(arguments)
    measured = local_lanes_table if given.local else lanes_table
    text = measured(given.lanes) if given.lanes else samples_table(given.samples)
    print(text)
    if given.output:
        lanes = "local-lanes" if given.local else "lanes"
        section = given.section or (lanes if given.lanes else "samples")
        write_section(given.output, section, text)


def samples_table(numbers: Sequence[int]) -> str:
    """What a trial costs, for each number of trials."""
    header = [
        "samples",
        "wall",
        "wall a trial",
        "driver CPU a trial",
        "driver peak memory",
        "record",
        "results.load",
    ]
    rows = []
    for samples in numbers:
        with tempfile.TemporaryDirectory() as made:
            rows.append(samples_row(run(Path(made), samples), samples))
    command = f"python benchmarks/scale.py --samples {' '.join(map(str, numbers))}"
    return f"`{command}`: one run, on {machine()}.\n\n{markdown_table(header, rows)}"


def samples_row(done: Run, samples: int) -> list[str]:
    """The row of one run."""
    last = done.usage.first_process[-1]
    start = time.perf_counter()
    load(done.directory)
    load_seconds = time.perf_counter() - start
    return [
        f"{samples:,}",
        f"{done.usage.wall_seconds:.1f} s",
        f"{1000 * done.usage.wall_seconds / samples:.2f} ms",
        f"{1000 * last.cpu_seconds / samples:.2f} ms",
        f"{last.peak_bytes / 2**20:.0f} MiB",
        f"{(done.directory / 'epochs.jsonl').stat().st_size / 1e6:.1f} MB",
        f"{load_seconds:.2f} s",
    ]


def lanes_table(lanes: int) -> str:
    """What the driver makes of many workers at a time, on the nodes of a simulated cluster."""
    with tempfile.TemporaryDirectory(prefix="fb-") as made, simulated_cluster(Path(made)) as nodes:
        for _ in range(lanes // LANES_PER_NODE):
            nodes.add_node(num_cpus=LANES_PER_NODE, object_store_memory=OBJECT_STORE_BYTES)
        where = ("--concurrent", str(lanes), "--address", nodes.address)
        # not in this process, whose children the nodes are: whoever measures waits for all of its
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            done = pool.submit(run, Path(made), SAMPLES_PER_LANE * lanes, *where).result()
        title = f"{lanes} workers on {lanes // LANES_PER_NODE} nodes"
        return rates_table(f"--lanes {lanes}", title, done)


def local_lanes_table(lanes: int) -> str:
    """The same of workers of this machine alone, which are forked."""
    with tempfile.TemporaryDirectory(prefix="fb-") as made:
        done = run(Path(made), SAMPLES_PER_LANE * lanes, "--concurrent", str(lanes))
        return rates_table(f"--lanes {lanes} --local", f"{lanes} workers", done)


def rates_table(arguments: str, title: str, done: Run) -> str:
    """The table of one run with many workers."""
    table = markdown_table([title, "value"], [list(row) for row in lane_figures(done).items()])
    return f"`python benchmarks/scale.py {arguments}`: one run, on {machine()}.\n\n{table}"


def lane_figures(done: Run) -> dict[str, str]:
    """Rates between the first and the last epoch."""
    lines = read_record(done.directory)
    times = [line["time"] for line in lines if line["kind"] == "epoch"]
    seconds = max(times) - min(times)
    num_reports = reports(lines, rungs(done.directory))
    started = done.usage.started
    cpu = cpu_at(done.usage.first_process, max(times) - started) - cpu_at(
        done.usage.first_process, min(times) - started
    )
    return {
        "Enter to first epoch": f"{min(times) - started:.1f} s",
        "epochs a second": f"{len(times) / seconds:,.0f}",
        "reports a second": f"{num_reports / seconds:,.0f}",
        "driver CPU a report": f"{1000 * cpu / num_reports:.2f} ms",
        "driver CPU an epoch": f"{1000 * cpu / len(times):.2f} ms",
        "share of a core": f"{100 * cpu / seconds:.0f} %",
        "trials a second": f"{done_trials(lines) / seconds:,.1f}",
    }


def run(directory: Path, samples: int, *more: str) -> Run:
    """Search the scripted task, measured."""
    where = ["--runs-dir", str(directory), "--name", RUN_NAME]
    what = ["--task", str(TASK), "--samples", str(samples), "--seed", "0"]
    alone = ["--no-confirm", "--no-report", "--quiet"]
    command = [sys.executable, str(ROOT / "tune_main.py"), *what, *where, *alone, *more]
    return Run(measure(command, directory), directory / RUN_NAME)


def read_record(directory: Path) -> list[dict[str, Any]]:
    """The lines of a run's record."""
    text = (directory / "epochs.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def rungs(directory: Path) -> list[int]:
    """The epochs at which the search judged."""
    options = tomllib.loads((directory / "run.toml").read_text(encoding="utf-8"))["options"]
    found, rung = [], options["grace_epochs"]
    while rung < options["epochs"]:
        found.append(rung)
        rung *= options["reduction_factor"]

    return found


def reports(lines: Sequence[dict[str, Any]], rungs: Sequence[int]) -> int:
    """Reports of workers: one at each rung that a trial reached, and one at its full budget."""
    epochs = {line["trial_id"]: line["epoch"] for line in lines if line["kind"] == "epoch"}
    finished = sum(line.get("status") == "finished" for line in lines)
    return finished + sum(epoch >= rung for epoch in epochs.values() for rung in rungs)


def done_trials(lines: Sequence[dict[str, Any]]) -> int:
    """Trials that ended."""
    return sum(line["kind"] == "status" for line in lines)


def cpu_at(samples: Sequence[Sample], seconds: float) -> float:
    """CPU time at the look nearest to `seconds` after the start."""
    return min(samples, key=lambda sample: abs(sample.seconds - seconds)).cpu_seconds


if __name__ == "__main__":
    main()
