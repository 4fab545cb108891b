"""Memory of four workers on 1 GB of data held as tensors, against four workers without data.

    python benchmarks/memory.py --workers 4 --gigabytes 1

Memory is the proportional set size: a page that four processes share counts a quarter in each.
The target: the data once, and four times a worker without data, and 20 %. Linux only.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from processes import proportional_bytes
from tables import machine, markdown_table, write_section

ROOT = Path(__file__).parent.parent
TASK = """
import torch
from torch import nn
from torch.utils.data import TensorDataset

def data():
    inputs = torch.rand({rows}, 1024)
    return TensorDataset(inputs, inputs.mean(1, keepdim=True))

def model(config):
    return nn.Linear(1024, 1)
"""
ROWS_PER_GIGABYTE = 2**30 // 4096
SMALL_ROWS = 1000
SHARE_ALLOWED = 0.2
LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Memory:
    """Bytes of all workers together."""

    trained: int
    """After each has trained an epoch."""
    peak: int
    """The most at any time, while the first one made the data included."""
    seconds: float
    """Until all had trained."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure with data and without, print the table."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--workers", type=int, default=4)
    options.add_argument("--gigabytes", type=float, default=1.0)
    options.add_argument("--output", type=Path, help="document to write the table to")
    options.add_argument("--section", default="memory", help="section of that document")
    options.add_argument("--worker", nargs=2, metavar=("TASK", "DIRECTORY"), help=argparse.SUPPRESS)
    given = options.parse_args(arguments)
    if given.worker:
        work(*given.worker)
        return
    without = measure(given.workers, SMALL_ROWS)
    with_data = measure(given.workers, int(given.gigabytes * ROWS_PER_GIGABYTE))
    text = report(given, without, with_data)
    print(text)
    if given.output:
        write_section(given.output, given.section, text)


def report(given: argparse.Namespace, without: Memory, with_data: Memory) -> str:
    """The table, and how it came about."""
    target = (1 + SHARE_ALLOWED) * (given.gigabytes * 2**30 + without.trained)
    rows = [
        [f"{given.workers} workers without data", *shown(without), "", ""],
        [
            f"{given.workers} workers on {given.gigabytes:g} GiB",
            *shown(with_data),
            f"{target / 2**20:.0f}",
            "yes" if with_data.trained <= target else "no",
        ],
    ]
    header = ["", "MiB after an epoch", "MiB at the peak", "seconds", "target MiB", "within"]
    command = f"python benchmarks/memory.py --workers {given.workers}"
    return "\n\n".join(
        [
            f"`{command} --gigabytes {given.gigabytes:g}`: sums of proportional set sizes on "
            f"{machine()}.",
            markdown_table(header, rows),
        ]
    )


def shown(memory: Memory) -> list[str]:
    """Cells of the table."""
    return [
        f"{memory.trained / 2**20:.0f}",
        f"{memory.peak / 2**20:.0f}",
        f"{memory.seconds:.1f}",
    ]


def measure(num_workers: int, rows: int) -> Memory:
    """Memory of so many workers that train on `rows` rows of 4 KiB at once."""
    with tempfile.TemporaryDirectory() as directory:
        task = Path(directory) / "rows.py"
        task.write_text(TASK.format(rows=rows))
        command = [sys.executable, __file__, "--worker", str(task), directory]
        start = time.monotonic()
        workers = [
            subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for _ in range(num_workers)
        ]
        try:
            return _watch(workers, Path(directory), start)
        finally:
            for worker in workers:
                worker.communicate()


def _watch(workers: Sequence[subprocess.Popen[str]], directory: Path, start: float) -> Memory:
    """Look at the workers until each has noted that it has trained."""
    peak = 0
    while True:
        over = len(list(directory.glob("trained-*"))) == len(workers)
        memory = sum(proportional_bytes(worker.pid) for worker in workers)
        peak = max(peak, memory)
        if over:
            return Memory(memory, peak, time.monotonic() - start)
        if any(worker.poll() is not None for worker in workers):
            raise RuntimeError("a worker ended before it had trained")
        time.sleep(LOOK_SECONDS)


def work(task: str, directory: str) -> None:
    """A worker: load, train an epoch, say so, and stay until the input ends."""
    import os

    sys.path.insert(0, str(ROOT))
    from trainable.catalogue import find_task
    from tuning.assignments import Assignment
    from tuning.engine.worker import Worker

    class WorkerOfTask(Worker):
        def setup(self, config: dict[str, object]) -> None:
            super().setup(config, find_task(task), 0, 1, shared_dir=f"{directory}/shared")

    worker = WorkerOfTask()
    require_no_error(worker.step())
    assignment = Assignment(
        trial_id="s00000",
        attempt=1,
        config={"batch_size": 256},
        seed=0,
        epochs=1,
        checkpoint_dir=f"{directory}/checkpoints",
        checkpoint_seconds=1000.0,
    )
    worker.reset_config({"assignment": assignment})
    require_no_error(worker.step())
    Path(directory, f"trained-{os.getpid()}").touch()
    sys.stdin.read()


def require_no_error(result: dict[str, object]) -> None:
    """Raise RuntimeError where a worker's report tells of one."""
    error = result["report"].error  # type: ignore[attr-defined]
    if error is not None:
        raise RuntimeError(error)


if __name__ == "__main__":
    main()
