"""Kills drivers, workers and nodes of real searches and counts what was lost.

    python benchmarks/fault_campaign.py --driver-kills 50 --worker-kills 50 --node-kills 10

After every resume the frames must hold each epoch that was ever reported, once, and each
trial's losses must be those of an undisturbed search, to the last bit.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import psutil
from cyclopts import App, Parameter

sys.path.insert(0, str(Path(__file__).parents[1]))

from results import Run, load
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
        time.sleep(0.05)
        loss = state["loss"] * (1 - config["lr"]) + 0.01 * torch.rand(()).item()
        state = {"epoch": state["epoch"] + 1, "loss": loss}
        yield {"train_loss": loss, "val_loss": loss + 0.1, "checkpoint": state}
'''


@dataclass
class Tally:
    """What a campaign came to."""

    kills: int = 0
    epochs_lost: int = 0
    trials_lost: int = 0
    curves_changed: int = 0
    searches_aborted: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost."""
        lost = self.epochs_lost + self.trials_lost + self.curves_changed + self.searches_aborted
        return lost == 0

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.epochs_lost} epochs lost, "
            f"{self.trials_lost} trials lost, {self.curves_changed} curves changed, "
            f"{self.searches_aborted} searches aborted"
        )


def kill_drivers(num: int, directory: Path, rng: random.Random) -> Tally:
    """SIGKILL `num` searches after a random epoch, resume each, compare with one left alone."""
    task = directory / "generator.py"
    task.write_text(GENERATOR_TASK)
    searches = {
        "digits": ("--samples", "12", "--epochs", "9", "--no-confirm"),
        "generator": ("--task", str(task), "--samples", "24", "--no-confirm"),
    }
    tally, alone = Tally(), {}
    for name, arguments in searches.items():
        faults.start(directory / name, *arguments).communicate()
        alone[name] = load(directory / name)
    while tally.kills < num:
        name = list(searches)[tally.kills % 2]
        path = directory / f"{name}-{tally.kills}"
        search = faults.start(path, *searches[name])
        _is_training(search, path, 1 + rng.randrange(len(alone[name].epochs)))
        time.sleep(rng.uniform(0.0, 0.3))
        faults.kill(search)
        tally.kills += 1
        _resume_and_count(path, alone[name], tally)
        print(f"driver kills: {tally}", flush=True)
    return tally


def _resume_and_count(path: Path, alone: Run, tally: Tally) -> None:
    try:
        before = faults.reported(path)
    except ValueError:  # killed before the first line was whole
        before = set()
    done = faults.run_command("resume", str(path))
    if done.returncode != 0:
        print(done.stderr, flush=True)
    _compare(path, alone, done.returncode, tally)
    tally.epochs_lost += len(before - faults.reported(path))


def _compare(path: Path, alone: Run, returncode: int, tally: Tally) -> None:
    """Count what differs from the same search left alone."""
    run = load(path)
    unended = int((~run.trials["status"].isin(["finished", "stopped"])).sum())
    tally.trials_lost += unended + len(alone.trials) - len(run.trials)
    tally.epochs_lost += not faults.every_epoch_once(run)
    tally.curves_changed += not faults.same_as_far_as_both_ran(run, alone)
    tally.searches_aborted += returncode != 0


def kill_workers(num: int, directory: Path, rng: random.Random) -> Tally:
    """SIGKILL workers of searches that run on, until `num` were killed."""
    arguments, alone = _left_alone(directory)
    tally = Tally()
    while tally.kills < num:
        path = directory / f"workers-{tally.kills}"
        search = faults.start(path, *arguments)
        while _is_training(search, path) and tally.kills < num:
            workers = _workers_of(search)
            if workers:
                with contextlib.suppress(psutil.NoSuchProcess):
                    rng.choice(workers).kill()
                    tally.kills += 1
            time.sleep(rng.uniform(1.0, 4.0))
        search.communicate()
        _compare(path, alone, search.returncode, tally)
        print(f"worker kills: {tally}", flush=True)
    return tally


def kill_nodes(num: int, directory: Path, rng: random.Random) -> Tally:
    """Kill `num` nodes of a cluster, one at a time, while searches run on it.

    The cluster is this process's, the searches are processes of their own that join it.
    """
    arguments, alone = _left_alone(directory)
    tally = Tally()
    with _cluster(directory) as cluster:
        nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
        while tally.kills < num:
            path = directory / f"nodes-{tally.kills}"
            search = faults.start(path, *arguments, "--address", cluster.address)
            while _is_training(search, path) and tally.kills < num:
                cluster.remove_node(nodes.pop(rng.randrange(2)), allow_graceful=False)
                tally.kills += 1
                nodes.append(cluster.add_node(num_cpus=1))
                time.sleep(rng.uniform(1.0, 4.0))
            search.communicate()
            _compare(path, alone, search.returncode, tally)
            print(f"node kills: {tally}", flush=True)
    return tally


@contextmanager
def _cluster(directory: Path) -> Iterator[Any]:
    """A Ray cluster with a head that trains nothing; its files are in `directory`.

    Elsewhere it would be found by every other Ray of this machine.
    """
    os.environ["RAY_TMPDIR"] = str(directory)  # read when Ray is imported
    from ray.cluster_utils import Cluster

    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False}
    )
    try:
        yield cluster
    finally:
        cluster.shutdown()
        del os.environ["RAY_TMPDIR"]


def _left_alone(directory: Path) -> tuple[tuple[str, ...], Run]:
    """A search that may lose many workers: its arguments, and what it comes to undisturbed."""
    task = directory / "generator.py"
    task.write_text(GENERATOR_TASK)
    what = ("--task", str(task), "--samples", "40", "--max-failures", "50")
    arguments = (*what, "--no-confirm", "--no-report", "--scheduler", "none")
    faults.start(directory / "alone", *arguments).communicate()
    return arguments, load(directory / "alone")


def _is_training(search: subprocess.Popen[str], path: Path, num_epochs: int = 1) -> bool:
    """Whether the search still runs; waits until it has reported so many epochs."""
    while search.poll() is None:
        record = path / "epochs.jsonl"
        if record.exists() and record.read_text().count('"kind": "epoch"') >= num_epochs:
            return True
        time.sleep(0.05)
    return False


def _workers_of(search: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes that train; Ray names them for the call they are in."""
    try:
        family = psutil.Process(search.pid).children(recursive=True)
        return [process for process in family if "Trainable" in process.name()]
    except psutil.NoSuchProcess:
        return []


def campaign(
    *,
    driver_kills: int = 0,
    worker_kills: int = 0,
    node_kills: int = 0,
    seed: Annotated[int, Parameter(help="Decides when kills come.")] = 0,
) -> int:
    """Run the campaigns asked for; the exit code is 1 where anything was lost."""
    tallies = []
    for kill, num in (
        (kill_drivers, driver_kills),
        (kill_workers, worker_kills),
        (kill_nodes, node_kills),
    ):
        if num:
            with tempfile.TemporaryDirectory(prefix="faults-") as directory:
                tallies.append(kill(num, Path(directory), random.Random(seed)))
            print(f"{kill.__name__}: {tallies[-1]}", flush=True)
    return int(not all(tally.is_clean for tally in tallies))


if __name__ == "__main__":
    app = App()
    app.default(campaign)
    app()
