"""The columns that each tool writes, and what they are taken for."""

import pandas as pd
import pytest

from results import from_dataframe
from results.importing.table_columns import find_columns


def test_columns_of_optunas_own_frame():
    optuna = pytest.importorskip("optuna", reason="makes the frame")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study()
    study.optimize(lambda trial: trial.suggest_float("lr", 1e-4, 1.0, log=True), n_trials=5)
    frame = study.trials_dataframe()

    run = from_dataframe(frame, metric="value", mode="min")

    assert list(run.space.dimensions) == ["lr"]
    assert run.trials["trial_id"].tolist() == [f"s{number:05d}" for number in range(5)]
    assert run.ranking()["metric"].iloc[0] == study.best_value
    assert set(run.trials["status"]) == {"finished"}


def test_columns_of_rays_own_frame():
    """As ResultGrid.get_dataframe() writes them: a row per trial."""
    frame = pd.DataFrame(
        {
            "val_loss": [0.3, 0.2, 0.5],
            "timestamp": [1795943520] * 3,
            "checkpoint_dir_name": [None] * 3,
            "done": [True] * 3,
            "training_iteration": [9, 9, 3],
            "trial_id": ["ec4dc_00000", "ec4dc_00001", "ec4dc_00002"],
            "date": ["2026-01-01_09-12-00"] * 3,
            "time_this_iter_s": [0.1] * 3,
            "pid": [1, 2, 3],
            "config/lr": [0.1, 0.2, 0.3],
            "config/optimizer/momentum": [0.9, 0.8, 0.7],
            "logdir": ["a", "b", "c"],
        }
    )

    run = from_dataframe(frame)

    assert list(run.space.dimensions) == ["lr", "optimizer_momentum"]
    assert run.trials["epochs"].tolist() == [9, 9, 3]
    assert run.trials["status"].tolist() == ["finished", "finished", "stopped"]


def test_columns_of_mlflows_own_frame():
    """As mlflow.search_runs() writes them, every parameter as text."""
    frame = pd.DataFrame(
        {
            "run_id": ["5f", "6a"],
            "experiment_id": ["0", "0"],
            "status": ["FINISHED", "FAILED"],
            "artifact_uri": ["file:///a", "file:///b"],
            "start_time": pd.to_datetime(["2026-01-01", "2026-01-02"], utc=True),
            "metrics.val_loss": [0.3, None],
            "params.lr": ["0.01", "1e-3"],
            "params.optimizer": ["sgd", "adam"],
            "params.seed": ["3", "4"],
            "tags.mlflow.user": ["me", "me"],
        }
    )

    run = from_dataframe(frame, columns={"val_loss": "metrics.val_loss"})

    assert run.trials["config/lr"].tolist() == [0.01, 0.001]
    assert run.trials["config/optimizer"].tolist() == ["sgd", "adam"]
    assert run.trials["seed"].tolist() == [3, 4]
    assert run.trials["status"].tolist() == ["finished", "failed"]


def test_runs_of_one_name_are_runs_of_their_own():
    """W&B's names are shown, and need not differ; its ids do."""
    frame = pd.DataFrame(
        {"Name": ["a", "a"], "epoch": [9, 9], "lr": [0.1, 0.2], "val_loss": [1.0, 2.0]}
    )

    assert len(from_dataframe(frame).trials) == 2
    assert find_columns(frame.assign(ID=["x", "y"]), None).roles["trial_id"] == "ID"


def test_the_name_that_a_column_is_to_have_comes_before_what_tools_call_it():
    frame = pd.DataFrame({"trial_id": [1], "number": [7], "epoch": [3], "step": [300]})

    assert find_columns(frame, None).roles == {"trial_id": "trial_id", "epoch": "epoch"}


def test_what_was_taken_and_left_out_is_said():
    frame = pd.DataFrame(
        {"number": [1, 2], "params_lr": [0.1, 0.2], "value": [1.0, 2.0], "duration": [1, 2]}
    )

    assert find_columns(frame, "value").describe() == [
        "a row per trial",
        "hyperparameters: lr",
        "taken: number as trial_id",
        "left out: duration",
    ]
