"""Searches, many of them in processes of their own and killed at chosen moments."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from results import Run, load
from tests import PATIENCE

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, str(ROOT / "tune_main.py")]
CHECKPOINT_SECONDS = "tuning.search_run.CHECKPOINT_SECONDS"
"""Where the product keeps the training between two checkpoints."""
CHANGED = f"""
import importlib, json, sys
sys.path.insert(0, {str(ROOT)!r})
for name, value in json.loads(sys.argv.pop(1)).items():
    module, _, constant = name.rpartition(".")
    assert hasattr(importlib.import_module(module), constant), name
    setattr(sys.modules[module], constant, value)
from tune_main import main
sys.exit(main())
"""
IN_A_ROW = f"""
import contextlib, json, sys
sys.path.insert(0, {str(ROOT)!r})
from tests.tuning import faults
from tuning.engine import session

commands, own_ray = json.loads(sys.argv[1])
with session.local(2) if own_ray else contextlib.nullcontext() as ray:
    if own_ray:
        ray.ready()
    ends = [faults.ended(*command) for command in commands]
print(json.dumps([[end.args, end.returncode, end.stdout, end.stderr] for end in ends]))
"""


def command_with(constants: dict[str, float]) -> list[str]:
    """The command, with other values of the product's constants."""
    return [sys.executable, "-c", CHANGED, json.dumps(constants)]


def eager_command(checkpoint_seconds: float) -> list[str]:
    """The command, with a checkpoint after so many seconds of training."""
    return command_with({CHECKPOINT_SECONDS: checkpoint_seconds})


def environment(**settings: str) -> dict[str, str]:
    """A user's: without what a Ray in this process has set for itself, its token among it."""
    ours = ("RAY_", "TUNE_", "FLATBASIN_")
    return {name: os.environ[name] for name in os.environ if not name.startswith(ours)} | settings


def start(
    path: Path,
    *arguments: str,
    checkpoint_seconds: float | None = None,
    report: bool = False,
    **how: Any,
) -> subprocess.Popen[str]:
    """A search whose run directory is `path`; `how` goes to Popen."""
    command = COMMAND if checkpoint_seconds is None else eager_command(checkpoint_seconds)
    command = [*command, *arguments, *_place(path, report)]
    how = {"env": environment()} | how
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how
    )


def _place(path: Path, report: bool) -> list[str]:
    place = ["--runs-dir", str(path.parent), "--name", path.name, "--quiet"]
    return place if report else [*place, "--no-report"]


@contextmanager
def small_disk(directory: Path, size: str) -> Iterator[Path]:
    """A disk of `size` at `directory`; skips the test where mounting one is not permitted."""
    directory.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(directory)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        yield directory
    finally:
        subprocess.run(
            ["umount", "--lazy", str(directory)], check=True
        )  # workers may be at it still


def enlarge(directory: Path) -> None:
    """Make room on the small disk at `directory`."""
    subprocess.run(["mount", "-o", "remount,size=64m", str(directory)], check=True)


def run_command(*arguments: str, **how: Any) -> subprocess.CompletedProcess[str]:
    """A command, waited for; `how` goes to Popen."""
    command, how = [*COMMAND, *arguments], {"env": environment()} | how
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, **how)


