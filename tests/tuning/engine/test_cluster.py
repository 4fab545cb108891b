"""A search on a cluster of real nodes, each with an address of its own."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from itertools import chain
from pathlib import Path

import pytest

from results import load
from tests import PATIENCE
from tests.tuning import faults, nodes, object_store
from tests.tuning.engine.cluster_tasks import OF_FUNCTIONS, RESUMABLE, TASK

pytestmark = [
    pytest.mark.skipif(not nodes.can_make(), reason="needs root to make network namespaces"),
    pytest.mark.timeout(1800),
]

SLOW = ("--scheduler", "none", "--no-confirm")


@pytest.fixture(scope="module")
def cluster():
    """A head and two nodes, of one CPU each; Ray's sockets have no room for a long path.

    The second says that it has a GPU, and does not see the directory `cluster.unseen`.
    """
    short = tempfile.TemporaryDirectory(prefix="fb-", ignore_cleanup_errors=True)
    unreliable = {"failing": 0.05, "slow": 0.02}
    with (
        short as directory,
        nodes.Nodes(Path(directory)) as cluster,
        object_store.serving(nodes.OUTSIDE, **unreliable) as cluster.store,
    ):
        way = cluster.store.environment
        cluster.unseen = Path(directory) / "unseen"
        cluster.unseen.mkdir()
        cluster.first = cluster.add(NODE="1", **way)
        cluster.second = cluster.add(num_gpus=1, hidden=cluster.unseen, NODE="2", **way)
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
    place = ("--runs-dir", runs, "--name", name, "--quiet", "--no-report")
    home = {} if "://" in runs else {"HOME": runs}
    settings = {"RAY_AUTH_TOKEN": token, **home, **environment}
    given = ("--address", address or cluster.address)
    command = cluster.command(*arguments, *place, *given, command=command, **settings)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def refusal(search):
    """The one line a search was refused with."""
    _, complaint = search.communicate(timeout=PATIENCE)
    return line_of(search.returncode, complaint)


def line_of(code, complaint):
    assert code == 2, complaint
    lines = complaint.splitlines()
    assert len(lines) == 1, complaint
    return lines[0]


@pytest.fixture(scope="module")
def refused(cluster, tmp_path_factory):
    """What searches were refused with that one process asked for, one after another.

    Its token lies in the home directory: that lets it in. `refused["runs"]` is where their
    directories would be.
    """
    home = tmp_path_factory.mktemp("home")
    (home / ".ray").mkdir()
    (home / ".ray" / "auth_token").write_text(nodes.TOKEN)
    runs = home / "runs"
    task, large_task = (home / name / "generator.py" for name in ("small", "large"))
    for path in (task, large_task):
        path.parent.mkdir()
        path.write_text(TASK.replace("from settings import SECONDS", "SECONDS = 0.1"))
    (large_task.parent / "data.bin").write_bytes(os.urandom(4_000_000))
    default = {"--address": cluster.address, "--runs-dir": str(runs), "--task": str(task)}
    share = {"--gpus-per-trial": "0.25", "--cpus-per-trial": "0.25", "--concurrent": "1"}
    asked = {
        "nothing answers": {"--address": "10.77.0.1:9"},
        "two GPUs": {"--gpus-per-trial": "2"},
        "unseen": {"--runs-dir": str(cluster.unseen)},
        "too much": {"--task": str(large_task)},
        "a share": share,
    }
    options = [[*chain(*(default | given).items()), "--quiet"] for given in asked.values()]
    program = faults.row_command(options, own_ray=False)
    settings = {"HOME": str(home), "RAY_max_grpc_message_size": "2000000"}
    ends = faults.ended_in_a_row(cluster.command(command=program, **settings))
    lines = [line_of(end.returncode, end.stderr) for end in ends]
    return dict(zip(asked, lines, strict=True)) | {"runs": runs, "large": large_task.parent}


def test_an_address_where_nothing_answers_is_refused(refused):
    line = refused["nothing answers"]

    assert "--address 10.77.0.1:9 does not answer (Connection refused)" in line


def test_what_no_node_has_is_refused(refused):
    assert "--gpus-per-trial is 2, and no node has 1 CPU and 2 GPU" in refused["two GPUs"]


def test_a_node_that_does_not_see_the_runs_directory_is_refused(refused, cluster):
    line = refused["unseen"]

    assert f"--runs-dir {cluster.unseen}: node 10.77.0.3 does not see it" in line
    assert "choose one that all nodes share, or s3://" in line
    assert list(cluster.unseen.iterdir()) == []


def test_too_much_beside_the_task_is_refused(refused):
    line = refused["too much"]

    assert "--task generator has too many files beside it" in line
    assert f"name what workers do not need in {refused['large'] / '.rayignore'}" in line


def test_a_trial_goes_where_a_share_of_a_gpu_is_free(refused):
    """Ray counts GPUs, whether or not they are there: the worker is given one it cannot use."""
    assert "cannot use the GPU that the trial was given" in refused["a share"]


def test_what_is_refused_leaves_no_run(refused):
    assert not refused["runs"].exists()


@pytest.mark.usefixtures("ray_running")
def test_two_searches_share_a_cluster_and_find_what_a_laptop_finds_to_the_last_bit(
    cluster, tmp_path
):
    arguments = ("--samples", "8", "--epochs", "6", "--no-confirm")
    searches = [
        start(cluster, tmp_path / name, *arguments, "--concurrent", "1") for name in ("one", "two")
    ]
    alone = faults.searched(tmp_path / "laptop", *arguments)

    errors = [search.communicate(timeout=PATIENCE)[1] for search in searches]

    assert [search.returncode for search in (*searches, alone)] == [0, 0, 0], errors
    one, two, laptop = (load(tmp_path / name) for name in ("one", "two", "laptop"))
    for run in (one, two):
        assert faults.same_as_far_as_both_ran(run, laptop)
        ends = run.epochs.groupby("trial_id", sort=False)["time"]  # `--concurrent 1` is respected
        assert (ends.max() - ends.min()).sum() <= run.wall_seconds


def test_functions_of_a_script_train_on_nodes_that_have_no_such_script(cluster, task, tmp_path):
    """The cluster is that of RAY_ADDRESS, and half a CPU a place: on two, three trials wait until
    all three have begun."""
    script = task.with_name("of_functions.py")
    script.write_text(OF_FUNCTIONS)
    place = ("--runs-dir", str(tmp_path), "--name", "functions")
    settings = {
        "RAY_AUTH_TOKEN": nodes.TOKEN, "RAY_ADDRESS": cluster.address, "HOME": str(tmp_path)
    }  # fmt: skip
    command = cluster.command(*place, command=[sys.executable, str(script)], **settings)

    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)

    assert done.returncode == 0, done.stderr
    assert set(load(tmp_path / "functions").epochs["node"]) <= {1.0, 2.0}


def wait_for_nodes(search, path, numbers, num_epochs=1):
    """Wait until the search's run at `path` holds so many epochs, some of each of these nodes."""
    deadline, nodes_of_epochs = time.monotonic() + PATIENCE, []
    while len(nodes_of_epochs) < num_epochs or not numbers <= set(nodes_of_epochs):
        assert search.poll() is None, search.communicate()
        assert time.monotonic() < deadline, f"after {PATIENCE:g} s: {nodes_of_epochs}"
        time.sleep(1.0)
        with contextlib.suppress(ValueError, OSError):  # not begun, or half made
            nodes_of_epochs = list(load(path).epochs.get("node", []))


