"""Disks that fill, directories that vanish or turn read-only: told in one line, nothing lost."""

import contextlib
import ctypes
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from record.writer import StorageError
from results import load
from tests import PATIENCE
from tests.tuning import faults
from tuning import search

TASK = """
import os
import time
epochs = 60
space = {"lr": [0.1, 0.2, 0.3]}

def train(config, checkpoint=None):
    for epoch in range(config["epochs"]):
        time.sleep(0.02)
        while epoch == 30 and os.path.exists("HOLD"):
            time.sleep(0.02)
        yield {"train_loss": config["lr"], "val_loss": config["lr"]}
"""
pytestmark = pytest.mark.usefixtures("ray_running")

ARGUMENTS = ("--samples", "3", "--searcher", "grid", "--scheduler", "none", "--no-confirm")
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1
"""From linux/prctl.h and linux/capability.h."""


@pytest.fixture
def steady_task(write_task, hold):
    """Three trials of 60 epochs, of which nothing can go wrong."""
    return write_task(TASK.replace("HOLD", str(hold)))


@pytest.fixture
def hold(tmp_path):
    """A file; as long as it exists no trial comes to its end."""
    return tmp_path / "hold"


def last_line(text):
    return text.splitlines()[-1]


@pytest.mark.parametrize("size", ["4k", "8k", "12k", "24k", "48k", "1m"])
def test_wherever_the_disk_fills_the_search_ends_in_words_and_can_go_on(
    tmp_path, steady_task, size
):
    """From run.toml, the first that is written, to the report, the last."""
    with faults.small_disk(tmp_path / "disk", size) as disk:
        run_path = disk / "run"
        process = faults.searched(run_path, "--task", steady_task, *ARGUMENTS, report=True)
        error = process.stderr
        was_begun = run_path.exists()
        before = faults.reported(run_path) if was_begun and b"epoch" in record(run_path) else set()
        faults.enlarge(disk)
        resumed = faults.done("resume", str(run_path))
        run = load(run_path) if was_begun else None

    assert "No space left on device" in last_line(error)
    assert "free and the run may take" in error.splitlines()[0]
    assert error.count("\n") == 2
    if run is None:
        assert process.returncode == 2
        assert "--runs-dir must be a directory one can write to" in last_line(error)
    else:
        assert process.returncode == 1
        assert f"resume {run_path}" in last_line(error)
        assert resumed.returncode == 0, resumed.stderr
        assert before <= set(zip(run.epochs["trial_id"], run.epochs["epoch"], strict=True))
        assert len(run.epochs) == 180


def record(path):
    return (path / "epochs.jsonl").read_bytes()


def test_a_run_that_is_moved_away_ends_in_words_and_goes_on_once_it_is_back(
    tmp_path, steady_task, hold
):
    """An open file would be written to wherever it went."""
    path, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    hold.touch()
    with ThreadPoolExecutor() as pool:
        search = pool.submit(faults.searched, path, "--task", steady_task, *ARGUMENTS)
        faults.wait_for_epochs(path, 5)
        path.rename(elsewhere)
        hold.unlink()
        process = search.result(timeout=PATIENCE)
    error = process.stderr
    exists_meanwhile = path.exists()
    before = faults.reported(elsewhere)
    elsewhere.rename(path)
    resumed = faults.done("resume", str(path))

    assert process.returncode == 1
    assert "epochs.jsonl: No such file or directory; what was recorded is kept" in error
    assert f"resume {path}" in error
    assert error.count("\n") == 1
    assert not exists_meanwhile
    assert resumed.returncode == 0, resumed.stderr
    assert before <= faults.reported(path)
    assert len(load(path).epochs) == 180


def test_a_disk_that_is_unmounted_ends_the_search_in_words(tmp_path, steady_task, hold):
    hold.touch()
    with faults.small_disk(tmp_path / "disk", "64m") as disk, ThreadPoolExecutor() as pool:
        path = disk / "run"
        search = pool.submit(faults.searched, path, "--task", steady_task, *ARGUMENTS)
        faults.wait_for_epochs(path, 5)
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
        hold.unlink()
        process = search.result(timeout=PATIENCE)
        resumed = faults.done("resume", str(path))
        subprocess.run(["mount", "-t", "tmpfs", "none", str(disk)], check=True)

    assert process.returncode == 1
    assert "what was recorded is kept: mend that" in process.stderr
    assert process.stderr.count("\n") == 1
    assert resumed.returncode == 2
    assert f"{path} is not a run" in resumed.stderr


