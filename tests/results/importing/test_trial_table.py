"""Tables of trials as people have them, and what they are taken for."""

import math

import numpy as np
import pandas as pd
import pytest

from results import from_dataframe
from results.importing import read_source
from tests.results.importing.tables import GOOD, curves


def statuses(frame, **named):
    return from_dataframe(frame, **named).trials["status"].tolist()


def test_a_row_per_trial_is_its_end():
    run = from_dataframe(pd.DataFrame(GOOD))

    assert run.ranking()["config/lr"].tolist() == [0.01, 0.001, 0.1]
    assert run.trials["status"].tolist() == ["finished"] * 3
    assert not run.knows_epochs
    assert "epochs" not in run.options
    assert "how long trials ran is unknown" in run.recommendation().warnings[0].text


def test_a_row_per_epoch_is_a_curve():
    run = from_dataframe(curves())

    assert run.trials["epochs"].tolist() == [3, 3]
    assert run.epochs["val_loss"].tolist() == [3.0, 2.0, 1.0, 6.0, 5.0, 4.0]
    assert run.options["epochs"] == 3


def test_epochs_from_0_are_counted_from_1():
    assert from_dataframe(curves(epoch=[0, 1, 2] * 2)).epochs["epoch"].tolist() == [1, 2, 3] * 2


def test_a_count_of_no_epochs_is_no_epoch():
    run = from_dataframe(
        pd.DataFrame(GOOD | {"epochs": [9, 9, 0], "val_loss": [1.0, 2.0, None]}).assign(
            status=["finished", "finished", "failed"]
        )
    )

    assert run.trials["epochs"].tolist() == [9, 9, 0]


def test_an_epoch_at_which_nothing_was_measured_is_none():
    run = from_dataframe(curves(val_loss=[3, 2, None, 6, None, None]))

    assert run.trials["epochs"].tolist() == [2, 2]
    assert run.trials["status"].tolist() == ["finished", "diverged"]


def test_optimizer_steps_are_counted_as_epochs():
    frame = curves(step=[100, 200, 300] * 2).drop(columns="epoch")

    assert from_dataframe(frame).epochs["epoch"].tolist() == [1, 2, 3] * 2


def test_a_trial_that_is_shorter_than_others_was_stopped():
    assert statuses(curves().drop(index=5)) == ["finished", "stopped"]


def test_a_trial_whose_last_metric_is_missing_has_diverged():
    assert statuses(curves(val_loss=[3, 2, 1, 6, 5, np.nan])) == ["finished", "diverged"]
    assert statuses(curves(val_loss=[3, 2, math.inf, 6, 5, 4])) == ["diverged", "finished"]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("COMPLETE", "finished"),
        ("PRUNED", "stopped"),
        ("crashed", "failed"),
        ("Killed", "interrupted"),
        ("TERMINATED", "finished"),
    ],
)
def test_statuses_are_read_as_the_tools_write_them(word, status):
    frame = pd.DataFrame(GOOD | {"status": ["finished", word, "finished"]})

    assert statuses(frame) == ["finished", status, "finished"]


def test_a_failed_trial_needs_no_metric():
    frame = pd.DataFrame(
        {"lr": [0.1, 0.2], "val_loss": [1.0, None], "status": ["finished", "failed"]}
    ).assign(error=[None, "out of memory"])

    run = from_dataframe(frame)

    assert run.trials["status"].tolist() == ["finished", "failed"]
    assert run.trials["error"].tolist()[1] == "out of memory"
    assert run.trials["epochs"].tolist() == [1, 0]


def test_prefixed_columns_alone_are_hyperparameters_where_there_are_any():
    frame = pd.DataFrame(
        {"params_lr": [0.1, 0.2], "params_momentum": [0.9, 0.8], "batches": [7, 8], "value": [1, 2]}
    )

    run = from_dataframe(frame, metric="value", mode="min")

    assert list(run.space.dimensions) == ["lr", "momentum"]


