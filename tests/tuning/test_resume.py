"""A run goes on from its record, whatever ended it."""

import json
import os
import signal
import tempfile
import time
from types import SimpleNamespace

import psutil
import pytest

from results import load
from tests import PATIENCE
from tests.tuning import faults

pytestmark = pytest.mark.usefixtures("ray_running")

SLOW = """
import os, time
epochs = 50
space = {"lr": [0.1, 0.2, 0.3]}

def train(config, checkpoint=None):
    open("HERE/seen", "a").write(f"{checkpoint} ")
    for epoch in range(checkpoint or 0, config["epochs"]):
        time.sleep(0.0 if os.path.exists("HERE/hurry") else 0.6)
        yield {"train_loss": config["lr"], "val_loss": epoch + 1.0, "checkpoint": epoch + 1}
"""
DIGITS = ("--samples", "10", "--epochs", "9", "--no-confirm")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, ray_running):
    """The same search, left alone."""
    path = tmp_path_factory.mktemp("runs") / "alone"
    faults.searched(path, *DIGITS)
    return load(path)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_search_is_resumed_and_nothing_is_lost(tmp_path, undisturbed, number):
    path = tmp_path / "cut"
    search = faults.start(path, *DIGITS)
    faults.wait_for_epochs(path, 12)
    said = faults.kill(search, number)
    before = faults.reported(path)
    record = (path / "epochs.jsonl").read_text()

    resumed = faults.done("resume", str(path))

    assert search.returncode == 130
    assert said == f"tune_main.py: interrupted: go on with python tune_main.py resume {path}\n"
    assert '"status": "interrupted"' in record
    assert resumed.returncode == 0, resumed.stderr
    run = load(path)
    assert before <= faults.reported(path)
    assert faults.every_epoch_once(run)
    assert set(run.trials["status"]) <= {"finished", "stopped"}
    assert len(run.trials) == 10
    assert faults.same_as_far_as_both_ran(run, undisturbed)
    again = faults.done("resume", str(path))
    assert again.returncode == 0
    assert again.stdout.startswith(f"{path} is finished: there is nothing to resume")


def test_a_signal_to_all_processes_ends_with_the_answer_so_far(tmp_path):
    """As systemd, Slurm and `timeout` send it: Ray dies of it at once."""
    path = tmp_path / "cut"
    with tempfile.TemporaryDirectory(dir="/tmp") as scratch:  # a short path, for Ray's sockets
        environment = faults.environment(TMPDIR=scratch)
        how = {"env": environment, "start_new_session": True}
        search = faults.start(path, *DIGITS, report=True, **how)
        faults.wait_for_epochs(path, 12)
        os.killpg(search.pid, signal.SIGTERM)
        said, error = search.communicate(timeout=PATIENCE)
        left_over = os.listdir(scratch)

    assert search.returncode == 130
    assert f"interrupted: go on with python tune_main.py resume {path}" in error
    assert "  Use  lr " in said
    assert {"trials.parquet", "recommendation.json", "report.html"} <= {
        file.name for file in path.iterdir()
    }
    assert not left_over
    assert faults.done("resume", str(path)).returncode == 0
    assert faults.every_epoch_once(load(path))


def test_a_signal_before_the_first_trial_leaves_nothing_behind(tmp_path):
    with tempfile.TemporaryDirectory(dir="/tmp") as scratch:
        search = faults.start(tmp_path / "run", env=faults.environment(TMPDIR=scratch))
        while not os.listdir(scratch):
            assert search.poll() is None
            time.sleep(0.02)
        said = faults.kill(search, signal.SIGTERM)
        left_over = os.listdir(scratch)

    assert search.returncode == 130
    assert said.startswith("tune_main.py: interrupted")
    assert (left_over, list(tmp_path.iterdir())) == ([], [])


@pytest.fixture(scope="module")
def second_ctrl_c(tmp_path_factory, ray_running):
    """A search that is asked for once more while it runs, interrupted twice, and goes on."""
    here = tmp_path_factory.mktemp("second")
    task, path, seen = here / "my_task.py", here / "cut", here / "seen"
    task.write_text(SLOW.replace("HERE", str(here)))
    arguments = ("--task", str(task), "--samples", "2", "--no-confirm")
    search = faults.start(path, *arguments, checkpoint_seconds=0.0)
    faults.wait_for_epochs(path, 6)
    other = faults.done("resume", str(path))
    search.send_signal(signal.SIGINT)
    time.sleep(0.05)
    search.send_signal(signal.SIGINT)
    _, error = search.communicate(timeout=PATIENCE)
    most, begun = load(path).epochs["epoch"].max(), len(seen.read_text().split())
    (here / "hurry").touch()
    resumed = faults.done("resume", str(path))
    return SimpleNamespace(
        path=path,
        other=other,
        code=search.returncode,
        error=error,
        most=most,
        resumed=resumed,
        checkpoints=seen.read_text().split()[begun:],
    )


def test_a_second_ctrl_c_ends_the_search_at_once_and_still_names_the_way_on(second_ctrl_c):
    way_on = f"go on with python tune_main.py resume {second_ctrl_c.path}"

    assert second_ctrl_c.code == 130
    assert second_ctrl_c.error == f"tune_main.py: interrupted: {way_on}\n"
    assert second_ctrl_c.most < 50


