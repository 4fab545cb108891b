"""Kills drivers, workers and nodes of real searches and counts what was lost.

    python benchmarks/fault_campaign.py --driver-kills 50 --worker-kills 50 --node-kills 10

`--driver-kills 50` are 50 of searches on digits and 50 of a generator. After every resume the
frames must hold each epoch that was ever reported, once, and each trial's losses must be those of
an undisturbed search, to the last bit. Whatever is not so is left on the disk, with what was
printed.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated

import psutil
from cyclopts import App, Parameter
from simulated import simulated_cluster

sys.path.insert(0, str(Path(__file__).parents[1]))

from fault_tally import Tally, judge, leave

from flatbasin import Run, load
from tests.tuning import faults

GENERATOR_TASK = '''
"""A generator whose loss depends on torch's random state and on its checkpoint."""
import time
import torch

epochs = 9
space = {"lr": {"type": "float", "low": 1e-3, "high": 0.5, "log": True}}

def train(config, checkpoint=None):
    state = checkpoint or {"epoch": 0, "loss": 1.0}
    while state["epoch"] < config["epochs"]:
        time.sleep(0.1)
        loss = state["loss"] * (1 - config["lr"]) + 0.01 * torch.rand(()).item()
        state = {"epoch": state["epoch"] + 1, "loss": loss}
        yield {"train_loss": loss, "val_loss": loss + 0.1, "checkpoint": state}
