"""Kills drivers, workers and nodes of real searches and counts what was lost.

    python benchmarks/fault_campaign.py --driver-kills 50 --worker-kills 50 --node-kills 10

After every resume the frames must hold each epoch that was ever reported, once, and each
trial's losses must be those of an undisturbed search, to the last bit.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import psutil
from cyclopts import Parameter, run

sys.path.insert(0, str(Path(__file__).parents[1]))

from results import load
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
        time.sleep(0.02)
        loss = state["loss"] * (1 - config["lr"]) + 0.01 * torch.rand(()).item()
        state = {"epoch": state["epoch"] + 1, "loss": loss}
        yield {"train_loss": loss, "val_loss": loss + 0.1, "checkpoint": state}
'''


@dataclass
class Tally:
    """What a campaign came to."""

    kills: int = 0
    clean: int = 0
    epochs_lost: int = 0
    trials_lost: int = 0
    curves_changed: int = 0
    searches_aborted: int = 0

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.clean} clean, {self.epochs_lost} epochs lost, "
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
        faults.wait_for_epochs(path, rng.randrange(len(alone[name].epochs)))
        time.sleep(rng.uniform(0.0, 0.3))
        faults.kill(search)
        tally.kills += 1
        _resume_and_count(path, alone[name], tally)
        print(f"driver kills: {tally}", flush=True)
    return tally


def _resume_and_count(path: Path, alone: object, tally: Tally) -> None:
    try:
        before = faults.reported(path)
    except ValueError:  # killed before the first line was whole
        before = set()
    done = faults.run_command("resume", str(path))
    run = load(path)
    lost = len(before - faults.reported(path)) + (not faults.every_epoch_once(run))
    changed = not faults.same_as_far_as_both_ran(run, alone)
    unended = int((~run.trials["status"].isin(["finished", "stopped"])).sum())
    tally.epochs_lost += lost
    tally.curves_changed += changed
    tally.trials_lost += unended + (len(run.trials) != len(alone.trials))
    tally.searches_aborted += done.returncode != 0
    tally.clean += done.returncode == 0 and not (lost or changed or unended)


def kill_workers(num: int, directory: Path, rng: random.Random) -> Tally:
    """SIGKILL workers of searches that run on, until `num` were killed."""
    task = directory / "generator.py"
    task.write_text(GENERATOR_TASK)
    arguments = ("--task", str(task), "--samples", "60", "--no-confirm", "--scheduler", "none")
    faults.start(directory / "alone", *arguments).communicate()
    tally = Tally()
    while tally.kills < num:
        path = directory / f"workers-{tally.kills}"
        search = faults.start(path, *arguments, "--max-failures", "20")
        while search.poll() is None and tally.kills < num:
            time.sleep(rng.uniform(1.0, 4.0))
            workers = _workers_of(search)
            if workers and (path / "epochs.jsonl").exists():
                rng.choice(workers).send_signal(signal.SIGKILL)
                tally.kills += 1
        search.communicate()
        _count_undisturbed(path, directory / "alone", search.returncode, tally)
        print(f"worker kills: {tally}", flush=True)
    return tally


def _workers_of(search: subprocess.Popen[str]) -> list[psutil.Process]:
    try:
        family = psutil.Process(search.pid).children(recursive=True)
        return [process for process in family if "TuneTrial" in " ".join(process.cmdline())]
    except psutil.NoSuchProcess:
        return []


def _count_undisturbed(path: Path, alone: Path, returncode: int, tally: Tally) -> None:
    run, undisturbed = load(path), load(alone)
    lost = int((run.trials["status"] != "finished").sum())
    tally.trials_lost += lost + (len(run.trials) != len(undisturbed.trials))
    tally.curves_changed += not faults.same_as_far_as_both_ran(run, undisturbed)
    tally.epochs_lost += not faults.every_epoch_once(run)
    tally.searches_aborted += returncode != 0
    tally.clean = tally.kills if not (tally.trials_lost or tally.searches_aborted) else 0


def kill_nodes(num: int, directory: Path, rng: random.Random) -> Tally:
    """Remove `num` nodes of a simulated cluster, one at a time, while searches run on it."""
    import ray
    from ray.cluster_utils import Cluster

    from tuning import search

    task = directory / "generator.py"
    task.write_text(GENERATOR_TASK)
    arguments = ("--task", str(task), "--samples", "60", "--no-confirm", "--scheduler", "none")
    faults.start(directory / "alone", *arguments).communicate()
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
    ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
    tally = Tally()
    while tally.kills < num:
        name = f"nodes-{tally.kills}"
        options = {"task": str(task), "samples": 60, "scheduler": "none", "max_failures": 20}
        place = {"runs_dir": str(directory), "name": name, "confirm": False, "quiet": True}
        thread = threading.Thread(target=search, kwargs=options | place)
        thread.start()
        while thread.is_alive() and tally.kills < num:
            time.sleep(rng.uniform(3.0, 6.0))
            if (directory / name / "epochs.jsonl").exists() and thread.is_alive():
                cluster.remove_node(nodes.pop(0), allow_graceful=False)
                tally.kills += 1
                nodes.append(cluster.add_node(num_cpus=1))
        thread.join()
        _count_undisturbed(directory / name, directory / "alone", 0, tally)
        print(f"node kills: {tally}", flush=True)
    ray.shutdown()
    cluster.shutdown()
    return tally


def campaign(
    *,
    driver_kills: int = 0,
    worker_kills: int = 0,
    node_kills: int = 0,
    seed: Annotated[int, Parameter(help="Decides when kills come.")] = 0,
) -> None:
    """Run the campaigns asked for and print what each came to."""
    for kill, num in (
        (kill_drivers, driver_kills),
        (kill_workers, worker_kills),
        (kill_nodes, node_kills),
    ):
        if num:
            with tempfile.TemporaryDirectory(prefix="faults-") as directory:
                tally = kill(num, Path(directory), random.Random(seed))
            print(f"{kill.__name__}: {tally}")


if __name__ == "__main__":
    run(campaign)
