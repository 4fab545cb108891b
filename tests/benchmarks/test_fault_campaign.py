"""A short campaign of kills; the long one is run by hand."""

import subprocess
import sys

import fault_campaign
import pytest


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kill", "num"), [("driver-kills", 2), ("worker-kills", 1), ("node-kills", 1)]
)
def test_nothing_is_lost_when_processes_are_killed(kill, num):
    """Drivers: so many on each of two tasks."""
    each = num // 2 if kill == "driver-kills" else num
    command = [sys.executable, fault_campaign.__file__, f"--{kill}", str(each)]

    done = subprocess.run(command, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{num} kills, 0 epochs lost, 0 trials lost" in done.stdout.splitlines()[-1]
