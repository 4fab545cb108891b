"""The program in the place of Ray's dashboard agent."""

import subprocess
import sys

from tests import PATIENCE
from tuning.engine import stub_agent


def test_it_says_that_it_serves_nothing_and_ends_with_its_raylet(tmp_path):
    given = [f"--session-dir={tmp_path}", "--node-id=abc", "/ray/dashboard/agent.py", "--head"]
    command = [sys.executable, "-I", "-S", stub_agent.__file__, *given]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as agent:
        agent.stdin.close()
        assert agent.wait(timeout=PATIENCE) == 0

    written = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert written == {f"{port}_abc": "-1" for port in stub_agent.PORTS}
