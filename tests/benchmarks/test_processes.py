from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BURN = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n"
REST = "import time; time.sleep(1.5)\n"
HOLD = (
    "data = b'x' * 100_000_000\nimport time; time.sleep(5)\n"  # where looking is slow, it is rare
)
MEASURE = """
import json, sys
from dataclasses import asdict
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from processes import measure
print(json.dumps(asdict(measure([sys.executable, "-c", sys.argv[3]], Path(sys.argv[2])))))
"""


def measured(code: str, directory: Path) -> dict[str, Any]:
    """What `code` took, measured by a process of its own: it waits for all its children."""
    benchmarks = str(Path(__file__).parents[2] / "benchmarks")
    command = [sys.executable, "-c", MEASURE, benchmarks, str(directory), code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return dict(json.loads(done.stdout))


def child(code: str) -> str:
    """Code that starts `code` in a process of its own."""
    return f"import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', {code!r}])\n"


def test_wall_time_and_output_are_those_of_the_command(tmp_path: Path) -> None:
    usage = measured("import time; time.sleep(0.3); print('done')", tmp_path)

    assert 0.3 < usage["wall_seconds"] < 10
    assert usage["output"] == "done\n"


def test_cpu_time_of_a_daemon_that_outlives_the_command_counts(tmp_path: Path) -> None:
    usage = measured(child(BURN), tmp_path)

    assert usage["cpu_seconds"] > 0.3


def test_cpu_time_of_the_children_of_a_careless_parent_counts(tmp_path: Path) -> None:
    """The kernel keeps no account of them: their parent ignores SIGCHLD."""
    careless = "import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"

    usage = measured(careless + child(BURN + REST) + "child.wait()", tmp_path)

    assert 0.3 < usage["cpu_seconds"] < 2


def test_memory_is_that_of_all_processes_at_a_time(tmp_path: Path) -> None:
    usage = measured(child(HOLD) + HOLD + "child.wait()", tmp_path)

    assert 200e6 < usage["peak_bytes"] < 400e6
    assert usage["first_process"][-1]["peak_bytes"] < 180e6


def test_a_command_that_fails_is_an_error_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"exit code 3:\nno luck"):
        measured("import sys; print('no luck'); sys.exit(3)", tmp_path)
