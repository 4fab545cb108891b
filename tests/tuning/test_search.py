"""Whole searches on real Ray: one instance serves them all."""

import json
import re
import sys
import threading
from pathlib import Path

import pandas as pd
import pytest

from results import load
from tests import PATIENCE
from tuning import search
from tuning.reproduce import reproduce
from tuning.runs import saved_plan

pytestmark = pytest.mark.usefixtures("ray_running")


def curves(run):
    return run.epochs.pivot_table(index="trial_id", columns="epoch", values="val_loss")


def test_a_search_ends_with_every_configuration_ranked(run_search, scripted_task):
    run = run_search(task=scripted_task, samples=20, searcher="random")

    assert len(run.ranking()) == 20
    assert set(run.trials["status"]) == {"finished", "stopped"}
    assert len(run.epochs) < 20 * 9
    best = run.ranking().iloc[0]
    assert 1e-3 < best["config/lr"] < 1e-1
    assert best["epochs"] == 9


def test_a_search_by_a_sampler_of_optuna_goes_on_after_its_first_trials(run_search, scripted_task):
    pytest.importorskip("optuna", reason="needs optuna, an extra")

    run = run_search(task=scripted_task, samples=14, searcher="tpe")

    assert len(run.ranking()) == 14
    assert set(run.trials["status"]) == {"finished", "stopped"}


def test_the_run_directory_can_be_read_without_us(run_search, scripted_task):
    run = run_search(task=scripted_task, samples=5, name="plain", report=True)

    assert sorted(path.name for path in run.path.iterdir() if path.name[0] != ".") == [
        "epochs.jsonl",
        "epochs.parquet",
        "recommendation.json",
        "report.html",
        "run.toml",
        "task.py",
        "trials.csv",
        "trials.parquet",
    ]
    lines = [json.loads(line) for line in (run.path / "epochs.jsonl").open()]
    assert {line["kind"] for line in lines} >= {"trial", "epoch", "status"}
    assert len(pd.read_parquet(run.path / "trials.parquet")) == 5


def test_every_file_of_a_run_is_documented_and_no_other(run_search):
    """Checkpoints are gone when a run has ended, only a store has the record in segments, and
    these trials say nothing.

    Whether an earlier epoch was better than the last depends on the seeds.
    """
    pytest.importorskip("tensorboardX", reason="needs tensorboardX, an extra")
    page = (Path(__file__).parents[2] / "docs" / "files.md").read_text(encoding="utf-8")
    table = page.split("## The record")[0].splitlines()
    cells = [line.split("|")[1] for line in table if line.startswith("| `")]
    documented = {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}

    everything = {"confirm": True, "report": True, "folds": 2, "track": "tensorboard"}
    run = run_search(task="digits", samples=9, epochs=3, **everything)

    found = {str(path.relative_to(run.path)) for path in run.path.rglob("*") if path.is_file()}
    found = {name for name in found if not name.startswith("tensorboard/")} | {"tensorboard/"}
    assert found <= documented
    not_always = {"checkpoints/", "logs/", "epochs/*.jsonl", "best/best_epoch.safetensors"}
    assert documented - found | {"best/best_epoch.safetensors"} == not_always


def test_the_same_seed_gives_the_same_configurations_and_losses(run_search):
    first, second = (
        run_search(samples=6, epochs=4, grace_epochs=1, seed=7, name=name) for name in "ab"
    )

    configs = [
        run.trials.set_index("trial_id").filter(like="config/").sort_index()
        for run in (first, second)
    ]
    pd.testing.assert_frame_equal(*configs)
    a, b = curves(first).align(curves(second), join="inner")
    both = a.notna() & b.notna()
    assert both.to_numpy().sum() >= 12
    assert (a == b).to_numpy()[both.to_numpy()].all()


def test_diverged_trials_are_labelled_and_rank_last(run_search):
    run = run_search(samples=8, epochs=4, set=("lr=1e-2..1e30:log",), seed=1)

    ranking = run.ranking()
    diverged = ranking["status"] == "diverged"
    assert 0 < diverged.sum() < 8
    assert list(diverged) == sorted(diverged)
    assert ranking.iloc[0]["val_loss"] < 1.0


def test_a_trial_that_raises_fails_alone(run_search, write_task):
    task = write_task("""
epochs = 3
space = {"lr": [0.1, 0.2, 0.3]}
def train(config, checkpoint=None):
    for epoch in range(config["epochs"]):
        if config["lr"] == 0.2 and epoch == 1:
            raise RuntimeError("no luck")
        yield {"train_loss": config["lr"], "val_loss": config["lr"]}
""")
    run = run_search(task=task, samples=3, searcher="grid", scheduler="none", max_failures=1)

    assert sorted(run.trials["status"]) == ["failed", "finished", "finished"]
    last = run.ranking().iloc[-1]
    assert last["config/lr"] == 0.2
    assert run.trials.set_index("trial_id")["error"][last["trial_id"]] == (
        "my_task.py line 7: RuntimeError: no luck"
    )
    assert "Traceback" in (run.path / "epochs.jsonl").read_text()


