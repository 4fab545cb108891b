"""Start and end Ray in fresh processes, again and again, as the command does: how often it fails.

    python benchmarks/start_campaign.py --times 300 --at-a-time 2

Ray starts in a thread while the main thread imports Ray Tune, and ends while it imports what the
report needs. `--switch-seconds` makes Python change between the two more often than it would
(0.005 s), which finds what goes wrong once in thousands of starts. Whatever is printed counts as a
failure, and so does a process that does not end.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from cyclopts import run as run_command
from scale import ROOT
from tables import machine

TIMEOUT_SECONDS = 300
START = """
import sys
sys.setswitchinterval(float(sys.argv[1]))
from trainable.imports import importing
from tuning.engine import session

with session.local() as ray_session:
    from flatbasin import load
    with importing():
        from tuning.engine.workers import run_workers
    ray_session.ready()
    ray_session.end()
    import plotly.graph_objects
    import sklearn.gaussian_process
"""


def start_campaign(
    *, times: int = 300, at_a_time: int = 2, switch_seconds: float = sys.getswitchinterval()
) -> None:
    """Start and end Ray so many times, and print how many failed, and how."""
    with ThreadPoolExecutor(at_a_time) as threads:
        attempts = threads.map(lambda _: failure(switch_seconds), range(times))
        failures = Counter(text for text in attempts if text is not None)
    print(f"{failures.total()} of {times} starts failed, {at_a_time} at a time, on {machine()}")
    for text, count in failures.most_common():
        print(f"\n{count} times:\n{text}")


def failure(switch_seconds: float, program: str = START) -> str | None:
    """Start and end Ray once; what went wrong, None where nothing did."""
    command = [sys.executable, "-c", program, str(switch_seconds)]
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"did not end within {TIMEOUT_SECONDS} s"
    if done.returncode == 0 and not done.stdout + done.stderr:
        return None
    return f"exit code {done.returncode}\n{done.stdout}{done.stderr}".strip()


if __name__ == "__main__":
    run_command(start_campaign)