def test_two_searches_on_one_run_are_refused(second_ctrl_c):
    assert second_ctrl_c.other.returncode == 2
    assert "is in use by another search" in second_ctrl_c.other.stderr


def test_a_search_that_was_ended_at_once_goes_on_from_its_checkpoints(second_ctrl_c):
    epochs = load(second_ctrl_c.path).epochs

    assert second_ctrl_c.resumed.returncode == 0, second_ctrl_c.resumed.stderr
    assert any(checkpoint != "None" for checkpoint in second_ctrl_c.checkpoints)
    assert faults.every_epoch_once(load(second_ctrl_c.path))
    assert list(epochs["val_loss"]) == list(epochs["epoch"])


def test_a_half_written_line_and_ruined_scratch_do_not_matter(tmp_path, scripted_task):
    path = tmp_path / "cut"
    faults.searched(path, "--task", scripted_task, "--samples", "8", "--no-confirm")
    record = path / "epochs.jsonl"
    lines = record.read_bytes().splitlines(keepends=True)
    record.write_bytes(b"".join(lines[:20]) + lines[20][:17])

    resumed = faults.done("resume", str(path), "--samples", "2")

    assert resumed.returncode == 0, resumed.stderr
    assert faults.every_epoch_once(load(path))
    assert len(load(path).trials) == 10


def test_samples_are_added_to_a_finished_run(tmp_path, scripted_task):
    few, many = tmp_path / "few", tmp_path / "many"
    task = ("--task", scripted_task, "--no-confirm", "--scheduler", "none")
    faults.searched(few, *task, "--samples", "5")
    faults.searched(many, *task, "--samples", "8")

    resumed = faults.done("resume", str(few), "--samples", "3")

    assert resumed.returncode == 0, resumed.stderr
    assert faults.same_as_far_as_both_ran(load(few), load(many))
    assert len(load(few).trials) == len(load(many).trials) == 8


def killed_and_resumed(search, path, text, kill=faults.kill):
    """Kill the search as soon as its record holds `text`, and go on with it; what it said.

    Beside the run there is a file `hurry` from then on.
    """
    faults.wait_for_epochs(path, 1)
    while text not in (path / "epochs.jsonl").read_text():
        assert search.poll() is None
        time.sleep(0.02)
    said = kill(search)
    before = faults.reported(path)
    (path.parent / "hurry").touch()
    resumed = faults.done("resume", str(path))
    assert resumed.returncode == 0, resumed.stderr
    assert before <= faults.reported(path)
    assert faults.every_epoch_once(load(path))
    return said


def kill_raylet(search):
    """As the kernel may: Ray ends the driver at once."""
    (raylet,) = [p for p in psutil.Process(search.pid).children() if p.name() == "raylet"]
    raylet.kill()
    said = search.communicate(timeout=PATIENCE)[1]
    assert search.returncode != 0
    return said


def test_a_killed_search_that_learns_proposes_what_it_would_have_proposed(tmp_path):
    options = ("--samples", "30", "--epochs", "3", "--concurrent", "1", "--no-confirm")
    faults.searched(tmp_path / "whole", *options)

    search, path = faults.start(tmp_path / "cut", *options), tmp_path / "cut"
    said = killed_and_resumed(search, path, '"proposed": true')

    assert said == f"the search was killed: go on with python tune_main.py resume {path}\n"
    whole, cut = load(tmp_path / "whole"), load(path)
    configs = [
        run.trials.set_index("trial_id")[["config/lr", "config/batch_size"]].sort_index()
        for run in (whole, cut)
    ]
    assert len(configs[0]) == 30
    assert configs[1].equals(configs[0])
    assert faults.same_as_far_as_both_ran(whole, cut)


def test_a_confirmation_that_ray_takes_along_goes_on_with_the_same_plan(tmp_path, scripted_task):
    """Its trials wait for that: they see in the record that it has begun."""
    path, begun, hurry = tmp_path / "run", '"kind": "stage"', tmp_path / "hurry"
    record = path / "epochs.jsonl"
    waits = f"{begun!r} in open({str(record)!r}).read() and not os.path.exists({str(hurry)!r})"
    wait = f"    while {waits}:\n        time.sleep(0.05)\n"
    with open(scripted_task, "r+") as file:
        source = file.read().replace("import math\n", "import math\nimport os\nimport time\n")
        file.seek(0)
        file.write(source.replace("    for epoch in", wait + "    for epoch in"))
    search = faults.start(path, "--task", scripted_task, "--samples", "6")

    said = killed_and_resumed(search, path, begun, kill_raylet)

    assert said.splitlines()[-1] == (
        f"the search was killed: go on with python tune_main.py resume {path}"
    )
    plans = [json.loads(line) for line in record.open() if begun in line]
    assert {trial["role"] for plan in plans for trial in plan["trials"]} == {"seed"}
    assert '"confirmation_ended"' in record.read_text()
    assert load(path).recommendation().confirmed
    assert len({trial["trial_id"] for plan in plans for trial in plan["trials"]}) == sum(
        len(plan["trials"]) for plan in plans
    )
