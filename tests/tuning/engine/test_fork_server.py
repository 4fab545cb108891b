"""Workers that are forked from one process have what a program started in their place has."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests import PATIENCE
from tuning.engine import fork_server, start_worker

WORKER = """
import json, os, signal, sys
print(json.dumps({
    "pid": os.getpid(),
    "group": os.getpgid(0),
    "arguments": sys.argv[1:],
    "path": sys.path[0],
    "directory": os.getcwd(),
    "variables": {name: value for name, value in os.environ.items() if name != "LC_CTYPE"},
    "niceness": os.nice(0),
    "oom_score": open("/proc/self/oom_score_adj").read(),
    "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
    "ignores_quit": signal.getsignal(signal.SIGQUIT) == signal.SIG_IGN,
    "children": signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL,
    "has_torch": "torch" in sys.modules,
    "module": __name__,
}), flush=True)
print("said", file=sys.stderr, flush=True)
"""


def wait_until(holds):
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def has_ended(process):
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.fixture(scope="module", autouse=True)
def _no_server_around():
    """The Ray that all tests share has one, and this process its address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(start_worker.SERVER, raising=False)
        yield


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The variables by which workers find a server."""
    with fork_server.running(tmp_path_factory.mktemp("server"), {}) as found:
        yield found


@pytest.fixture
def command(tmp_path):
    (tmp_path / "worker.py").write_text(WORKER)
    context = json.dumps({"env_vars": {"ONE": "1"}})
    return [
        sys.executable,
        start_worker.__file__,
        str(tmp_path / "worker.py"),
        "--node=1 2",
        f"{start_worker.CONTEXT}{context}",
        "--language=PYTHON",
    ]


def started(command, variables, tmp_path, **more):
    """What the worker tells about itself, and what it says on stderr."""
    out, err = tmp_path / "out", tmp_path / "err"
    with out.open("w") as to, err.open("w") as errors:
        environment = os.environ | {fork_server.JOB: fork_server.FIRST_JOB} | variables
        subprocess.run(
            command, env=environment, cwd=tmp_path, stdout=to, stderr=errors, check=True, **more
        )
    wait_until(lambda: err.read_text().endswith("said\n"))
    return json.loads(out.read_text())


def as_a_raylet_starts_it():
    os.nice(5)
    os.setpgid(0, 0)
    with open("/proc/self/oom_score_adj", "w") as score:
        score.write("700")
    signal.signal(signal.SIGQUIT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])


def test_a_forked_worker_has_all_that_a_started_one_has(server, command, tmp_path):
    given = {"preexec_fn": as_a_raylet_starts_it}
    own = started(command, {}, tmp_path, **given)
    forked = started(command, server, tmp_path, **given)

    assert forked.pop("has_torch")
    assert not own.pop("has_torch")
    for worker in (own, forked):
        assert worker.pop("pid") == worker.pop("group")
    assert forked == own
    assert forked["niceness"] == os.nice(0) + 5


@pytest.mark.parametrize(
    "variables",
    [{fork_server.JOB: "02000000"}, {start_worker.SERVER: "/no/such/socket"}],
    ids=["another job", "no server"],
)
def test_where_it_cannot_be_forked_a_worker_starts_by_itself(server, command, tmp_path, variables):
    assert not started(command, server | variables, tmp_path)["has_torch"]


def test_workers_that_ask_together_are_all_served_and_end_with_the_block(tmp_path, command):
    """Most of them ask while the server still imports."""
    (tmp_path / "worker.py").write_text(f"{WORKER}import time\ntime.sleep(1000)\n")
    with fork_server.running(tmp_path, {}) as found:
        environment = os.environ | {fork_server.JOB: fork_server.FIRST_JOB} | found
        asking = [
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
            for _ in range(8)
        ]
        told = [json.loads(process.stdout.readline()) for process in asking]
        workers = [psutil.Process(worker["pid"]) for worker in told]
        server = workers[0].parent()

    assert len(set(workers)) == 8
    assert all(worker["has_torch"] for worker in told)
    wait_until(lambda: all(map(has_ended, (server, *workers))))
    for process in asking:
        process.communicate()


def test_no_two_workers_draw_the_same_random_ids_of_ray(server, command, tmp_path):
    """Their objects lie in one store."""
    program = """
from concurrent.futures import ThreadPoolExecutor
from ray import ObjectID
draw = lambda _=None: ObjectID.from_random().hex()
with ThreadPoolExecutor() as other_thread:
    print(draw(), *other_thread.map(draw, range(2)), flush=True)
"""
    (tmp_path / "worker.py").write_text(program)
    environment = os.environ | {fork_server.JOB: fork_server.FIRST_JOB} | server
    drawn = []
    for _ in range(3):
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, text=True
        ) as worker:
            drawn += worker.communicate()[0].split()

    assert len(set(drawn)) == len(drawn) == 9


def test_it_ends_with_a_maker_that_was_killed(tmp_path):
    program = f"""
import sys, time
from pathlib import Path
from tuning.engine import fork_server
with fork_server.running(Path({str(tmp_path)!r}), {{}}):
    print("runs", flush=True)
    time.sleep(1000)
"""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as maker:
        assert maker.stdout.readline() == b"runs\n"
        (server,) = psutil.Process(maker.pid).children()
        maker.kill()

    wait_until(lambda: has_ended(server))
