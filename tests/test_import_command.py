"""`import` from the command line: what is printed, what is written, and what is refused."""

import json
import re
import shutil

import pytest

from results import load
from tests.results.importing.made import MADE, unpacked
from tune_main import main
from tuning.options import make_options, merged, read_config
from tuning.plan import RunPlan

RENAMED = ["--column", "lr=learning_rate"]


@pytest.fixture(autouse=True)
def _in_tmp_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def imported(tmp_path):
    """Import one of the made files as `runs/mine`."""

    def run(source, *flags, name="mine"):
        assert main(["import", str(MADE / source), *flags, "--name", name]) == 0
        return tmp_path / "runs" / name

    return run


def test_it_says_what_was_taken_as_what_and_then_the_answer(imported, capsys):
    imported("wandb.csv", *RENAMED)

    lines = capsys.readouterr().out.splitlines()
    assert lines[:9] == [
        f"{MADE / 'wandb.csv'}: a W&B export",
        "a row per trial",
        "hyperparameters: batch_size, lr",
        "taken: Name as trial_id, State as status, Runtime as seconds",
        "left out: Notes, User, Tags, Created, Sweep",
        "compared by val_loss (min)",
        "space, from what was tried:",
        "  batch_size  16, 32, 64, 128, 256",
        "  lr          0.000118467175655 to 0.761817372658, log",
    ]
    assert "wandb, 45 configurations from a W&B export, some stopped early, 27 epochs" in lines
    assert "  Use  batch size 64  and  lr 0.0028." in lines
    assert any(line.startswith("  Note  imported from a W&B export: no fresh") for line in lines)
    assert lines[-1] == "  Next  python tune_main.py --task my_task.py --config runs/mine/run.toml"


def test_the_run_is_reported_compared_and_exported_as_any_other(imported, tmp_path, capsys):
    first, second = imported("study.db"), imported("study.journal", name="second")

    assert main(["report", "runs/mine"]) == 0
    assert main(["compare", "runs/mine", "runs/second"]) == 0
    assert main(["export", "runs/mine", "--optuna", "again.db", "--csv", "csv"]) == 0
    assert main(["import", "csv", "--name", "third"]) == 0
    out = capsys.readouterr().out
    assert "mine and second cannot be compared: they differ in the task" in out
    report = (first / "report.html").read_text()
    assert "A search of your own in the space of these trials" in report
    ranked = load(second).ranking()["config/lr"].tolist()
    assert load(tmp_path / "runs" / "third").ranking()["config/lr"].tolist() == ranked


@pytest.mark.parametrize("flag", ["resume", "confirm", "reproduce"])
def test_what_takes_a_task_says_how_to_search_from_it(imported, capsys, flag):
    imported("per_trial.csv", *RENAMED)

    assert main([flag, "runs/mine", *(["--samples", "4"] if flag == "resume" else [])]) == 2
    assert capsys.readouterr().err == (
        "tune_main.py: runs/mine was imported: nothing here can train its trials; search from it, "
        "with python tune_main.py --task my_task.py --config runs/mine/run.toml\n"
    )


@pytest.mark.parametrize("source", ["study.db", "per_epoch.csv"])
def test_every_command_that_the_answer_names_is_a_search_that_can_begin(imported, source):
    run = load(imported(source, *([] if source == "study.db" else RENAMED)))
    assert main(["new", "my_task.py"]) == 0

    for warning in run.recommendation().warnings:
        config, *rest = re.fullmatch(
            r"python tune_main.py --task my_task.py --config (\S+) ?(.*)", warning.next
        ).groups()
        given = {"task": "my_task.py"}
        if "--epochs" in rest[0]:
            given["epochs"] = int(re.search(r"--epochs (\d+)", rest[0])[1])
        plan = RunPlan.make(
            make_options(merged(read_config(run.path.parent.parent / config), given))
        )
        assert plan.space == run.space
        assert plan.options.samples == 50


def test_an_experiment_is_named_by_its_directory(tmp_path, capsys):
    unpacked("function", tmp_path)

    assert main(["import", "function", "--name", "mine"]) == 0
    assert "function: a Ray Tune experiment\n" in capsys.readouterr().out


def test_nothing_is_written_where_something_is_wrong(tmp_path, capsys):
    shutil.copy(MADE / "per_trial.csv", "trials.csv")
    (tmp_path / "empty.csv").touch()
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\0\0")
    (tmp_path / "folder").mkdir()
    (tmp_path / "chart.csv").write_text('"Step","a - val_loss","a - val_loss__MIN"\n"1","2","2"\n')
    before = sorted(tmp_path.rglob("*"))
    wrong = {
        ("nowhere.db",): "nowhere.db is not there: name a file or a directory",
        ("empty.csv",): "empty.csv is empty: import takes CSV",
        ("picture.png",): "picture.png is neither text nor Parquet",
        ("folder",): "folder holds nothing that import reads",
        ("chart.csv",): "chart.csv is the export of a chart of W&B",
        ("trials.csv", "--column", "lr"): "--column needs NAME=COLUMN, got 'lr'",
        ("trials.csv", "--study", "mine"): "--study names a study of Optuna",
        ("trials.csv", "--set", "learning_rate=1..2"): "the space holds none of the 45 trials",
        ("trials.csv", "--space", "nowhere.toml"): "space file 'nowhere.toml' cannot be read",
        ("trials.csv", "--metric", "accuracy"): "--metric 'accuracy' is no column of numbers",
        ("trials.csv", "--name", "../up"): "--name must be a plain directory name",
    }

    for arguments, message in wrong.items():
        assert main(["import", *arguments]) == 2
        error = capsys.readouterr().err
        assert error.startswith(f"tune_main.py: {message}"), error
        assert error.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_a_name_that_is_used_is_refused(imported, capsys):
    imported("study.db")

    assert main(["import", str(MADE / "study.db"), "--name", "mine"]) == 2
    error = capsys.readouterr().err
    assert "--name mine is already used in" in error
    assert error.endswith(": choose another\n")


def test_a_space_that_is_given_is_that_of_the_run(imported):
    run = load(imported("per_trial.csv", *RENAMED, "--set", "lr=1e-4..1:log"))

    assert run.space.dimensions["lr"].high == 1.0
    assert run.imported["space"] == "given"


def test_a_record_is_strict_json(imported):
    path = imported("per_epoch.csv", *RENAMED)

    def refuse(text):
        raise AssertionError(text)

    for line in (path / "epochs.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=refuse)