def test_a_lost_node_and_a_store_that_fails_cost_nothing_and_a_new_node_is_used(
    cluster, tmp_path, monkeypatch, ray_running
):
    """Record, checkpoints and lock are on S3, where one request in twenty fails."""
    path, task, hurry = "s3://bucket/runs/churn", tmp_path / "resumable.py", tmp_path / "hurry"
    task.write_text(RESUMABLE.replace("HURRY", str(hurry)))
    arguments = ("--task", str(task), "--samples", "16", *SLOW)
    for name, value in cluster.store.environment.items():
        monkeypatch.setenv(name, value)
    search = start(cluster, path, *arguments, command=faults.eager_command(0.5))
    wait_for_nodes(search, path, {1.0, 2.0}, num_epochs=20)

    cluster.kill(cluster.first)
    cluster.first = cluster.add(NODE="3", **cluster.store.environment)

    wait_for_nodes(search, path, {3.0})
    hurry.touch()
    _, errors = search.communicate(timeout=PATIENCE)
    run, counts = load(path), cluster.store.counts()
    left_over = [key for key in cluster.store.objects() if "checkpoints" in key or ".lock" in key]
    faults.searched(tmp_path / "alone", *arguments)

    assert search.returncode == 0, errors
    assert counts["failed"] > 0
    assert (run.trials["status"] == "finished").all()
    assert faults.every_epoch_once(run)
    assert len(run.epochs) == 16 * 12
    assert set(run.epochs["node"]) == {1.0, 2.0, 3.0}
    assert faults.same_as_far_as_both_ran(run, load(tmp_path / "alone"))
    assert left_over == []


def test_another_version_of_ray_is_refused(cluster, tmp_path):
    """Of the process that joins: Ray itself compares it with the cluster's."""
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "sitecustomize.py").write_text("import ray\nray.__version__ = '2.50.0'\n")
    settings = {"PYTHONPATH": str(tmp_path / "old"), "RAY_AUTH_MODE": "token"}

    line = refusal(start(cluster, tmp_path / "none", **settings))

    assert f"--address {cluster.address}: Version mismatch" in line
    assert "2.50.0" in line


def test_a_missing_token_is_a_sentence(cluster, tmp_path):
    line = refusal(start(cluster, tmp_path / "none", token=""))

    assert "did not let us in: if it asks for a token, put its token into" in line


def test_a_token_that_is_not_asked_for_is_refused(tmp_path):
    """Ray would take every worker for one that nobody needs."""
    with nodes.alone(RAY_AUTH_MODE="disabled") as address:
        how = {"env": faults.environment(RAY_AUTH_TOKEN=nodes.TOKEN)}
        line = refusal(faults.start(tmp_path / "none", "--address", address, **how))

    assert f"{address} asks for no token: set RAY_AUTH_MODE=disabled to show none" in line
    assert not (tmp_path / "none").exists()


def test_another_torch_than_that_of_the_nodes_is_refused(cluster, tmp_path):
    metadata = tmp_path / "other" / "torch-2.0.1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: torch\nVersion: 2.0.1\n")

    line = refusal(start(cluster, tmp_path / "none", PYTHONPATH=str(metadata.parent)))

    assert "has torch 2.13" in line
    assert "this process 2.0.1: install the same on all" in line
