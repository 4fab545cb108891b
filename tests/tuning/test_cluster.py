"""A search on a cluster of real nodes, each with an address of its own."""

import subprocess

import pytest

from results import load
from tests.tuning import faults, nodes

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
SLOW = ("--scheduler", "none", "--no-confirm", "--no-report")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A head and two nodes, of one CPU each."""
    with nodes.Nodes(tmp_path_factory.mktemp("c")) as cluster:
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


def start(cluster, path, *arguments, token=nodes.TOKEN, address=None, **environment):
    """A search on the cluster whose run directory is `path`."""
    place = ("--runs-dir", str(path.parent), "--name", path.name, "--quiet")
    settings = {"RAY_AUTH_TOKEN": token, "HOME": str(path.parent), **environment}
    given = ("--address", address or cluster.address)
    command = cluster.command(*arguments, *place, *given, **settings)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def refusal(search):
    """The one line a search was refused with."""
    _, complaint = search.communicate(timeout=120)
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


def test_a_lost_node_costs_no_trial_and_a_new_one_is_used(cluster, task, tmp_path):
    path = tmp_path / "churn"
    search = start(cluster, path, "--task", str(task), "--samples", "40", *SLOW)
    faults.wait_for_epochs(path, 20)

    cluster.kill(cluster.first)
    cluster.first = cluster.add(NODE="3")

    _, errors = search.communicate(timeout=300)
    run = load(path)
    assert search.returncode == 0, errors
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
