"""A Ray cluster of real nodes: each in a network namespace with its own address.

The nodes run in an environment of their own that has Ray and torch, but neither Flatbasin nor
the user's files on its path.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import PATIENCE
from tests.tuning.faults import COMMAND
from tests.tuning.faults import environment as users

TOKEN = "0123456789abcdef" * 4
PORT = 6379
WAIT = """
import sys, time
from ray._raylet import GcsClient
from ray.exceptions import RpcError

def is_there():
    try:
        found = GcsClient(address=sys.argv[1]).get_all_node_info().values()
    except RpcError:
        return False
    return any(node.node_manager_address == sys.argv[2] and node.state == 0 for node in found)

while not is_there():
    time.sleep(0.2)
"""
"""Until the node of an address has joined: its processes are there long before."""
HEAD = ("--head", "--no-monitor", "--include-dashboard=false")
EVERYWHERE = ("--block", "--disable-usage-stats", "--include-log-monitor=false")
"""What a node is started with: without processes that nobody here asks anything."""
NO_SPARE_WORKERS = {"RAY_enable_worker_prestart": "0", "RAY_prestart_worker_first_driver": "0"}
"""Each node would start one for each driver, without the environment that ours are given."""
OUTSIDE = "10.77.0.254"
"""Where the nodes reach what runs outside of them all, such as an object store."""


def can_make() -> bool:
    """Whether this process may make network namespaces."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        return False
    name = f"fb-probe-{os.getpid()}"  # others may ask at the same moment
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True)
    subprocess.run(["ip", "netns", "del", name], capture_output=True)
    return made.returncode == 0


def make_environment(directory: Path) -> Path:
    """A Python that has what this one has installed, but for packages in editable mode."""
    venv.create(directory, symlinks=True)
    site = next(directory.glob("lib/python*/site-packages"))
    (site / "all.pth").write_text(next(path for path in sys.path if path.endswith("-packages")))
    return directory / "bin" / "python"


class Nodes:
    """A head without CPUs for trials, and nodes that come and go; to be used with `with`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.python = make_environment(directory / "python")
        self.bridge = f"fb{os.getpid() % 100_000}"
        self.nodes: dict[str, subprocess.Popen[bytes]] = {}
        """The process of each node by its namespace."""

    def __enter__(self) -> Nodes:
        _ip("link", "add", self.bridge, "type", "bridge")
        _ip("addr", "add", f"{OUTSIDE}/24", "dev", self.bridge)
        _ip("link", "set", self.bridge, "up")
        self.head = self._namespace(1)
        self._start(self.head, *HEAD, "--node-ip-address=10.77.0.1", f"--port={PORT}",
                    "--num-cpus=0",
                    f"--temp-dir={self.directory / 'r'}")  # fmt: skip
        self.number = 1
        return self

    def __exit__(self, *error: object) -> None:
        for name in list(self.nodes):
            self.kill(name)
        _ip("link", "del", self.bridge)

    @property
    def address(self) -> str:
        """What `--address` takes."""
        return f"10.77.0.1:{PORT}"

    def add(
        self, num_cpus: int = 1, num_gpus: int = 0, hidden: Path | None = None, **environment: str
    ) -> str:
        """Start a node that finds the directory `hidden` empty; its name."""
        self.number += 1
        name = self._namespace(self.number)
        self._start(name, f"--address={self.address}", f"--node-ip-address=10.77.0.{self.number}",
                    f"--num-cpus={num_cpus}", f"--num-gpus={num_gpus}",
                    hidden=hidden, **environment)  # fmt: skip
        return name

    def kill(self, name: str) -> None:
        """End a node as a power cut does, and its namespace with it."""
        process = self.nodes.pop(name)
        for pid in _output("ip", "netns", "pids", name).split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        process.wait()
        _ip("netns", "del", name)

    def command(
        self, *arguments: str, command: list[str] | None = None, **environment: str
    ) -> list[str]:
        """The command line that runs Flatbasin on the head, or another command in its place."""
        settings = [f"{name}={value}" for name, value in users(**environment).items()]
        command = command or COMMAND
        return ["ip", "netns", "exec", self.head, "env", "-i", *settings, *command, *arguments]

    def _namespace(self, number: int) -> str:
        name = f"{self.bridge}-{number}"
        inside, outside = f"v{number}i{self.bridge}"[:15], f"v{number}o{self.bridge}"[:15]
        _ip("netns", "add", name)
        _ip("link", "add", outside, "type", "veth", "peer", "name", inside, "netns", name)
        _ip("link", "set", outside, "master", self.bridge, "up")
        _ip("-n", name, "addr", "add", f"10.77.0.{number}/24", "dev", inside)
        _ip("-n", name, "link", "set", inside, "up")
        _ip("-n", name, "link", "set", "lo", "up")
        return name

    def _start(
        self, name: str, *arguments: str, hidden: Path | None = None, **environment: str
    ) -> None:
        keep = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
        home = self.directory / "home"
        home.mkdir(exist_ok=True)
        token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": TOKEN, "HOME": str(home)}
        hide = f"mount -t tmpfs none '{hidden}' &&" if hidden else ""  # a namespace has its own
        self.nodes[name] = subprocess.Popen(
            ["ip", "netns", "exec", name, "sh", "-c", f'{hide} exec "$@"', "sh",
             str(self.python), "-m", "ray.scripts.scripts", "start",
             *EVERYWHERE, *arguments],
            env=keep | token | {"OMP_NUM_THREADS": "1"} | NO_SPARE_WORKERS | environment,
            cwd=home, start_new_session=True,
            stdout=(self.directory / f"{name}.log").open("wb"), stderr=subprocess.STDOUT,
        )  # fmt: skip
        address = f"10.77.0.{name.rpartition('-')[2]}"
        subprocess.run(
            ["ip", "netns", "exec", name, str(self.python), "-c", WAIT, self.address, address],
            env=keep | token, cwd=home, check=True, timeout=PATIENCE,
        )  # fmt: skip


@contextmanager
def alone(port: int = 6390, **environment: str) -> Iterator[str]:
    """A cluster of this machine, with one CPU; its address."""
    find = [sys.executable, "-c", "import ray; print(ray.util.get_node_ip_address())"]
    host = subprocess.run(
        find, env=users(), check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()
    directory = tempfile.mkdtemp(prefix="fb-")  # Ray's sockets have no room for a longer path
    process = subprocess.Popen(
        [sys.executable, "-m", "ray.scripts.scripts", "start", *EVERYWHERE, *HEAD, "--num-cpus=1",
         f"--port={port}", f"--temp-dir={directory}"],
        env=users(**environment), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        subprocess.run(
            [sys.executable, "-c", WAIT, f"{host}:{port}", host],
            env=users(**environment), check=True, timeout=PATIENCE,
        )  # fmt: skip
        yield f"{host}:{port}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        shutil.rmtree(directory, ignore_errors=True)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True).stdout
