"""The frames hold what the lines of the record say."""

import pytest

from results import load
from results.run_frames import EPOCH_COLUMNS, TRIAL_COLUMNS

CONFIG = {"lr": 0.1, "batch_size": 32}


def test_frames_have_the_columns_that_the_design_names(script):
    written = script()
    written.trial("s00000", CONFIG, [3.0, 2.0, 1.0], train_losses=[3.0, 1.5, 0.5])

    run = load(written.directory)

    assert tuple(run.trials) == (*TRIAL_COLUMNS, "config/lr", "config/batch_size")
    assert tuple(run.epochs) == EPOCH_COLUMNS
    row = run.trials.iloc[0]
    assert (row["status"], row["epochs"], row["seconds"], row["steps"]) == ("finished", 3, 1.5, 30)
    assert (row["val_loss"], row["best_val_loss"], row["best_epoch"]) == (1.0, 1.0, 3)
    assert row["gap"] == pytest.approx(0.5)


def test_metrics_of_the_task_become_columns_of_the_epochs(script):
    written = script()
    written.line("trial", trial_id="s00000", config=CONFIG)
    written.line("epoch", trial_id="s00000", epoch=1, val_loss=1.0, accuracy=0.9)

    assert load(written.directory).epochs["accuracy"].tolist() == [0.9]


def test_generator_trial_without_evaluated_training_loss_takes_the_running_one_for_its_gap(script):
    written = script()
    written.line("trial", trial_id="s00000", config=CONFIG)
    written.line("epoch", trial_id="s00000", epoch=1, train_loss=0.25, val_loss=1.0)

    assert load(written.directory).trials["gap"].tolist() == [0.75]


def test_last_value_and_best_value_are_kept_apart(script):
    written = script()
    written.trial("s00000", CONFIG, [3.0, 1.0, 2.0])

    row = load(written.directory).trials.iloc[0]

    assert (row["val_loss"], row["best_val_loss"], row["best_epoch"]) == (2.0, 1.0, 2)


def test_retried_trial_holds_each_epoch_once_and_its_last_status(script):
    written = script()
    written.trial("s00000", CONFIG, [9.0, 8.0], status="failed")
    written.trial("s00000", CONFIG, [3.0, 2.0, 1.0], attempt=2)

    run = load(written.directory)

    assert run.trials[["status", "epochs", "val_loss"]].values.tolist() == [["finished", 3, 1.0]]
    assert run.epochs["val_loss"].tolist() == [3.0, 2.0, 1.0]


def test_status_before_the_last_attempt_does_not_count(script):
    written = script()
    written.trial("s00000", CONFIG, [9.0], status="failed")
    written.trial("s00000", CONFIG, [3.0], status=None, attempt=2)

    assert load(written.directory).trials["status"].tolist() == ["interrupted"]


def test_trial_whose_last_loss_is_not_finite_diverged_whatever_its_status_says(script):
    written = script()
    written.trial("s00000", CONFIG, [1.0, None], status=None)

    row = load(written.directory).trials.iloc[0]

    assert (row["status"], row["epochs"], row["best_val_loss"]) == ("diverged", 2, 1.0)


def test_absent_conditional_dimension_is_nan_and_lists_stay_lists(script):
    written = script()
    written.trial("s00000", {"momentum": 0.9, "widths": [8, 8]}, [1.0])
    written.trial("s00001", {"widths": [8]}, [1.0])

    trials = load(written.directory).trials

    assert trials["config/momentum"].isna().tolist() == [False, True]
    assert trials["config/widths"].tolist() == [[8, 8], [8]]


def test_a_trial_without_a_validation_loss_has_not_diverged_while_its_metric_is_there(script):
    """As imported trials may be; one whose loss was measured and not finite has."""
    written = script(options='metric = "accuracy"\nmode = "max"\n')
    for trial_id, last in {"s0": {"accuracy": 0.9}, "s1": {}, "s2": {"val_loss": None}}.items():
        written.line("trial", trial_id=trial_id, config=CONFIG)
        written.line("epoch", trial_id=trial_id, epoch=1, accuracy=0.5)
        written.line("epoch", trial_id=trial_id, epoch=2, **last)
        written.line("status", trial_id=trial_id, status="finished")

    assert load(written.directory).trials["status"].tolist() == ["finished", "diverged", "diverged"]
