"""A run whose directory is in an object store, from the first trial to the report."""

import subprocess
import time
from pathlib import Path

import pytest

from record import as_path
from results import load
from results.watch import live_page
from tests.results.report_runs import searched
from tests.results.watch.conftest import ask, serving
from tests.tuning import faults, object_store

pytestmark = pytest.mark.timeout(600)

RUNS = f"s3://{object_store.BUCKET}/runs"
SHORT = ("--samples", "4", "--epochs", "5", "--quiet", "--no-confirm", "--no-report")
OFTEN = faults.command_with({faults.CHECKPOINT_SECONDS: 5.0, faults.DEAD_SECONDS: 6.0})
"""The command, with checkpoints more often than it makes them: the first after 25 epochs or fewer
of the task below."""
COUNTING = """
import time
epochs = 60
space = {"lr": [0.1, 0.2]}

def train(config, checkpoint=None):
    epoch = checkpoint or 0
    began = epoch
    while epoch < config["epochs"]:
        time.sleep(0.2)
        epoch += 1
        loss = config["lr"] / epoch
        yield {"train_loss": loss, "val_loss": loss, "checkpoint": epoch, "began": began}
"""


@pytest.fixture(scope="module")
def store():
    """One request in twenty fails, and some are slow."""
    with object_store.serving(failing=0.05, slow=0.01) as store:
        yield store


@pytest.fixture(autouse=True)
def reachable(store, monkeypatch):
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)


def run(*arguments, program=faults.COMMAND):
    how = {"env": faults.environment(), "capture_output": True, "text": True, "timeout": 300}
    return subprocess.run([*program, *arguments], **how)


def test_a_search_in_a_store_finds_what_one_on_a_disk_finds(store, tmp_path):
    done = run("--runs-dir", RUNS, "--name", "a", *SHORT)
    alone = run("--runs-dir", str(tmp_path), "--name", "a", *SHORT)

    assert (done.returncode, alone.returncode) == (0, 0), done.stderr + alone.stderr
    assert faults.same_as_far_as_both_ran(load(f"{RUNS}/a"), load(tmp_path / "a"))
    assert {path.name for path in as_path(f"{RUNS}/a").iterdir()} == {
        "epochs", "epochs.parquet", "recommendation.json", "run.toml", "task.py",
        "trials.csv", "trials.parquet",
    }  # fmt: skip


def test_what_is_done_to_a_run_on_a_disk_is_done_to_one_in_a_store(store):
    run("--runs-dir", RUNS, "--name", "b", *SHORT)
    path = f"{RUNS}/b"
    done = [
        run("resume", path, "--samples", "2"),
        run("confirm", path),
        run("report", path),
        run("compare", path, path),
        run("reproduce", path),
    ]

    assert [process.returncode for process in done] == [0] * 5, [each.stderr for each in done]
    assert (load(path).trials["stage"] == "search").sum() == 6
    assert load(path).recommendation().confirmed
    assert as_path(f"{path}/report.html").read_bytes().startswith(b"<!doctype html>")
    assert (as_path(path) / "best" / "model.safetensors").is_file()


def test_a_killed_search_goes_on_from_its_checkpoints_in_the_store(store, tmp_path):
    task = tmp_path / "counting.py"
    task.write_text(COUNTING)
    arguments = ("--task", str(task), "--samples", "2", "--scheduler", "none", *SHORT[4:])
    command = [*OFTEN, *arguments, "--searcher", "grid", "--runs-dir", RUNS, "--name", "k"]
    search = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    while not _can_go_on(store):  # ends by the test's timeout otherwise
        time.sleep(0.2)
    search.kill()
    search.wait()

    resumed = run("resume", f"{RUNS}/k", program=OFTEN)

    found = load(f"{RUNS}/k")
    assert resumed.returncode == 0, resumed.stderr
    assert (found.trials["status"] == "finished").all()
    assert faults.every_epoch_once(found)
    assert found.epochs["began"].max() > 0
    assert "k/checkpoints" not in " ".join(store.objects())


def _can_go_on(store):
    """Whether the store holds a checkpoint, and the record of more epochs than that one has."""
    if "k/checkpoints" not in " ".join(store.objects()):
        return False
    return load(f"{RUNS}/k").epochs["epoch"].max() > 25


def test_a_run_that_grows_in_a_store_is_watched(store, tmp_path, monkeypatch):
    monkeypatch.setattr(live_page, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(live_page, "SHARE", 1.0)
    written, place = searched(tmp_path / "run"), as_path(RUNS) / "w"
    text = written.directory.joinpath("epochs.jsonl").read_bytes()
    (place / "run.toml").write_bytes(written.directory.joinpath("run.toml").read_bytes())
    before = set(store.objects())
    with serving(place) as server:
        assert "no trial has begun yet" in ask(server)[2]
        for size in (len(text) // 2, len(text)):
            (place / "epochs" / "000001-a.jsonl").write_bytes(text[:size])
            status, _, shown = ask(server)

    assert status == 200
    assert "s90001" in shown
    assert set(store.objects()) - before == {"runs/w/epochs/000001-a.jsonl"}


def test_a_name_that_is_used_in_the_store_is_refused(store):
    (as_path(RUNS) / "used" / "run.toml").write_bytes(b"")

    done = run("--runs-dir", RUNS, "--name", "used", *SHORT)

    assert done.returncode == 2
    assert f"--name used is already used in {RUNS}: choose another" in done.stderr


@pytest.mark.parametrize(
    ("runs", "words"),
    [
        ("s3://no-bucket/runs", "--runs-dir must be a directory one can write to, got s3://no-b"),
        ("abfs://a/runs", "--runs-dir abfs:// is no place for a run: use a directory, s3://"),
    ],
)
def test_a_store_that_cannot_be_written_is_refused(store, runs, words):
    done = run("--runs-dir", runs, *SHORT)

    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_is_no_run_in_the_store_is_refused(store):
    for command in ("report", "resume", "confirm"):
        done = run(command, f"{RUNS}/none")

        assert done.returncode == 2
        assert f"{RUNS}/none is not a run" in done.stderr


def test_a_search_in_a_store_is_tracked_in_a_local_directory(store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    done = run("--runs-dir", RUNS, "--name", "t", "--track", "tensorboard", *SHORT)

    assert (done.returncode, done.stderr) == (0, "")
    trials = {path.parent.name for path in tmp_path.glob("runs/t/tensorboard/*/events.*")}
    assert trials == set(load(f"{RUNS}/t").trials["trial_id"])
    assert "tensorboard" not in " ".join(store.objects())