'''
QUICK = ("--no-confirm", "--no-report")
CHECKPOINT_SECONDS = 0.3
"""Of training between two checkpoints: else trials of seconds would have none to go on from."""
MOST_KILLS = 3
"""Of one driver, before its search is let end: a resume is killed like the search before it."""
DEADLINE = 600.0
"""Seconds after which a command counts as hung: it is killed, and the search as aborted."""


def kill_drivers(num: int, directory: Path, rng: random.Random, at_a_time: int) -> Tally:
    """SIGKILL drivers after a random epoch, `num` on each door, and resume; compare at the end."""
    task = _write_task(directory)
    doors = {
        "digits": ("--samples", "16", "--epochs", "27", *QUICK),
        "generator": ("--task", str(task), "--samples", "24", *QUICK),
    }
    total = Tally()
    for name, arguments in doors.items():
        alone = _alone(directory / name, arguments)
        one = partial(_kill_driver, arguments, alone)
        kills = _parts(num, rng)
        paths = [directory / f"{name}-{place}" for place in range(len(kills))]
        seeds = [rng.getrandbits(32) for _ in kills]
        door = Tally()
        with ThreadPoolExecutor(at_a_time) as pool:
            for tally in pool.map(one, paths, kills, seeds):
                door += tally
                print(f"driver kills, {name}: {door}", flush=True)
        total += door
    return total


def _parts(num: int, rng: random.Random) -> list[int]:
    """`num` as a sum of numbers from 1 to MOST_KILLS."""
    parts = []
    while sum(parts) < num:
        parts.append(min(rng.randint(1, MOST_KILLS), num - sum(parts)))
    return parts


def _kill_driver(
    arguments: tuple[str, ...], alone: Run, path: Path, kills: int, seed: int
) -> Tally:
    """One search and its resumes, killed so many times; then resumed to its end."""
    rng, tally, output = random.Random(seed), Tally(), path.with_suffix(".txt")
    known: set[tuple[str, int]] = set()
    process = _start(path, arguments, output)
    while tally.kills < kills:
        more = rng.randint(1, max(1, len(alone.epochs) // kills))
        is_training = _is_training(process, path, _num_lines(path) + more)
        time.sleep(rng.uniform(0.0, 0.3))
        process.kill()
        if process.wait() == 0:  # it was done first: that is no kill, and there is nothing to kill
            break
        if not is_training:
            tally.searches_aborted += 1
            return leave(path, tally)
        tally.kills += 1
        before, known = known, _reported(path)
        tally.epochs_lost += len(before - known)
        process = _start(path, None, output)
    tally += judge(path, alone, _end(process))
    tally.epochs_lost += len(known - _reported(path))
    if process.returncode == 0 and tally.kills < kills:  # the rest on another search
        rest = path.with_name(f"{path.name}-{kills - tally.kills}")
        tally += _kill_driver(arguments, alone, rest, kills - tally.kills, rng.getrandbits(32))
    return leave(path, tally)


def kill_workers(num: int, directory: Path, rng: random.Random, at_a_time: int) -> Tally:
    """SIGKILL workers of searches that run on, until `num` were killed."""
    arguments = _long_search(directory)
    alone = _alone(directory / "alone", arguments)
    total = Tally()
    while total.kills < num:
        tally, path = Tally(), directory / f"workers-{total.kills}"
        search = _start(path, arguments, path.with_suffix(".txt"))
        while total.kills + tally.kills < num and _is_training(search, path):
            workers = _workers_of(search)
            with contextlib.suppress(psutil.NoSuchProcess, IndexError):
                rng.choice(workers).kill()
                tally.kills += 1
                print(f"worker kills: {total.kills + tally.kills}", flush=True)
            time.sleep(rng.uniform(0.5, 3.0))
        tally += judge(path, alone, _end(search))
        total += leave(path, tally)
        print(f"worker kills: {total}", flush=True)
        if not tally.kills:
            break
    return total


def kill_nodes(num: int, directory: Path, rng: random.Random, at_a_time: int) -> Tally:
    """Kill `num` nodes of a cluster, one at a time, while searches run on it.

    The cluster is this process's, the searches are processes of their own that join it.
    """
    arguments = _long_search(directory)
    alone = _alone(directory / "alone", arguments)
    total = Tally()
    with simulated_cluster(directory) as cluster:
        nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
        while total.kills < num:
            tally, path = Tally(), directory / f"nodes-{total.kills}"
            output = path.with_suffix(".txt")
            search = _start(path, (*arguments, "--address", cluster.address), output)
            while total.kills + tally.kills < num and _is_training(search, path):
                cluster.remove_node(nodes.pop(rng.randrange(2)), allow_graceful=False)
                tally.kills += 1
                print(f"node kills: {total.kills + tally.kills}", flush=True)
                nodes.append(cluster.add_node(num_cpus=1))
                time.sleep(rng.uniform(1.0, 4.0))
            tally += judge(path, alone, _end(search))
            total += leave(path, tally)
            print(f"node kills: {total}", flush=True)
            if not tally.kills:
                break
    return total


def _write_task(directory: Path) -> Path:
    """The generator's file, in a directory of its own: all beside it is sent to the nodes."""
    task = directory / "task" / "generator.py"
    task.parent.mkdir()
    task.write_text(GENERATOR_TASK)
    return task


def _long_search(directory: Path) -> tuple[str, ...]:
    """Arguments of a search that takes a minute and may lose many workers.

    Nothing is proposed: that follows from the order in which trials end, which kills change.
    """
    task = _write_task(directory)
    what = ("--task", str(task), "--samples", "120", "--max-failures", "50")
    return (*what, *QUICK, "--scheduler", "none", "--searcher", "sobol")


def _start(path: Path, arguments: tuple[str, ...] | None, output: Path) -> subprocess.Popen[bytes]:
    """A search at `path`, or its resume where there are no arguments; its output goes to a file."""
    place = ("--runs-dir", str(path.parent), "--name", path.name, "--quiet")
    what = ("resume", str(path)) if arguments is None else (*arguments, *place)
    with output.open("ab") as file:
        command = [*faults.eager_command(CHECKPOINT_SECONDS), *what]
        return subprocess.Popen(command, stdout=file, stderr=file)


def _end(process: subprocess.Popen[bytes]) -> int:
    """Wait for the process; its exit code, that of a kill where it hangs."""
    try:
        return process.wait(DEADLINE)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _alone(path: Path, arguments: tuple[str, ...]) -> Run:
    """What a search comes to undisturbed. Raises RuntimeError where it does not end well."""
    output = path.with_suffix(".txt")
    if _end(_start(path, arguments, output)) != 0:
        raise RuntimeError(f"a search nobody disturbed has failed: {output.read_text()[-1000:]}")
    return load(path)


def _reported(path: Path) -> set[tuple[str, int]]:
    try:
        return faults.reported(path)
    except ValueError:  # killed before the first line was whole
        return set()


def _is_training(search: subprocess.Popen[bytes], path: Path, num_epochs: int = 1) -> bool:
    """Whether the search still runs; waits until it has reported so many epochs."""
    deadline = time.monotonic() + DEADLINE
    while search.poll() is None and time.monotonic() < deadline:
        if _num_lines(path) >= num_epochs:
            return True
        time.sleep(0.05)
    return False


def _num_lines(path: Path) -> int:
    """Epochs in the record, counting those of each attempt."""
    record = path / "epochs.jsonl"
    return record.read_bytes().count(b'"kind": "epoch"') if record.exists() else 0


def _workers_of(search: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The processes that train; Ray names them for the call they are in."""
    try:
        family = psutil.Process(search.pid).children(recursive=True)
        return [process for process in family if "Trainable" in process.name()]
    except psutil.NoSuchProcess:
        return []


def campaign(
    *,
    driver_kills: Annotated[int, Parameter(help="Of a search on each of two tasks.")] = 0,
    worker_kills: int = 0,
    node_kills: int = 0,
    at_a_time: Annotated[int, Parameter(help="Searches whose driver is killed.")] = 2,
    seed: Annotated[int, Parameter(help="Decides when kills come.")] = 0,
) -> int:
    """Run the campaigns asked for; the exit code is 1 where anything was lost."""
    tallies = []
    for kill, num, wanted in (
        (kill_drivers, driver_kills, 2 * driver_kills),
        (kill_workers, worker_kills, worker_kills),
        (kill_nodes, node_kills, node_kills),
    ):
        if not num:
            continue
        started, directory = time.monotonic(), Path(tempfile.mkdtemp(prefix="faults-"))
        tally = kill(num, directory, random.Random(seed), at_a_time)
        minutes = (time.monotonic() - started) / 60
        tallies.append(tally.is_clean and tally.kills == wanted)
        print(f"{kill.__name__}, {minutes:.0f} min: {tally}", flush=True)
        if tallies[-1]:
            shutil.rmtree(directory, ignore_errors=True)
    return int(not all(tallies))


if __name__ == "__main__":
    app = App()
    app.default(campaign)
    sys.exit(app(result_action="return_value"))