def test_a_trial_without_an_epoch_cannot_be_reproduced(run_search, write_task):
    task = write_task("""
space = {"lr": [0.1, 0.2]}
def train(config, checkpoint=None):
    if config["lr"] == 0.2:
        raise RuntimeError("no luck")
    yield {"train_loss": 1.0, "val_loss": 1.0}
""")
    run = run_search(task=task, samples=2, epochs=1, searcher="grid", max_failures=0)

    with pytest.raises(ValueError, match="--rank 2 ended before its first epoch: choose another"):
        reproduce(run.path, rank=2)


def test_a_trial_that_ended_with_an_infinite_loss_is_reproduced(run_search, write_task):
    task = write_task("""
space = {"lr": [0.1, 0.2]}
def train(config):
    yield {"train_loss": 1.0, "val_loss": float("inf") if config["lr"] == 0.2 else 1.0}
""")
    run = run_search(task=task, samples=2, epochs=1, searcher="grid")

    assert reproduce(run.path, rank=2).matches


def test_a_worker_that_is_killed_costs_its_trial_one_attempt(run_search, write_task, tmp_path):
    task = write_task(f"""
import os, pathlib, signal
epochs = 3
space = {{"lr": [0.1, 0.2, 0.3, 0.4]}}
def train(config, checkpoint=None):
    once = pathlib.Path({str(tmp_path / "killed")!r})
    for epoch in range(config["epochs"]):
        if config["lr"] == 0.2 and epoch == 1 and not once.exists():
            once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        yield {{"train_loss": config["lr"], "val_loss": config["lr"]}}
""")
    run = run_search(task=task, samples=4, searcher="grid", scheduler="none")

    assert list(run.trials["status"]) == ["finished"] * 4
    assert len(run.epochs) == 12


def test_known_configurations_come_first_and_the_answer_says_what_became_of_them(
    run_search, scripted_task
):
    run = run_search(
        task=scripted_task, samples=8, try_first=[{"lr": 0.9, "batch_size": 32}], confirm=False
    )

    first = run.trials.iloc[0]
    assert (first["config/lr"], first["enqueued"], first["status"]) == (0.9, True, "finished")
    assert run.ranking()["enqueued"].sum() == 1
    assert run.recommendation().evidence["known"]["config"] == {"lr": 0.9, "batch_size": 32}
    assert saved_plan(run.path, force=False).trials[0].enqueued


def test_what_a_task_says_is_kept_and_its_first_warning_shown(run_search, write_task, capfd):
    task = write_task("""
import warnings
epochs = 2
space = {"lr": {"type": "float", "low": 0.1, "high": 1.0}}
def train(config, checkpoint=None):
    print("training with", config["lr"])
    warnings.warn("this is old")
    for _ in range(2):
        yield {"train_loss": config["lr"], "val_loss": config["lr"]}
""")
    run = run_search(task=task, samples=3, searcher="grid", quiet=False)

    logs = sorted((run.path / "logs").iterdir())
    assert [path.name for path in logs] == ["s00000.txt", "s00001.txt", "s00002.txt"]
    assert logs[0].read_text().startswith("training with 0.")
    said = capfd.readouterr().err
    assert "my_task.py line 7: UserWarning: this is old (what the task says is kept in " in said
    assert said.count("UserWarning") == 1


def test_a_share_of_a_cpu_takes_a_whole_one(run_search, scripted_task, monkeypatch):
    asked = []

    def local(num_cpus):
        asked.append(num_cpus)
        raise ValueError("enough")

    monkeypatch.setattr("tuning.runs.ray_session.local", local)
    for concurrent, share in ((1, 0.5), (3, 0.5), (2, 2)):
        with pytest.raises(ValueError, match="enough"):
            run_search(task=scripted_task, concurrent=concurrent, cpus_per_trial=share)

    assert asked == [1, 2, 4]


def test_loading_a_run_needs_neither_ray_nor_torch(run_search, scripted_task):
    import subprocess

    path = run_search(task=scripted_task, samples=2).path
    code = (
        f"import sys; from results import load; trials = load({str(path)!r}).trials;"
        "print(len(trials), 'ray' in sys.modules, 'torch' in sys.modules)"
    )

    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert output.stdout.split() == ["2", "False", "False"], output.stderr
    assert len(load(path).trials) == 2


def test_a_search_in_a_thread_ends_like_any_other(scripted_task, tmp_path, ray_running):
    """Python gives signals to the main thread alone."""
    found = []
    options = {"task": scripted_task, "runs_dir": str(tmp_path), "samples": 2, "quiet": True}
    searching = threading.Thread(target=lambda: found.append(search(confirm=False, **options)))
    searching.start()
    searching.join(timeout=PATIENCE)

    assert len(found[0].trials) == 2
