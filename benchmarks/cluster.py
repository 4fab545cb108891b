"""Three nodes beside one, a cluster beside a laptop, and a cluster that falls apart meanwhile.

    python benchmarks/cluster.py --repeats 3 --output docs/cluster.md

Each node is `ray start` in a network namespace with an address and one CPU of its own, so this
needs root and Linux. Trials that are timed only sleep, so that two cores carry three nodes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cyclopts import App

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.tables import machine, markdown_table, median_and_range, write_section
from flatbasin import Run, load
from tests.tuning import faults, nodes, object_store

SLEEPING = '''
"""A trial of one second; its losses follow from its checkpoint."""
import time
epochs = 10
space = {"lr": {"type": "float", "low": 1e-3, "high": 0.5, "log": True}}

def train(config, checkpoint=None):
    epoch, loss = checkpoint or (0, 1.0)
    while epoch < config["epochs"]:
        time.sleep(0.1)
        epoch, loss = epoch + 1, loss * (1 - config["lr"])
        yield {"train_loss": loss, "val_loss": loss, "checkpoint": (epoch, loss)}
'''
WHOLE = ("--scheduler", "none", "--no-confirm", "--no-report")
ASKED = 0.4

app = App(help=__doc__)


@app.default
def main(*, trials: int = 90, repeats: int = 3, output: Path | None = None) -> None:
    """Measure all three and print the tables.

    Parameters
    ----------
    trials
        Trials of a second each.
    repeats
        Searches on one node and on three, in turn.
    output
        A page to put the tables into, between its markers.
    """
    with tempfile.TemporaryDirectory(prefix="fb-") as name:
        directory = Path(name)
        task = directory / "task" / "sleeping.py"  # all beside it is sent to the nodes
        task.parent.mkdir()
        task.write_text(SLEEPING)
        with cluster_of(directory, 3) as cluster:
            text = [speed(cluster, directory, task, trials, repeats), sameness(cluster, directory)]
        with cluster_of(directory, 0) as cluster:
            text.append(churn(cluster, directory, task, trials))
    text.append(machine())
    print("\n\n".join(text))
    if output is not None:
        write_section(output, "cluster", "\n\n".join(text))


@contextmanager
def cluster_of(directory: Path, num: int) -> Iterator[nodes.Nodes]:
    """A head, and so many nodes of one CPU."""
    place = Path(tempfile.mkdtemp(dir=directory))
    with nodes.Nodes(place) as cluster:
        for _ in range(num):
            cluster.add()
        yield cluster


def speed(cluster: nodes.Nodes, directory: Path, task: Path, trials: int, repeats: int) -> str:
    """Wall time of the whole command on three nodes and on one of them."""
    work = ("--task", str(task), "--samples", str(trials), *WHOLE)
    walls: dict[int, list[float]] = {1: [], 3: []}
    searches: dict[int, list[float]] = {1: [], 3: []}
    for repeat in range(repeats):
        for num in (1, 3):
            limit = ("--concurrent", "1") if num == 1 else ()
            path = directory / f"speed-{repeat}-{num}"
            start = time.monotonic()
            run = finish(begin(cluster, str(path), *work, *limit), str(path))
            walls[num].append(time.monotonic() - start)
            searches[num].append(float(run.epochs["time"].max() - run.epochs["time"].min()))
            assert len(run.epochs) == 10 * trials
    rows = [
        [str(num), median_and_range(walls[num], " s"), median_and_range(searches[num], " s")]
        for num in (1, 3)
    ]
    ratios = [
        median_and_range([three / one for one, three in zip(taken[1], taken[3], strict=True)])
        for taken in (walls, searches)
    ]
    table = markdown_table(
        ["nodes of one CPU", "the command", "first to last epoch"],
        [*rows, ["three beside one", *ratios]],
    )
    return f"{trials} trials of a second (asked: at most {ASKED} x):\n\n{table}"


def sameness(cluster: nodes.Nodes, directory: Path) -> str:
    """The same search on this machine alone and on the nodes: configurations and losses."""
    work = ("--samples", "20", "--no-confirm", "--no-report")
    there = finish(begin(cluster, str(directory / "there"), *work), str(directory / "there"))
    alone = faults.start(directory / "alone", *work)
    here = finish(alone, str(directory / "alone"))
    keys = [
        set(zip(run.epochs["trial_id"], run.epochs["epoch"], strict=True)) for run in (there, here)
    ]
    same = faults.same_as_far_as_both_ran(there, here)
    told = "equal to the last bit" if same else "**not equal**"
    return (
        "`digits`, 20 configurations, on this machine alone and on three nodes: "
        f"{len(keys[0] & keys[1])} epochs that ran in both, {told}."
    )


def churn(cluster: nodes.Nodes, directory: Path, task: Path, trials: int) -> str:
    """A node killed, another added, one request of the store in twenty failing."""
    work = ("--task", str(task), "--samples", str(trials), *WHOLE)
    place = f"s3://{object_store.BUCKET}/runs/churn"
    with object_store.serving(nodes.OUTSIDE, failing=0.05, slow=0.01) as store:
        os.environ |= store.environment
        doomed = [cluster.add(**store.environment) for _ in range(2)]
        search = begin(cluster, place, *work)
        for killed in doomed:
            time.sleep(15.0)
            cluster.kill(killed)
            cluster.add(**store.environment)
        run, counts = finish(search, place), store.counts()
    alone = finish(faults.start(directory / "still", *work), str(directory / "still"))
    finished = int((run.trials["status"] == "finished").sum())
    lost = 10 * trials - len(run.epochs)
    whole = faults.every_epoch_once(run) and faults.same_as_far_as_both_ran(run, alone)
    rows = [
        ["nodes killed, added", f"{len(doomed)}, {len(doomed)}"],
        ["requests of the store; failed", f"{counts['requests']}; {counts['failed']}"],
        ["trials finished", f"{finished} of {trials}"],
        ["epochs missing from the record", str(lost)],
        ["each epoch once, with the losses of an undisturbed search", "yes" if whole else "**no**"],
    ]
    return markdown_table(["on nodes that come and go, the run in S3", ""], rows)


def begin(cluster: nodes.Nodes, path: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a search on the cluster."""
    runs, _, name = path.rpartition("/")
    place = ("--address", cluster.address, "--runs-dir", runs, "--name", name, "--quiet")
    command = cluster.command(*arguments, *place, RAY_AUTH_TOKEN=nodes.TOKEN)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(search: subprocess.Popen[str], path: str) -> Run:
    """Wait for a search; its run."""
    _, errors = search.communicate()
    if search.returncode:
        raise SystemExit(f"{path}: {errors}")
    return load(path)


if __name__ == "__main__":
    app()
