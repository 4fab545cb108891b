"""What becomes of the command with which Ray starts a worker."""

import json
import subprocess
import sys

import pytest

from tuning.engine import start_worker

SHOW = "import os, sys; print(os.environ.get('ONE'), os.environ.get('TWO'), sys.argv[1:])"


def started(tmp_path, **context):
    """What a worker of that context prints: its variables and its arguments."""
    worker = tmp_path / "worker.py"
    worker.write_text(SHOW)
    given = [f"--serialized-runtime-env-context={json.dumps(context)}", "--language=PYTHON"]
    command = [sys.executable, start_worker.__file__, str(worker), "--node=1 2", *given]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    "context",
    [{}, {"command_prefix": [], "java_jars": [], "override_worker_entrypoint": None}],
    ids=["variables alone", "as Ray writes it"],
)
def test_a_worker_has_its_variables_and_arguments(tmp_path, context):
    variables = {"ONE": "a b"}

    assert started(tmp_path, env_vars=variables, **context) == "a b None ['--node=1 2']"


def test_what_else_an_environment_asks_for_is_left_to_ray(tmp_path):
    told = started(tmp_path, env_vars={"ONE": "1"}, command_prefix=["TWO=2"])

    assert told == "1 2 ['--node=1 2']"
