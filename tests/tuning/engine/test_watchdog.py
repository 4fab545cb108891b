"""What is left of a process that is killed: a message, and no agent of Ray."""

import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests import PATIENCE

WATCHED = """
import subprocess, sys, time
from tuning.engine.watchdog import Watchdog

children = [subprocess.Popen([sys.executable, path]) for path in sys.argv[1:]]
time.sleep(0.2)  # until they have the command lines they are known by
watchdog = Watchdog()
watchdog.set_message("not this one")
watchdog.set_message("killed: go on with 'resume $HOME'")
print(*(child.pid for child in children), flush=True)
if sys.stdin.read():
    watchdog.stop()
"""


@pytest.fixture
def start():
    """Starts a watched process whose children run the given files."""
    started = []

    def watched(*files):
        command = [sys.executable, "-c", WATCHED, *map(str, files)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(command, **pipes, text=True)
        started.append(process)
        return process, [int(pid) for pid in process.stdout.readline().split()]

    yield watched
    for process in started:
        process.kill()


def test_the_last_message_is_printed_when_the_process_is_killed(start):
    process, _ = start()

    process.send_signal(signal.SIGKILL)
    _, printed = process.communicate(timeout=PATIENCE)

    assert printed == "killed: go on with 'resume $HOME'\n"


def test_nothing_is_printed_when_it_was_stopped(start):
    process, _ = start()

    _, printed = process.communicate("stop", timeout=PATIENCE)

    assert printed == ""


def test_an_agent_of_ray_ends_with_the_process_and_another_child_does_not(start, tmp_path):
    agent, other = tmp_path / "dashboard" / "agent.py", tmp_path / "other.py"
    agent.parent.mkdir()
    for path in (agent, other):
        path.write_text("import time; time.sleep(2000)")
    process, (agent_pid, other_pid) = start(agent, other)

    process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    while psutil.pid_exists(agent_pid) and not is_zombie(agent_pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)

    assert not is_zombie(other_pid)
    psutil.Process(other_pid).kill()


def is_zombie(pid):
    """Whether it has ended, and nobody has asked for its exit code yet."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