def test_numbers_that_were_measured_and_text_that_names_a_row_are_no_hyperparameters():
    frame = pd.DataFrame(
        {
            "lr": [0.1, 0.2, 0.3, 0.4],
            "optimizer": ["sgd", "adam", "sgd", "adam"],
            "val_acc": [0.5, 0.6, 0.7, 0.8],
            "best_loss": [4.0, 3.0, 2.0, 1.0],
            "test_metric": [4.0, 3.0, 2.0, 1.0],
            "train_batch_size": [16, 32, 16, 32],
            "comment": ["first", "second", "third", "fourth"],
            "val_loss": [4.0, 3.0, 2.0, 1.0],
        }
    )

    assert list(from_dataframe(frame).space.dimensions) == ["lr", "optimizer", "train_batch_size"]


def test_a_number_that_changes_within_a_trial_is_no_hyperparameter():
    assert list(from_dataframe(curves(grad=range(6))).space.dimensions) == ["lr"]


def test_names_are_made_such_as_a_space_can_hold():
    frame = pd.DataFrame(GOOD | {"config/opt.beta 1": [0.9, 0.8, 0.7], "config/lambda": [1, 2, 3]})

    assert list(from_dataframe(frame).space.dimensions) == ["opt_beta_1", "lambda_"]


def test_a_metric_other_than_the_loss_is_taken_with_its_mode():
    frame = pd.DataFrame({"lr": [0.1, 0.2], "accuracy": [0.7, 0.9], "score": [2.0, 1.0]})

    assert from_dataframe(frame, metric="accuracy").ranking()["config/lr"].tolist() == [0.2, 0.1]
    run = from_dataframe(frame, metric="score", mode="max")
    assert run.ranking()["config/lr"].tolist() == [0.1, 0.2]
    assert run.trials["status"].tolist() == ["finished"] * 2
    assert set(run.trials["verdict"]) == {"no curve of the validation loss"}


def test_repeated_configurations_are_replicates():
    frame = pd.DataFrame({"lr": [0.1, 0.1, 0.2], "val_loss": [1.0, 3.0, 4.0]})

    ranked = from_dataframe(frame).ranking()

    assert ranked["seeds"].tolist() == [2, 1]
    assert ranked["metric"].tolist() == [2.0, 4.0]


def test_a_conditional_hyperparameter_is_one_again():
    frame = pd.DataFrame(
        {
            "lr": [0.1, 0.2, 0.3, 0.4],
            "optimizer": ["sgd", "adam", "sgd", "adam"],
            "momentum": [0.5, None, 0.9, None],
            "val_loss": [1.0, 2.0, 3.0, 4.0],
        }
    )

    run = from_dataframe(frame)

    assert run.space.conditions["momentum"].holds({"optimizer": "sgd"})
    assert not run.space.conditions["momentum"].holds({"optimizer": "adam"})


def test_switches_lists_and_dates_in_a_frame():
    frame = pd.DataFrame(GOOD | {"layers": [[1], [1, 2], [1]], "nesterov": [True, False, True]})
    frame["when"] = pd.Timestamp("2026-01-01")

    assert from_dataframe(frame).space.dimensions.keys() == {"lr", "layers", "nesterov"}
    assert len(from_dataframe(curves(layers=[[1]] * 6)).space.dimensions) == 2


def test_none_in_a_file_is_a_word_and_whole_numbers_stay_whole(tmp_path):
    path = tmp_path / "trials.csv"
    path.write_text(
        "lr,schedule,batch_size,layers,val_loss\n"
        '0.1,None,16,"[64, 32]",1\n0.2,cosine,,"[64]",2\n'
        '0.3,None,32,"[64, 32]",3\n0.4,cosine,16,,4\n'
    )

    trials = read_source(path).trials

    assert trials[0].config == {
        "lr": 0.1,
        "schedule": "None",
        "batch_size": 16,
        "layers": [64, 32],
    }
    assert "batch_size" not in trials[1].config


@pytest.mark.parametrize("word", ["none", "None"])
def test_a_word_for_none_beside_numbers_is_none(tmp_path, word):
    path = tmp_path / "trials.csv"
    path.write_text(f"lr,clip,val_loss\n0.1,{word},1\n0.2,0.5,2\n0.3,,3\n")

    trials = read_source(path).trials

    assert [trial.config for trial in trials] == [
        {"lr": 0.1, "clip": None},
        {"lr": 0.2, "clip": 0.5},
        {"lr": 0.3},
    ]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_are_seen(tmp_path, separator):
    path = tmp_path / "trials.csv"
    pd.DataFrame(GOOD).to_csv(path, sep=separator, index=False)

    assert len(read_source(path).trials) == 3
