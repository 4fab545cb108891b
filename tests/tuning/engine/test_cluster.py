"""A search on a cluster of real nodes, each with an address of its own."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from results import load
from tests.tuning import faults, nodes, object_store

pytestmark = [
    pytest.mark.skipif(not nodes.can_make(), reason="needs root to make network namespaces"),
    pytest.mark.timeout(600),
]

TASK = '''
"""A generator with a module of its own beside it."""
import os
import time
import torch
from settings import SECONDS

epochs = 6
space = {"lr": {"type": "float", "low": 1e-3, "high": 0.5, "log": True}}

def train(config, checkpoint=None):
    loss = 1.0
    for epoch in range(config["epochs"]):
        time.sleep(SECONDS)
        loss = loss * (1 - config["lr"]) + 0.01 * torch.rand(()).item()
        node = float(os.environ["NODE"])
        yield {"train_loss": loss, "val_loss": loss + 0.1, "node": node}
'''
RESUMABLE = """
import os
import time
epochs = 12
space = {"lr": {"type": "float", "low": 1e-3, "high": 0.5, "log": True}}

def train(config, checkpoint=None):
    epoch, loss = checkpoint or (0, 1.0)
    while epoch < config["epochs"]:
        time.sleep(0.1)
        epoch, loss = epoch + 1, loss * (1 - config["lr"])
        node = float(os.environ.get("NODE", "nan"))
        yield {"train_loss": loss, "val_loss": loss, "node": node, "checkpoint": (epoch, loss)}
"""
OF_FUNCTIONS = """
import os
import sys
from flatbasin import search
from settings import SECONDS

SCALE = SECONDS

def train(config):
    for _ in range(config["epochs"]):
        yield {"train_loss": SCALE, "val_loss": config["lr"], "node": float(os.environ["NODE"])}

if __name__ == "__main__":
    os.chdir(os.path.dirname(__file__))
    names = [name.strip("-").replace("-", "_") for name in sys.argv[1::2]]
    search(train=train, epochs=3, samples=4, space={"lr": [0.1, 0.2]}, quiet=True, confirm=False,
           **dict(zip(names, sys.argv[2::2])))
"""
SLOW = ("--scheduler", "none", "--no-confirm", "--no-report")


@pytest.fixture(scope="module")
def cluster():
    """A head and two nodes, of one CPU each; Ray's sockets have no room for a long path."""
    short = tempfile.TemporaryDirectory(prefix="fb-", ignore_cleanup_errors=True)
    with short as directory, nodes.Nodes(Path(directory)) as cluster:
        cluster.first, cluster.second = cluster.add(NODE="1"), cluster.add(NODE="2")
        yield cluster


@pytest.fixture
def task(tmp_path):
    """A task file and a module beside it, in a directory that no node has on its path."""
    directory = tmp_path / "mine"
    directory.mkdir()
    (directory / "generator.py").write_text(TASK)
    (directory / "settings.py").write_text("SECONDS = 0.1\n")
    return directory / "generator.py"


def start(cluster, path, *arguments, token=nodes.TOKEN, address=None, command=None, **environment):
    """A search on the cluster whose run directory is `path`."""
    runs, _, name = str(path).rpartition("/")
    place = ("--runs-dir", runs, "--name", name, "--quiet")
    home = {} if "://" in runs else {"HOME": runs}
    settings = {"RAY_AUTH_TOKEN": token, **home, **environment}
    given = ("--address", address or cluster.address)
    command = cluster.command(*arguments, *place, *given, command=command, **settings)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def refusal(search):
    """The one line a search was refused with."""
    _, complaint = search.communicate(timeout=240)
    assert search.returncode == 2, complaint
    lines = complaint.splitlines()
    assert len(lines) == 1, complaint
    return lines[0]


def test_a_cluster_finds_what_a_laptop_finds_to_the_last_bit(cluster, tmp_path):
    arguments = ("--samples", "8", "--epochs", "6", "--no-confirm", "--no-report")
    search = start(cluster, tmp_path / "cluster", *arguments)
    alone = faults.start(tmp_path / "laptop", *arguments)

    errors = [process.communicate(timeout=300)[1] for process in (search, alone)]

    assert (search.returncode, alone.returncode) == (0, 0), errors
    assert faults.same_as_far_as_both_ran(load(tmp_path / "cluster"), load(tmp_path / "laptop"))


def test_functions_of_a_script_train_on_nodes_that_have_no_such_script(cluster, task, tmp_path):
    script = task.with_name("of_functions.py")
    script.write_text(OF_FUNCTIONS)
    place = ("--runs-dir", str(tmp_path), "--name", "functions", "--address", cluster.address)
    settings = {"RAY_AUTH_TOKEN": nodes.TOKEN, "HOME": str(tmp_path)}
    command = cluster.command(*place, command=[sys.executable, str(script)], **settings)

    done = subprocess.run(command, capture_output=True, text=True, timeout=240)

    assert done.returncode == 0, done.stderr
    assert set(load(tmp_path / "functions").epochs["node"]) <= {1.0, 2.0}