def obey_permissions():
    """In a new process: root, too, writes only where the mode allows it."""
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)


def test_a_directory_that_turns_read_only_ends_the_search_in_words(tmp_path, steady_task, hold):
    hold.touch()
    path = tmp_path / "run"
    how = {"preexec_fn": obey_permissions}
    process = faults.start(path, "--task", steady_task, *ARGUMENTS, **how)
    faults.wait_for_epochs(path, 5)
    path.chmod(0o555)
    hold.unlink()
    _, error = process.communicate(timeout=PATIENCE)
    resume = [*faults.COMMAND, "resume", str(path), "--samples", "1"]
    (path / ".lock").chmod(0o444)
    refused = subprocess.run(resume, **how, capture_output=True, text=True)
    (path / ".lock").chmod(0o644)
    path.chmod(0o755)
    resumed = faults.done("resume", str(path))

    assert process.returncode == 1
    assert "Permission denied; what was recorded is kept" in error
    assert error.count("\n") == 1
    assert refused.returncode == 1
    assert "Permission denied; what was recorded is kept" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert resumed.returncode == 0, resumed.stderr
    assert len(load(path).epochs) == 180


def test_a_temporary_directory_without_room_is_named_before_ray_starts(tmp_path, steady_task):
    with faults.small_disk(tmp_path / "t", "1m") as disk:
        how = {"env": faults.environment(TMPDIR=str(disk))}
        process = faults.start(tmp_path / "run", "--task", steady_task, *ARGUMENTS, **how)
        _, error = process.communicate(timeout=PATIENCE)
        left_over = list(disk.iterdir())

    assert process.returncode == 2
    assert f"{disk} has 1 MiB free, and Ray's temporary files need 32 MiB" in error
    assert "set TMPDIR to a directory on another disk" in error
    assert error.count("\n") == 1
    assert left_over == []
    assert not (tmp_path / "run").exists()


def test_a_temporary_directory_with_a_long_path_is_named(tmp_path, steady_task):
    (tmp_path / ("t" * 100)).mkdir()
    how = {"env": faults.environment(TMPDIR=str(tmp_path / ("t" * 100)))}
    process = faults.start(tmp_path / "run", "--task", steady_task, *ARGUMENTS, **how)
    _, error = process.communicate(timeout=PATIENCE)

    assert process.returncode == 2
    assert "is too long a path for Ray's sockets: set it to one that is at least" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "run").exists()


@pytest.fixture
def short_path():
    """A directory whose path is short: Linux takes 107 bytes for that of a socket."""
    with tempfile.TemporaryDirectory(prefix="fb") as directory:
        yield Path(directory)


def test_a_temporary_directory_that_fills_up_costs_nothing(tmp_path, short_path, steady_task):
    """Only Tune's own notes and Ray's logs go there, which nobody reads."""
    path = tmp_path / "run"
    with faults.small_disk(short_path / "t", "40m") as disk:
        how = {"env": faults.environment(TMPDIR=str(disk))}
        process = faults.start(path, "--task", steady_task, *ARGUMENTS, **how)
        faults.wait_for_epochs(path, 5)
        with contextlib.suppress(OSError), (disk / "fill").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(2**14))
        _, error = process.communicate(timeout=PATIENCE)

    assert process.returncode == 0, error
    assert "Traceback" not in error
    assert len(load(path).epochs) == 180


def test_a_checkpoint_that_cannot_be_written_is_no_failure_of_its_trial(
    ray_running, write_task, tmp_path, monkeypatch
):
    monkeypatch.setattr(faults.CHECKPOINT_SECONDS, 0.0)
    source = TASK.replace("time.sleep(0.02)", "time.sleep(0.6)")
    task = write_task(source.replace('config["lr"]}', 'config["lr"], "checkpoint": [0.0] * 10**6}'))
    place = {"runs_dir": str(tmp_path / "disk"), "name": "run", "quiet": True, "confirm": False}
    with faults.small_disk(tmp_path / "disk", "1m") as disk:
        with pytest.raises(StorageError, match="what was recorded is kept: mend that") as raised:
            search(task=task, samples=3, searcher="grid", scheduler="none", epochs=9, **place)
        trials = load(disk / "run").trials
        left_over = list((disk / "run").glob("checkpoints/*/*.partial"))

    assert str(disk / "run" / "checkpoints") in str(raised.value)
    assert set(trials["status"]) == {"interrupted"}
    assert left_over == []
