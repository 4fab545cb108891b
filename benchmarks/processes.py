"""A command measured from outside: wall time, CPU time and memory of its whole process tree.

The measuring process becomes the "subreaper" of all it starts (`man 2 prctl`):
daemons whose parent has gone become its children. So it waits for every process of the tree, and
the kernel's own account of their CPU time (`RUSAGE_CHILDREN`) holds them all, those that live for
a few milliseconds included, but for one kind: children of a process that ignores SIGCHLD, as Ray's
raylet does, are in nobody's account. Their CPU time is read from /proc again and again while they
live, and what they used after the last look is missing. Linux only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
MEMORY_SECONDS = 0.2
"""Time between two looks at the memory, at least."""
MAX_SHARE = 0.02
"""Share of one core that looking at all may take; it becomes rarer where it would take more."""
GRACE_SECONDS = 10.0
"""Time that processes left behind by the command have to end by themselves."""


@dataclass(frozen=True)
class Sample:
    """A look at the command's first process."""

    seconds: float
    """Since the start."""
    cpu_seconds: float
    peak_bytes: int
    """Its largest resident memory so far."""


@dataclass
class Usage:
    """What a command took."""

    started: float
    """Seconds since 1970."""
    wall_seconds: float = 0.0
    """Until the command's own process ended: the user has the prompt back."""
    cpu_seconds: float = 0.0
    """Of all processes, those that ended after the command included."""
    peak_bytes: int = 0
    """Most memory of all processes at a time: the sum of their proportional set sizes."""
    exit_code: int = 0
    output: str = ""
    """What it printed on stdout."""
    first_process: list[Sample] = field(default_factory=list)

    @property
    def ended(self) -> float:
        """When the prompt came back, in seconds since 1970."""
        return self.started + self.wall_seconds


def measure(command: Sequence[str], directory: Path) -> Usage:
    """Run `command` and measure it; its output is kept in `directory`.

    Raises RuntimeError where it fails, with the end of what it printed.
    """
    become_subreaper()
    output, errors = directory / "stdout.txt", directory / "stderr.txt"
    before = _children_cpu()
    usage, start = Usage(started=time.time()), time.perf_counter()
    pid = _start(command, output, errors)
    looking = Looking(pid, usage)
    status, reaped = _wait_for(pid)
    usage.exit_code = os.waitstatus_to_exitcode(status)
    usage.wall_seconds = time.perf_counter() - start
    reaped |= _wait_for_the_rest()
    looking.end()
    usage.cpu_seconds = _children_cpu() - before + looking.cpu_in_no_account(reaped)
    usage.output = output.read_text(encoding="utf-8", errors="replace")
    if usage.exit_code:
        said = (usage.output + errors.read_text(encoding="utf-8", errors="replace"))[-2000:]
        raise RuntimeError(f"{' '.join(command)} ended with exit code {usage.exit_code}:\n{said}")
    return usage


def become_subreaper() -> None:
    """Make orphans of this process's tree its own children."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER) failed: it needs Linux")


def _start(command: Sequence[str], output: Path, errors: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(output), flags, 0o644),
        (os.POSIX_SPAWN_OPEN, 2, str(errors), flags, 0o644),
    ]
    return os.posix_spawnp(command[0], list(command), os.environ, file_actions=actions)


def _wait_for(pid: int) -> tuple[int, set[int]]:
    """Reap whatever ends until `pid` has; its exit status, and all that was reaped."""
    reaped: set[int] = set()
    while True:
        ended, status = os.wait()
        reaped.add(ended)
        if ended == pid:
            return status, reaped


def _wait_for_the_rest() -> set[int]:
    """Reap what the command left behind, and kill what does not end by itself."""
    reaped: set[int] = set()
    deadline = time.monotonic() + GRACE_SECONDS
    while True:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return reaped
        if ended:
            reaped.add(ended)
            continue
        if time.monotonic() > deadline:
            for pid in tree(os.getpid()):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Looking:
    """Looks at the tree from time to time, in a thread, until it is told to end."""

    def __init__(self, pid: int, usage: Usage) -> None:
        self._pid, self._usage = pid, usage
        self._unaccounted: dict[int, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()

    def cpu_in_no_account(self, reaped: set[int]) -> float:
        """CPU time of the processes whose parent took no account of it."""
        return sum(cpu for pid, cpu in self._unaccounted.items() if pid not in reaped)

    def _run(self) -> None:
        due = 0.0
        while not self._over.wait(MEMORY_SECONDS):
            self._look_at_first()
            if time.monotonic() < due:
                continue
            start = time.thread_time()
            self._look_at_all()
            due = time.monotonic() + (time.thread_time() - start) / MAX_SHARE

    def _look_at_first(self) -> None:
        """Often: it is a small part of a large tree."""
        cpu, peak = cpu_seconds(self._pid), peak_bytes(self._pid)
        if peak:
            seconds = time.time() - self._usage.started
            self._usage.first_process.append(Sample(seconds, cpu, peak))

    def _look_at_all(self) -> None:
        processes = tree(os.getpid())
        careless = {parent for parent in set(processes.values()) if ignores_children(parent)}
        for pid, parent in processes.items():
            if parent in careless:
                self._unaccounted[pid] = max(self._unaccounted.get(pid, 0.0), cpu_seconds(pid))
        memory = sum(proportional_bytes(pid) for pid in processes)
        self._usage.peak_bytes = max(self._usage.peak_bytes, memory)


def tree(root: int) -> dict[int, int]:
    """The processes that descend from `root`, itself not among them, each with its parent."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        fields = _stat(int(entry)) if entry.isdigit() else []
        if fields:
            children.setdefault(int(fields[1]), []).append(int(entry))
    found: dict[int, int] = {}
    waiting = [root]
    while waiting:
        parent = waiting.pop()
        found |= dict.fromkeys(children.get(parent, []), parent)
        waiting += children.get(parent, [])

    return found


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, its threads included; 0 where it has ended."""
    fields = _stat(pid)
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def ignores_children(pid: int) -> bool:
    """Whether a process ignores SIGCHLD, so that nothing is left of its children's accounts."""
    mask = int(_value(f"/proc/{pid}/status", "SigIgn:") or "0", 16)
    return bool(mask >> (signal.SIGCHLD - 1) & 1)


def proportional_bytes(pid: int) -> int:
    """Memory of a process, pages shared by n processes counted as 1/n; 0 where it has ended."""
    return _kilobytes(f"/proc/{pid}/smaps_rollup", "Pss:") * 1024


def peak_bytes(pid: int) -> int:
    """The most resident memory a process has had; 0 where it has ended."""
    return _kilobytes(f"/proc/{pid}/status", "VmHWM:") * 1024


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; none where it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


def _kilobytes(path: str, name: str) -> int:
    return int(_value(path, name) or 0)


def _value(path: str, name: str) -> str | None:
    """What stands after `name` in a file of /proc; None where the process has ended."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    return next((line.split()[1] for line in lines if line.startswith(name)), None)
