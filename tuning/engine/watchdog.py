"""A process that sees this one die: it ends what Ray leaves behind, and prints a message."""

from __future__ import annotations

import contextlib
import subprocess

import psutil

AGENTS = ("dashboard/agent.py", "runtime_env/agent/main.py", "DashboardAgent", "RuntimeEnvAgent")
"""How the command lines of the two agents end that Ray starts beside its raylet."""
AT_DEATH = """
message=
while read -r line; do message=$line; done
kill -9 "$@" 2>/dev/null
[ -z "$message" ] || printf '%s\\n' "$message" >&2
"""


class Watchdog:
    """A shell that sleeps until this process is dead, then kills the agents of its Ray.

    All other processes of Ray end with this one by themselves. The agents notice at once too,
    but first wait a minute for a server that died with us, to tell it.
    """

    def __init__(self) -> None:
        family = psutil.Process().children(recursive=True)
        agents = [str(process.pid) for process in family if _is_agent(process)]
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", AT_DEATH, "sh", *agents],
            stdin=subprocess.PIPE,  # its end is our death
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us
        )

    def set_message(self, line: str) -> None:
        """What it prints on stderr when this process dies; the last one counts."""
        assert self._shell.stdin is not None
        self._shell.stdin.write(f"{line}\n".encode())
        self._shell.stdin.flush()

    def stop(self) -> None:
        """End it, without a message."""
        self._shell.kill()
        self._shell.communicate()


def _is_agent(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):  # it has ended meanwhile
        return any(part.endswith(AGENTS) for part in process.cmdline())
    return False
