"""The command `watch`: what it prints, what it refuses, how it ends."""

import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests import PATIENCE
from tests.results.report_runs import searched
from tune_main import main

COMMAND = [sys.executable, str(Path(__file__).parent.parent / "tune_main.py")]


def hears_ctrl_c():
    """As on a terminal: what a shell starts in the background ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_it_says_where_the_page_is_and_ends_with_ctrl_c(tmp_path):
    run = searched(tmp_path / "run").directory
    watch = subprocess.Popen(
        [*COMMAND, "watch", str(run)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hears_ctrl_c,
    )
    lines = [watch.stdout.readline() for _ in range(3)]

    address = re.fullmatch(
        rf"{re.escape(str(run))} is shown at (http://127\.0\.0\.1:(\d+)/[\w-]{{20,}}/)\n", lines[0]
    )
    assert f"ssh -C -N -L {address[2]}:127.0.0.1:{address[2]} " in lines[1]
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address[1], timeout=PATIENCE) as page:
        assert b"s00012" in page.read()

    watch.send_signal(signal.SIGINT)
    rest, error = watch.communicate(timeout=PATIENCE)
    assert (watch.returncode, rest, error) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("none", "none is not a run: there is no such directory"),
        (".", ". is not a run: it has no run.toml"),
        ("run --port 0", "--port must be 1 to 65535, got 0: leave it out for a free one"),
        ("run --port 65536", "--port must be 1 to 65535, got 65536"),
        ("run --port http", '"http"'),
    ],
)
def test_bad_input_is_one_line_with_the_way_out(arguments, message, tmp_path, capsys, monkeypatch):
    searched(tmp_path / "run")
    monkeypatch.chdir(tmp_path)

    assert main(["watch", *arguments.split()]) == 2

    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_port_in_use_is_refused_with_the_way_out(tmp_path, capsys):
    run = searched(tmp_path / "run").directory
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert main(["watch", str(run), "--port", str(port)]) == 2

    error = capsys.readouterr().err
    assert f"--port {port} cannot be used, Address already in use: choose another" in error
    assert error.count("\n") == 1
