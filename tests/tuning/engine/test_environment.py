"""Environment variables of a session: set for its time, in any order of imports."""

import os
import subprocess
import sys
from importlib import import_module

import pytest

from tests.tuning.faults import environment as users
from tuning.engine import environment
from tuning.engine.start_worker import SERVER

READ_AT_IMPORT = """
import os, sys

plain = type(os.environ).__getitem__

def noted(environ, name):
    if name in sys.argv:
        print(name)
    return plain(environ, name)

type(os.environ).__getitem__ = noted
import ray
from ray import tune
"""


def test_what_ray_reads_when_it_is_imported_is_patched_or_read_again():
    """Else a setting would depend on whether somebody has imported Ray before."""
    names = environment.LOCAL.keys() | environment.JOINED.keys()
    patched = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"}
    asked_each_time = {"RAY_TRAIN_ENABLE_V2_MIGRATION_WARNINGS"}

    read = subprocess.run(
        [sys.executable, "-c", READ_AT_IMPORT, *names],
        env=users(), check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip

    assert set(read) == patched | asked_each_time


def test_the_environment_is_as_it_was_behind_the_block(monkeypatch):
    import_module("ray")  # which sets a variable itself, once for the process
    monkeypatch.setenv("TUNE_PRINT_ALL_TRIAL_ERRORS", "1")
    monkeypatch.delenv("RAY_AIR_NEW_OUTPUT", raising=False)
    monkeypatch.delenv("PYTHONBREAKPOINT", raising=False)
    before = dict(os.environ)

    with environment.settings(environment.EVERYWHERE):
        assert os.environ["RAY_AIR_NEW_OUTPUT"] == "0"
        os.environ["PYTHONBREAKPOINT"] = "ray.util.rpdb.set_trace"  # as `ray.init` does

    assert dict(os.environ) == before


def test_a_users_own_variable_is_left_alone(monkeypatch):
    monkeypatch.setenv("TUNE_PRINT_ALL_TRIAL_ERRORS", "1")

    with environment.settings(environment.EVERYWHERE):
        assert os.environ["TUNE_PRINT_ALL_TRIAL_ERRORS"] == "1"


def test_the_environment_is_as_it_was_when_the_block_raises(monkeypatch):
    monkeypatch.delenv("RAY_AIR_NEW_OUTPUT", raising=False)

    with pytest.raises(OSError, match="full"), environment.settings({"RAY_AIR_NEW_OUTPUT": "0"}):
        raise OSError("full")

    assert "RAY_AIR_NEW_OUTPUT" not in os.environ


@pytest.mark.parametrize("name", ["RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"])
def test_a_token_in_the_environment_is_shown(monkeypatch, tmp_path, name):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("RAY_AUTH_TOKEN", raising=False)
    monkeypatch.delenv("RAY_AUTH_TOKEN_PATH", raising=False)
    assert environment.token_settings() == {}

    monkeypatch.setenv(name, "x" * 64)

    assert environment.token_settings() == {"RAY_AUTH_MODE": "token"}


def test_a_token_in_the_home_directory_is_shown(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("RAY_AUTH_TOKEN", raising=False)
    monkeypatch.delenv("RAY_AUTH_TOKEN_PATH", raising=False)
    (tmp_path / ".ray").mkdir()
    (tmp_path / ".ray" / "auth_token").write_text("x" * 64)

    assert environment.token_settings() == {"RAY_AUTH_MODE": "token"}


def test_a_session_within_a_session_has_a_fork_server_of_its_own(monkeypatch):
    monkeypatch.setenv(SERVER, "/the/other")

    with environment.settings({SERVER: "/ours"}):
        assert os.environ[SERVER] == "/ours"

    assert os.environ[SERVER] == "/the/other"