def test_a_lost_node_costs_no_trial_and_a_new_one_is_used(cluster, task, tmp_path):
    path = tmp_path / "churn"
    search = start(cluster, path, "--task", str(task), "--samples", "120", *SLOW)
    num_epochs = 20
    faults.wait_for_epochs(path, num_epochs, timeout=300)
    while 1.0 not in set(load(path).epochs["node"]):  # the other may have started sooner
        num_epochs += 1
        faults.wait_for_epochs(path, num_epochs, timeout=300)

    cluster.kill(cluster.first)
    cluster.first = cluster.add(NODE="3")

    _, errors = search.communicate(timeout=400)
    assert search.returncode == 0, errors
    run = load(path)
    assert (run.trials["status"] == "finished").all()
    assert faults.every_epoch_once(run)
    assert set(run.epochs["node"]) == {1.0, 2.0, 3.0}


def test_two_searches_share_a_cluster(cluster, task, tmp_path):
    arguments = ("--task", str(task), "--samples", "6", "--concurrent", "1", *SLOW)
    searches = [start(cluster, tmp_path / name, *arguments) for name in ("one", "two")]

    errors = [search.communicate(timeout=300)[1] for search in searches]

    assert [search.returncode for search in searches] == [0, 0], errors
    one, two = (load(tmp_path / name) for name in ("one", "two"))
    assert faults.same_as_far_as_both_ran(one, two)
    for run in (one, two):  # `--concurrent 1` is respected
        ends = run.epochs.groupby("trial_id", sort=False)["time"]
        assert (ends.max() - ends.min()).sum() <= run.wall_seconds


def test_a_lost_node_and_a_store_that_fails_cost_nothing(cluster, tmp_path, monkeypatch):
    """Record, checkpoints and lock are on S3, where one request in twenty fails."""
    task = tmp_path / "resumable.py"
    task.write_text(RESUMABLE)
    arguments = ("--task", str(task), "--samples", "16", *SLOW)
    with object_store.serving(nodes.OUTSIDE, failing=0.05, slow=0.02) as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        here = cluster.add(NODE="4", **store.environment)
        for name in (cluster.first, cluster.second):  # these know no way to the store
            cluster.kill(name)
        search = start(
            cluster, "s3://bucket/runs/churn", *arguments, command=faults.eager_command(0.5)
        )
        wait_for_remote_epochs("s3://bucket/runs/churn", 40)
        other = cluster.add(NODE="5", **store.environment)
        wait_for_remote_epochs("s3://bucket/runs/churn", 80)
        cluster.kill(here)

        _, errors = search.communicate(timeout=400)
        run, counts = load("s3://bucket/runs/churn"), store.counts()
        left_over = [key for key in store.objects() if "checkpoints" in key or ".lock" in key]
        cluster.kill(other)
    cluster.first, cluster.second = cluster.add(NODE="1"), cluster.add(NODE="2")
    alone = faults.start(tmp_path / "alone", *arguments)
    alone.communicate(timeout=300)

    assert search.returncode == 0, errors
    assert counts["failed"] > 0
    assert (run.trials["status"] == "finished").all()
    assert faults.every_epoch_once(run)
    assert len(run.epochs) == 16 * 12
    assert set(run.epochs["node"]) == {4.0, 5.0}
    assert faults.same_as_far_as_both_ran(run, load(tmp_path / "alone"))
    assert left_over == []


