"""How long a large run takes to go on: from Enter to the first new epoch in its record.

    python benchmarks/resume_time.py --trials 1000

The run is of scripted_task.py. It goes on with 20 more samples, and, as after a crash near the
end, with the last twentieth of its record cut off.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from cyclopts import run as run_command
from processes import measure
from scale import ROOT, run
from tables import machine, markdown_table

from flatbasin import load
from record.reader import read_lines


def resume_time(*, trials: int = 1000) -> None:
    """Make a run of so many trials, let it go on, and print the table."""
    with tempfile.TemporaryDirectory() as made:
        whole = run(Path(made), trials).directory
        cut = shutil.copytree(whole, whole.with_name("cut"))
        cut_record(cut, share=0.05)
        rows = [
            ["20 more samples", *goes_on(whole, "--samples", "20")],
            ["the last 5 % of the record lost", *goes_on(cut)],
        ]
    header = [f"resume of {trials:,} trials", "Enter to first new epoch", "to the end", "trials"]
    command = f"python benchmarks/resume_time.py --trials {trials}"
    print(f"`{command}`: one run, on {machine()}.\n\n{markdown_table(header, rows)}")


def cut_record(path: Path, share: float) -> None:
    """Cut the record off in mid-line, as a crash does."""
    record = path / "epochs.jsonl"
    data = record.read_bytes()
    record.write_bytes(data[: int(len(data) * (1 - share))])


def goes_on(path: Path, *more: str) -> list[str]:
    """Resume the run; seconds to its first new epoch and to its end, and its trials then."""
    started = time.time()
    command = [sys.executable, str(ROOT / "tune_main.py"), "resume", str(path), *more]
    with tempfile.TemporaryDirectory() as output:
        usage = measure(command, Path(output))
    lines, _ = read_lines(path / "epochs.jsonl")  # one of them may be half a line
    times = [line["time"] for line in lines if line["kind"] == "epoch"]
    first = min(moment for moment in times if moment > started)
    return [f"{first - started:.1f} s", f"{usage.wall_seconds:.1f} s", str(len(load(path).trials))]


if __name__ == "__main__":
    run_command(resume_time)
