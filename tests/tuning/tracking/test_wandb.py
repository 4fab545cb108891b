"""What Weights & Biases has of a search: read back from the files of its offline runs."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.tuning.tracking.test_trackers import CURVE, lines
from tuning.tracking import wandb as wandb_tracking
from tuning.tracking.wandb import WandbTracker

pytestmark = pytest.mark.skipif(not find_spec("wandb"), reason="needs wandb, an extra")

BLOCK, HEADER = 2**15, 7

SEARCH = """
import sys
from pathlib import Path
from tests.tuning.tracking.test_trackers import lines
from tuning.tracking.wandb import WandbTracker
import psutil

def services():
    return [p for p in psutil.Process().children() if p.name() == "wandb-core"]

tracker = WandbTracker("digits-1", Path(sys.argv[1]))
for number in range(3):
    tracker.update(lines(f"s{number:05d}"))
tracker.update(lines("s00003")[:2])
assert len(services()) == 1, services()
tracker.close()
assert services() == []
"""


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting and no key of whoever runs the tests."""
    for name in ("SERVICE", "API_KEY", "MODE", "DIR", "PROJECT", "BASE_URL", "IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(f"WANDB_{name}", raising=False)
    monkeypatch.delenv("NETRC", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def runs_of(directory: Path) -> dict[str, dict[str, Any]]:
    """Config, history, summary and exit code of each offline run, by its name."""
    return {run["name"]: run for run in map(run_of, directory.glob("wandb/offline-run-*/*.wandb"))}


def run_of(path: Path) -> dict[str, Any]:
    from wandb.proto.wandb_internal_pb2 import Record

    found: dict[str, Any] = {"config": {}, "history": [], "summary": {}}
    for data in entries(path.read_bytes()):
        record = Record.FromString(data)
        kind = record.WhichOneof("record_type")
        if kind == "run":
            found |= {"name": record.run.display_name, "project": record.run.project}
            found |= {"group": record.run.run_group, "tags": set(record.run.tags)}
            found["config"] |= values(record.run.config.update)
        elif kind == "history":
            found["history"].append(values(record.history.item))
        elif kind == "summary":
            found["summary"] |= values(record.summary.update)
        elif kind == "exit":
            found["exit"] = record.exit.exit_code
    return found


def values(items: Any) -> dict[str, Any]:
    return {item.key or item.nested_key[0]: json.loads(item.value_json) for item in items}


def entries(data: bytes) -> Iterator[bytes]:
    """The entries of a log as LevelDB writes it: blocks of parts with checksum, length and kind."""
    place, parts = HEADER, b""
    while place + HEADER <= len(data):
        if BLOCK - place % BLOCK < HEADER:
            place += BLOCK - place % BLOCK
            continue
        length, kind = int.from_bytes(data[place + 4 : place + 6], "little"), data[place + 6]
        parts += data[place + HEADER : place + HEADER + length]
        place += HEADER + length
        if kind in (1, 4):
            yield parts
            parts = b""


def test_wandb_has_a_run_per_trial_with_config_losses_and_status(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    tracker = WandbTracker("digits-1", tmp_path)
    tracker.update(lines("s00000"))
    tracker.update(lines("s00001", "stopped")[:3] + lines("s00002", "diverged"))
    tracker.update(lines("s00001", "stopped")[3:])
    tracker.update(lines("s00003")[:2])
    tracker.close()

    runs = runs_of(tmp_path)
    first = runs["s00000"]
    assert {name: run["exit"] for name, run in runs.items()} == {
        "s00000": 0,
        "s00001": 0,
        "s00002": 1,
        "s00003": 1,
    }
    assert {run["project"] for run in runs.values()} == {"digits-1"}
    assert first["tags"] == {"stage search", "seed 7"}
    config = {name: first["config"][name] for name in ("lr", "batch_size", "act(1)")}
    assert config == {"lr": 0.1, "batch_size": 32, "act(1)": "relu"}
    losses = {row["_step"]: row["val_loss"] for row in first["history"]}
    assert losses == dict(enumerate(CURVE, start=1))
    assert "train_loss" not in first["history"][0]
    assert first["summary"]["val_loss"] == CURVE[-1]
    assert [runs[name]["summary"]["status"] for name in ("s00000", "s00001", "s00002")] == [
        "finished",
        "stopped",
        "diverged",
    ]
    assert capfd.readouterr() == ("", "")


def test_another_attempt_is_another_run(tmp_path: Path) -> None:
    tracker = WandbTracker("digits-1", tmp_path)
    begun, *epochs, ended = lines("s00000")
    tracker.update([begun, epochs[0], ended | {"status": "failed", "error": "out of memory"}])
    tracker.update([begun | {"attempt": 2}, *epochs, ended])
    tracker.close()

    runs = runs_of(tmp_path)
    assert runs["s00000"]["summary"]["error"] == "out of memory"
    assert len(runs["s00000 attempt 2"]["history"]) == 3


def test_one_process_serves_all_runs_and_ends_with_them_and_nobody_is_called(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), url)
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "WANDB_BASE_URL": url}
        done = subprocess.run(
            [sys.executable, "-c", SEARCH, str(tmp_path)],
            env=environment | proxies,
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
        )
        listening.settimeout(0.0)
        with pytest.raises(BlockingIOError):
            listening.accept()

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(runs_of(tmp_path)) == 4


def test_its_process_ends_with_a_search_that_is_killed(tmp_path: Path) -> None:
    killed = SEARCH.replace("tracker.close()", "print(services()[0].pid, flush=True); input()")
    search = subprocess.Popen(
        [sys.executable, "-c", killed, str(tmp_path)],
        cwd=Path(__file__).parents[3],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert search.stdout
    service = psutil.Process(int(search.stdout.readline()))

    search.kill()

    service.wait(60)
    search.communicate()


def test_what_the_environment_says_of_place_and_project_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_DIR", str(tmp_path / "own"))
    monkeypatch.setenv("WANDB_PROJECT", "mine")
    tracker = WandbTracker("digits-1", tmp_path)
    tracker.update(lines("s00000"))
    tracker.close()

    run = runs_of(tmp_path / "own")["s00000"]
    assert (run["project"], run["group"]) == ("mine", "digits-1")


@pytest.mark.parametrize(
    ("settings", "netrc", "mode"),
    [
        ({}, "", "offline"),
        ({}, "machine api.wandb.ai login user password key\n", None),
        ({}, "machine elsewhere login user password key\n", "offline"),
        ({"WANDB_BASE_URL": "https://own:8080"}, "machine own:8080 login a password b\n", None),
        ({"WANDB_API_KEY": "x" * 40}, "", None),
        ({"WANDB_MODE": "offline", "WANDB_API_KEY": "x" * 40}, "", None),
        ({"WANDB_MODE": "disabled"}, "", None),
        ({"WANDB_MODE": "online", "WANDB_API_KEY": "x" * 40}, "", None),
    ],
)
def test_it_is_offline_where_no_key_is_set_and_nothing_else_is_said(
    settings: dict[str, str],
    netrc: str,
    mode: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".netrc").write_text(netrc)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    assert wandb_tracking.mode() == mode


def test_online_without_a_key_is_refused_before_it_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "online")

    with pytest.raises(ValueError, match="WANDB_MODE is online, and no key is set: set WANDB_API"):
        wandb_tracking.mode()