def done(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command that nobody kills: in this process, on the Ray that its tests share."""
    import ray

    assert ray.is_initialized(), "the test asks for ray_running"
    return ended(*arguments)


def ended(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command in this process."""
    from tune_main import main

    said, error = StringIO(), StringIO()
    with redirect_stdout(said), redirect_stderr(error):
        code = main(list(arguments))
    return subprocess.CompletedProcess(arguments, code, said.getvalue(), error.getvalue())


def done_in_a_row(*commands: Sequence[str], **how: Any) -> list[subprocess.CompletedProcess[str]]:
    """Commands that nobody kills: in one process of their own, on a Ray whose workers have that
    process's environment; `how` goes to Popen."""
    return ended_in_a_row(row_command(commands, own_ray=True), **{"env": environment()} | how)


def row_command(commands: Iterable[Sequence[str]], *, own_ray: bool) -> list[str]:
    """A program that runs commands one after another, all on one Ray of its own if it has one."""
    return [sys.executable, "-c", IN_A_ROW, json.dumps([list(commands), own_ray])]


def ended_in_a_row(program: Sequence[str], **how: Any) -> list[subprocess.CompletedProcess[str]]:
    """How the commands of such a program ended, which says nothing else; `how` goes to Popen."""
    process = subprocess.run(program, capture_output=True, text=True, timeout=PATIENCE, **how)
    assert (process.returncode, process.stderr) == (0, "")
    return [subprocess.CompletedProcess(*end) for end in json.loads(process.stdout)]


def searched(path: Path, *arguments: str, report: bool = False) -> subprocess.CompletedProcess[str]:
    """A search that nobody kills, into the run directory `path`."""
    return done(*arguments, *_place(path, report))


def wait_for_epochs(path: Path, num: int) -> None:
    """Wait until the record at `path` holds so many epochs."""
    record, deadline = path / "epochs.jsonl", time.monotonic() + PATIENCE
    while not record.exists() or record.read_text().count('"kind": "epoch"') < num:
        assert time.monotonic() < deadline, f"{num} epochs were not reported in {PATIENCE:g} s"
        time.sleep(0.05)


def kill(process: subprocess.Popen[str], number: int = signal.SIGKILL) -> str:
    """Send the signal and wait for the end; what was said on stderr."""
    process.send_signal(number)
    return process.communicate(timeout=PATIENCE)[1]


def kill_while(arguments: Sequence[str], path: Path, mark: str, num_lines: int) -> None:
    """Run a command on the run at `path`, and kill it so many lines of the record after a new
    `mark`."""
    record = path / "epochs.jsonl"
    before = record.read_text().count(mark)
    command = subprocess.Popen([*COMMAND, *arguments], env=environment(), stderr=subprocess.PIPE)
    deadline = time.monotonic() + PATIENCE
    while record.read_text().count(mark) == before or _lines_after(record, mark) < num_lines:
        assert time.monotonic() < deadline, f"no {num_lines} lines after {mark}"
        time.sleep(0.02)
    command.kill()
    command.communicate(timeout=PATIENCE)
    assert command.returncode < 0, "it had ended before"


def _lines_after(record: Path, mark: str) -> int:
    return record.read_text().rpartition(mark)[2].count("\n")


def same_as_far_as_both_ran(one: Run, other: Run) -> bool:
    """Whether the two runs have the same configurations, and each trial the same losses."""
    configs = [run.trials.set_index("trial_id").filter(like="config/") for run in (one, other)]
    shared = configs[0].index.intersection(configs[1].index)
    shared = shared[shared.str.startswith("s")]  # what is confirmed depends on what was stopped
    losses = [run.epochs.set_index(["trial_id", "epoch"])["val_loss"] for run in (one, other)]
    both = pd.concat(losses, axis="columns", join="inner")
    both = both[both.index.isin(shared, level="trial_id")]
    configs_agree = configs[0].loc[shared].equals(configs[1].loc[shared])
    return len(both) > 0 and configs_agree and bool((both.iloc[:, 0] == both.iloc[:, 1]).all())


def every_epoch_once(run: Run) -> bool:
    """Whether the frames hold each trial's epochs from 1 to its last, each once."""
    epochs = run.epochs.groupby("trial_id")["epoch"].apply(list)
    return all(found == list(range(1, len(found) + 1)) for found in epochs)


def reported(path: Path) -> set[tuple[str, int]]:
    """The epochs that the record at `path` holds."""
    epochs = load(path).epochs
    return set(zip(epochs["trial_id"], epochs["epoch"], strict=True))
