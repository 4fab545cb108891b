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

pytestmark = pytest.mark.timeout(1800)

RUNS = f"s3://{object_store.BUCKET}/runs"
SHORT = ("--samples", "4", "--epochs", "5", "--quiet", "--no-confirm", "--no-report")
OFTEN = faults.eager_command(5.0)
"""The command, with a first checkpoint after 25 epochs or fewer of the task below."""
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
        kept = epoch if epoch <= 30 else None
        yield {"train_loss": loss, "val_loss": loss, "checkpoint": kept, "began": began}
"""


@pytest.fixture(scope="module")
def store():
    """One request in twenty fails, and some are slow."""
    with object_store.serving(failing=0.05, slow=0.01) as store:
        yield store


@pytest.fixture(scope="module", autouse=True)
def reachable(store):
    with pytest.MonkeyPatch.context() as patched:
        for name, value in store.environment.items():
            patched.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def killed(reachable, store, tmp_path_factory):
    """A search of 25 epochs and more that was killed; its run."""
    path, task = f"{RUNS}/k", tmp_path_factory.mktemp("counting") / "counting.py"
    task.write_text(COUNTING)
    arguments = ("--task", str(task), "--samples", "2", "--scheduler", "none", *SHORT[4:])
    command = [*OFTEN, *arguments, "--searcher", "grid", "--runs-dir", RUNS, "--name", "k"]
    search = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    while not _can_go_on(store, path):  # ends by the test's timeout otherwise
        time.sleep(0.5)
    search.kill()
    search.wait()
    return path


def _can_go_on(store, path):
    """Whether the store holds a checkpoint, and the record all the epochs that have one."""
    if "k/checkpoints" not in " ".join(store.objects()):
        return False
    return load(path).epochs["epoch"].max() > 30


@pytest.fixture(scope="module")
def done(reachable, killed, tmp_path_factory):
    """What became of the commands that nobody kills, each by its name, and where they ran.

    The lease of the search that was killed is over by the time of the last one.
    """
    here = tmp_path_factory.mktemp("here")
    commands = {
        "search": ("--runs-dir", RUNS, "--name", "a", "--track", "tensorboard", *SHORT),
        "on a disk": ("--runs-dir", str(here / "disk"), "--name", "a", *SHORT),
        "another": ("--runs-dir", RUNS, "--name", "b", *SHORT),
        "resume": ("resume", f"{RUNS}/b", "--samples", "2"),
        "confirm": ("confirm", f"{RUNS}/b"),
        "report": ("report", f"{RUNS}/b"),
        "compare": ("compare", f"{RUNS}/b", f"{RUNS}/b"),
        "reproduce": ("reproduce", f"{RUNS}/b"),
        "used": ("--runs-dir", RUNS, "--name", "used", *SHORT),
        "no bucket": ("--runs-dir", "s3://no-bucket/runs", *SHORT),
        "no store": ("--runs-dir", "abfs://a/runs", *SHORT),
    }
    commands |= {f"{name} none": (name, f"{RUNS}/none") for name in ("report", "resume", "confirm")}
    commands["resume killed"] = ("resume", killed)
    (as_path(RUNS) / "used" / "run.toml").write_bytes(b"")
    how = {"env": faults.environment(), "cwd": here}
    return here, dict(zip(commands, faults.done_in_a_row(*commands.values(), **how), strict=True))


def test_a_search_in_a_store_finds_what_one_on_a_disk_finds(done):
    here, ends = done

    assert (ends["search"].returncode, ends["on a disk"].returncode) == (0, 0)
    assert faults.same_as_far_as_both_ran(load(f"{RUNS}/a"), load(here / "disk" / "a"))
    assert {path.name for path in as_path(f"{RUNS}/a").iterdir()} == {
        "epochs", "epochs.parquet", "recommendation.json", "run.toml", "task.py",
        "trials.csv", "trials.parquet",
    }  # fmt: skip


def test_a_search_in_a_store_is_tracked_in_a_local_directory(done, store):
    here, ends = done

    assert (ends["search"].returncode, ends["search"].stderr) == (0, "")
    trials = {path.parent.name for path in here.glob("runs/a/tensorboard/*/events.*")}
    assert trials == set(load(f"{RUNS}/a").trials["trial_id"])
    assert "tensorboard" not in " ".join(store.objects())


def test_what_is_done_to_a_run_on_a_disk_is_done_to_one_in_a_store(done):
    names = ("another", "resume", "confirm", "report", "compare", "reproduce")
    ends, path = [done[1][name] for name in names], f"{RUNS}/b"

    assert [end.returncode for end in ends] == [0] * 6, [end.stderr for end in ends]
    assert (load(path).trials["stage"] == "search").sum() == 6
    assert load(path).recommendation().confirmed
    assert as_path(f"{path}/report.html").read_bytes().startswith(b"<!doctype html>")
    assert (as_path(path) / "best" / "model.safetensors").is_file()


def test_a_killed_search_goes_on_from_its_checkpoints_in_the_store(done, killed, store):
    resumed, found = done[1]["resume killed"], load(killed)

    assert resumed.returncode == 0, resumed.stderr
    assert (found.trials["status"] == "finished").all()
    assert faults.every_epoch_once(found)
    assert found.epochs["began"].max() > 0
    assert "k/checkpoints" not in " ".join(store.objects())


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


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("used", f"--name used is already used in {RUNS}: choose another"),
        ("no bucket", "--runs-dir must be a directory one can write to, got s3://no-bucket"),
        ("no store", "--runs-dir abfs:// is no place for a run: use a directory, s3://"),
        ("report none", f"{RUNS}/none is not a run"),
        ("resume none", f"{RUNS}/none is not a run"),
        ("confirm none", f"{RUNS}/none is not a run"),
    ],
)
def test_what_cannot_be_done_in_a_store_is_refused_in_one_line(done, command, words):
    refused = done[1][command]

    assert refused.returncode == 2
    assert words in refused.stderr
    assert refused.stderr.count("\n") == 1