def wait_for_remote_epochs(path, num, timeout=300.0):
    """Wait until the run at `path` holds so many epochs."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            if len(load(path).epochs) >= num:
                return
        except (ValueError, OSError):
            pass  # not begun, or half made
        assert time.monotonic() < deadline, f"{num} epochs were not reported in {timeout:g} s"
        time.sleep(0.5)


def test_a_node_that_does_not_see_the_runs_directory_is_refused(cluster, task, tmp_path):
    runs = tmp_path / "runs"
    runs.mkdir()
    node = cluster.add(NODE="6", hidden=runs)
    try:
        line = refusal(start(cluster, runs / "none", "--task", str(task)))
    finally:
        cluster.kill(node)

    assert f"--runs-dir {runs}: node 10.77.0.{cluster.number} does not see it" in line
    assert "choose one that all nodes share, or s3://" in line
    assert list(runs.iterdir()) == []


def test_half_a_cpu_is_a_place_of_its_own(cluster, task, tmp_path):
    arguments = ("--task", str(task), "--samples", "60", "--cpus-per-trial", "0.5", *SLOW)
    search = start(cluster, tmp_path / "halves", *arguments)

    _, errors = search.communicate(timeout=400)

    assert search.returncode == 0, errors
    assert 2 < most_at_a_time(load(tmp_path / "halves")) <= 4


def test_a_trial_goes_where_a_share_of_a_gpu_is_free(cluster, task, tmp_path):
    """Ray counts GPUs, whether or not they are there: the worker is given one it cannot use."""
    node = cluster.add(num_gpus=1, NODE="7")
    each = ("--gpus-per-trial", "0.25", "--cpus-per-trial", "0.25")
    try:
        line = refusal(start(cluster, tmp_path / "none", "--task", str(task), *each))
    finally:
        cluster.kill(node)

    assert "cannot use the GPU that the trial was given" in line


def most_at_a_time(run):
    """The largest number of trials that were between their first and their last epoch at once."""
    times = run.epochs.groupby("trial_id")["time"].agg(["min", "max"])
    return max(((times["min"] <= t) & (t <= times["max"])).sum() for t in times["min"])


def test_what_no_single_node_has_is_refused(cluster, tmp_path):
    """Both together have two CPUs, and a trial runs on one node."""
    search = start(cluster, tmp_path / "none", "--cpus-per-trial", "2")

    assert "--cpus-per-trial is 2, and no node has 2 CPU: they have " in refusal(search)


def test_too_much_beside_the_task_is_refused(cluster, task, tmp_path):
    (task.parent / "data.bin").write_bytes(os.urandom(2_000_000))
    limit = {"RAY_max_grpc_message_size": "1000000"}

    line = refusal(start(cluster, tmp_path / "none", "--task", str(task), **limit))

    assert "--task generator has too many files beside it" in line
    assert f"name what workers do not need in {task.parent / '.rayignore'}" in line


def test_another_version_of_ray_is_refused(cluster, tmp_path):
    """Of the process that joins: Ray itself compares it with the cluster's."""
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "sitecustomize.py").write_text("import ray\nray.__version__ = '2.50.0'\n")
    settings = {"PYTHONPATH": str(tmp_path / "old"), "RAY_AUTH_MODE": "token"}

    line = refusal(start(cluster, tmp_path / "none", **settings))

    assert f"--address {cluster.address}: Version mismatch" in line
    assert "2.50.0" in line


def test_what_no_node_has_is_refused(cluster, tmp_path):
    search = start(cluster, tmp_path / "none", "--gpus-per-trial", "1")

    assert "--gpus-per-trial is 1, and no node has 1 CPU and 1 GPU" in refusal(search)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("token", "words"),
    [("", "if it asks for a token"), ("x" * 64, "is its token another one?")],
    ids=["missing", "wrong"],
)
def test_a_token_that_does_not_fit_is_a_sentence(cluster, tmp_path, token, words):
    line = refusal(start(cluster, tmp_path / "none", token=token))

    assert "did not let us in" in line
    assert words in line


def test_a_token_in_the_home_directory_is_shown(cluster, tmp_path):
    (tmp_path / ".ray").mkdir()
    (tmp_path / ".ray" / "auth_token").write_text(nodes.TOKEN)
    search = start(cluster, tmp_path / "none", "--gpus-per-trial", "1", token="")

    assert "no node has" in refusal(search)  # it was let in


def test_a_token_that_is_not_asked_for_is_refused(tmp_path):
    """Ray would take every worker for one that nobody needs."""
    with nodes.alone(RAY_AUTH_MODE="disabled") as address:
        how = {"env": faults.environment(RAY_AUTH_TOKEN=nodes.TOKEN)}
        line = refusal(faults.start(tmp_path / "none", "--address", address, **how))

    assert f"{address} asks for no token: set RAY_AUTH_MODE=disabled to show none" in line
    assert not (tmp_path / "none").exists()


def test_an_address_where_nothing_answers_is_refused(cluster, tmp_path):
    line = refusal(start(cluster, tmp_path / "none", address="10.77.0.1:9"))

    assert "--address 10.77.0.1:9 does not answer (Connection refused)" in line


def test_a_node_with_another_torch_is_refused(cluster, tmp_path):
    metadata = tmp_path / "other" / "torch-2.0.1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: torch\nVersion: 2.0.1\n")
    node = cluster.add(PYTHONPATH=str(metadata.parent))
    try:
        line = refusal(start(cluster, tmp_path / "none"))
    finally:
        cluster.kill(node)

    assert "has torch 2.0.1, this process 2.13" in line


def test_ray_address_in_the_environment_is_the_cluster(cluster, task, tmp_path):
    path = tmp_path / "environment"
    arguments = ("--task", str(task), "--samples", "2", "--quiet", *SLOW)
    place = ("--runs-dir", str(tmp_path), "--name", path.name)
    settings = {"RAY_AUTH_TOKEN": nodes.TOKEN, "RAY_ADDRESS": cluster.address}
    command = cluster.command(*arguments, *place, **settings)

    done = subprocess.run(command, capture_output=True, text=True, timeout=200)

    assert done.returncode == 0, done.stderr
    assert load(path).epochs["node"].notna().all()  # which only the nodes can tell
