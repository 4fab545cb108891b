"""Experiments of Ray Tune: as its runs leave them, damaged ones, and grids in memory."""

import json
import math
import pickle
from types import SimpleNamespace

import pandas as pd
import pytest

from results import from_result_grid
from results.importing import read_source, run_of_trials
from results.importing.ray_experiment import read_experiment
from search_spaces import Choice, Float
from tests.results.importing.made import unpacked


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    return unpacked("class", tmp_path_factory.mktemp("made"))


@pytest.fixture
def trial(tmp_path):
    """Write the directory of one trial under `tmp_path`."""

    def write(name="trial_0", losses=(3.0, 2.0, 1.0), params=None, **files):
        place = tmp_path / name
        place.mkdir()
        if params is not False:
            config = {"lr": 0.1} if params is None else params
            (place / "params.json").write_text(json.dumps(config))
        rows = [{"training_iteration": n, "val_loss": v} for n, v in enumerate(losses, start=1)]
        (place / "result.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
        for file, text in files.items():
            (place / f"{file}.txt").write_text(text)
        return place

    return write


def test_a_class_that_was_run_says_how_its_trials_ended(experiment):
    statuses = pd.Series([trial.status for trial in read_experiment(experiment).trials])

    assert statuses.value_counts().to_dict() == {"finished": 26, "stopped": 19}


def test_times_and_seconds_are_those_of_the_reports(experiment):
    run = run_of_trials(read_experiment(experiment))

    assert (run.trials["seconds"] > 0).all()
    assert 0 < run.epochs["time"].max() - run.epochs["time"].min() < 600
    assert run.wall_seconds == 0  # there may have been pauses


def test_nested_parameters_are_flat_and_a_seed_is_a_seed(trial, tmp_path):
    trial("trial_0", params={"optimizer": {"lr": 0.1, "name": None}, "seed": 7, "epochs": 3})
    trial("trial_1", params={"optimizer": {"lr": 0.2, "name": "sgd"}, "seed": 8, "epochs": 3})

    run = run_of_trials(read_experiment(tmp_path))

    assert list(run.space.dimensions) == ["optimizer_lr", "optimizer_name"]
    assert run.trials["seed"].tolist() == [7, 8]
    assert run.trials["config/optimizer_name"].tolist() == [None, "sgd"]


def test_names_are_changed_of_parameters_and_of_metrics(trial, tmp_path):
    trial(params={"learning_rate": 0.1})

    columns = {"lr": "learning_rate", "score": "val_loss"}
    run = run_of_trials(read_experiment(tmp_path, columns=columns, metric="score", mode="max"))

    assert run.goal.metric == "score"
    assert list(run.space.dimensions) == ["lr"]
    with pytest.raises(ValueError, match='has no "rate": it has learning_rate'):
        read_experiment(tmp_path, columns={"lr": "rate"})


def test_a_shorter_trial_was_stopped_and_one_with_an_error_failed(trial, tmp_path):
    trial("trial_0")
    trial("trial_1", losses=[3.0])
    trial("trial_2", losses=[3.0], error="Failure # 1\nTraceback\nValueError: boom\n")
    trial("trial_3", losses=[3.0, math.nan])

    run = run_of_trials(read_experiment(tmp_path))

    assert run.trials["status"].tolist() == ["finished", "stopped", "failed", "diverged"]
    assert run.trials["error"].tolist()[2] == "ValueError: boom"


def test_of_an_epoch_that_a_restored_trial_reported_twice_the_last_report_counts(trial, tmp_path):
    place = trial() / "result.json"
    with place.open("a") as file:
        file.write(json.dumps({"training_iteration": 2, "val_loss": 1.5}) + "\n")

    (found,) = read_experiment(tmp_path).trials

    assert [(e["epoch"], e["val_loss"]) for e in found.epochs] == [(1, 3.0), (2, 1.5), (3, 1.0)]


def test_the_state_of_the_experiment_tells_a_trial_that_was_cut_off_from_a_stopped_one(
    trial, tmp_path
):
    trial("trial_0")
    trial("trial_1", losses=[3.0])
    states = {"trial_0": "TERMINATED", "trial_1": "RUNNING"}
    trials = [
        [json.dumps({"relative_logdir": name, "status": s}), "{}"] for name, s in states.items()
    ]
    (tmp_path / "experiment_state-1.json").write_text(json.dumps({"trial_data": trials}))

    found = read_experiment(tmp_path)

    assert [trial.status for trial in found.trials] == ["finished", "interrupted"]


def test_nothing_is_unpickled(trial, tmp_path, monkeypatch):
    place = trial()
    for pickled in (place / "params.pkl", tmp_path / "tuner.pkl"):
        pickled.write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    monkeypatch.setattr(pickle, "loads", lambda *_: pytest.fail("unpickled"))
    monkeypatch.setattr(pickle, "load", lambda *_: pytest.fail("unpickled"))

    assert len(read_source(tmp_path).trials) == 1


def test_half_a_last_line_is_passed_over(trial, tmp_path):
    with (trial() / "result.json").open("a") as file:
        file.write('{"training_iteration": 4, "val')

    assert read_experiment(tmp_path).trials[0].num_epochs == 3


def test_damaged_experiments_are_refused_in_a_line(trial, tmp_path):
    whole = trial("trial_0")
    with pytest.raises(ValueError, match="is one trial: name the experiment's directory"):
        read_source(whole)

    nothing = trial("trial_1", params=False)
    with pytest.raises(ValueError, match=r"trial_1 is damaged: it has no params\.json"):
        read_source(tmp_path)

    (nothing / "params.json").write_text('{"lr"')
    with pytest.raises(ValueError, match=r"params\.json is damaged: line 1 is no JSON object"):
        read_source(tmp_path)

    (nothing / "params.json").write_text('{"lr": 0.1}')
    (nothing / "result.json").write_text('{"val_loss": 1\n{"val_loss": 2}\n')
    with pytest.raises(ValueError, match=r"result\.json is damaged: line 1"):
        read_source(tmp_path)

    (nothing / "result.json").write_text('{"val_loss": "low", "other": 1.0}\n')
    with pytest.raises(ValueError, match="trial_1, report 1: val_loss is 'low', and a number"):
        read_source(tmp_path)

    (nothing / "result.json").write_text('{"training_iteration": "x", "val_loss": 1.0}\n')
    with pytest.raises(ValueError, match="report 1: training_iteration is 'x', and a whole number"):
        read_source(tmp_path)

    (tmp_path / "experiment_state-1.json").write_text("{}")
    with pytest.raises(ValueError, match=r"experiment_state-1\.json is damaged"):
        read_source(tmp_path)


def test_a_directory_of_experiments_names_them(trial, tmp_path):
    trial()

    with pytest.raises(ValueError, match=f"name one of them: {tmp_path.name}"):
        read_source(tmp_path.parent)


def test_an_experiment_without_a_number_is_refused(trial, tmp_path):
    trial(losses=[])

    with pytest.raises(ValueError, match="has 1 trials, none of which has reported a number"):
        read_experiment(tmp_path)


def test_a_grid_is_read_from_memory():
    frame = pd.DataFrame({"training_iteration": [1, 2], "val_loss": [2.0, 1.0], "config/lr": 0.1})
    results = [
        SimpleNamespace(
            config={"lr": 0.1, "model": object}, metrics_dataframe=frame, metrics={}, error=None
        ),
        SimpleNamespace(
            config={"lr": 0.2},
            metrics_dataframe=None,
            metrics={"training_iteration": 1, "val_loss": 3.0},
            error=ValueError("raised at\nTraceback\nboom"),
        ),
    ]
    for place, result in enumerate(results):
        result.path = f"/experiment/trial_{place}"

    run = from_result_grid(results, set=["lr=0.01..1:log"])

    assert run.trials["status"].tolist() == ["finished", "failed"]
    assert run.trials["error"].tolist()[1] == "boom"
    assert run.space.dimensions["lr"].log
    with pytest.raises(ValueError, match="is in no directory"):
        run.write_report()


@pytest.mark.parametrize(("grid", "message"), [([], "is empty"), (7, "is needed"), ([7], "needed")])
def test_what_is_no_grid_is_refused(grid, message):
    with pytest.raises(ValueError, match=message):
        from_result_grid(grid)


def test_the_space_of_a_tuner_may_be_handed_in():
    from ray import tune

    result = SimpleNamespace(
        config={"lr": 0.1, "batch_size": 32},
        metrics_dataframe=None,
        metrics={"training_iteration": 1, "val_loss": 3.0},
        error=None,
        path="",
    )
    param_space = {"lr": tune.loguniform(1e-4, 1.0), "batch_size": tune.choice([16, 32])}

    assert from_result_grid([result], space=param_space).space.dimensions == {
        "lr": Float(1e-4, 1.0, log=True),
        "batch_size": Choice([16, 32]),
    }
