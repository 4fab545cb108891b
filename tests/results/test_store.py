import subprocess
import sys

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


def test_half_written_last_line_is_ignored_and_damage_is_counted(script):
    written = script()
    written.raw('{"kind": "epoch", "trial_\n[1, 2]\n\x00\x00\n')
    written.trial("s00000", CONFIG, [1.0])
    written.raw('{"kind": "epoch", "trial_id": "s00000", "epoch": 2, "val_l')

    run = load(written.directory)

    assert run.damaged_lines == 3
    assert run.epochs["epoch"].tolist() == [1]


@pytest.mark.parametrize(
    "fields",
    [
        {"epoch": "two", "val_loss": 1.0},
        {"epoch": 10**40, "val_loss": 1.0},
        {"epoch": 2, "val_loss": "low"},
        {"epoch": 2, "val_loss": 10**400},
        {"epoch": 2, "val_loss": 1.0, "steps": -1},
        {"epoch": 2, "val_loss": 1.0, "trial_id": 7},
    ],
)
def test_line_with_a_value_of_the_wrong_kind_is_damage(script, fields):
    written = script()
    written.trial("s00000", CONFIG, [1.0])
    written.line("epoch", **({"trial_id": "s00000"} | fields))

    run = load(written.directory)

    assert (run.damaged_lines, len(run.epochs)) == (1, 1)


def test_lines_of_unknown_kind_are_no_damage(script):
    written = script()
    written.trial("s00000", CONFIG, [1.0])
    written.line("weather", sky="blue")

    assert load(written.directory).damaged_lines == 0


def test_absent_conditional_dimension_is_nan_and_lists_stay_lists(script):
    written = script()
    written.trial("s00000", {"momentum": 0.9, "widths": [8, 8]}, [1.0])
    written.trial("s00001", {"widths": [8]}, [1.0])

    trials = load(written.directory).trials

    assert trials["config/momentum"].isna().tolist() == [False, True]
    assert trials["config/widths"].tolist() == [[8, 8], [8]]


def test_pause_before_a_resume_is_not_counted_as_work(script):
    written = script()
    written.line("mark", name="search_started")
    written.trial("s00000", CONFIG, [1.0], status=None)
    written.clock += 86400
    written.line("mark", name="resumed")
    written.trial("s00000", CONFIG, [1.0], attempt=2)

    assert load(written.directory).wall_seconds == 2 + 3


def test_missing_directory_is_named(tmp_path):
    with pytest.raises(ValueError, match="gone is not a run: there is no such directory"):
        load(tmp_path / "gone")


def test_directory_without_settings_is_no_run(tmp_path):
    with pytest.raises(ValueError, match=r"is not a run: it has no run\.toml"):
        load(tmp_path)


def test_settings_that_are_no_toml_are_named(script):
    written = script()
    (written.directory / "run.toml").write_text("a = = 1")

    with pytest.raises(ValueError, match=r"run\.toml cannot be read as TOML"):
        load(written.directory)


def test_empty_record_names_the_way_on(script):
    written = script()

    with pytest.raises(ValueError, match=r"holds no trial yet: .*tune_main\.py resume"):
        load(written.directory)


def test_loading_imports_pandas_only(script):
    written = script()
    written.trial("s00000", CONFIG, [1.0])
    code = (
        "import sys; from results import load; load(sys.argv[1]).trials;"
        "heavy = {'ray', 'torch', 'sklearn', 'scipy', 'plotly', 'optuna'} & set(sys.modules);"
        "assert not heavy, heavy"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, str(written.directory)], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr


def test_ten_thousand_trials_are_read_whole(script):
    """How long that takes is measured by benchmarks/scale.py."""
    written = script(epochs=10)
    epoch = '{"kind":"epoch","trial_id":"s%05d","attempt":1,"epoch":%d,"train_loss":0.5,' + (
        '"train_eval_loss":0.4,"val_loss":0.6,"seconds":0.01,"steps":20,"time":1.0}\n'
    )
    opening = '{"kind":"trial","trial_id":"s%05d","seed":1,"config":{"lr":0.1,"n":%d},"time":1.0}\n'
    written.raw(
        "".join(
            opening % (trial, trial) + "".join(epoch % (trial, n) for n in range(1, 11))
            for trial in range(10_000)
        )
    )

    run = load(written.directory)

    assert len(run.trials) == 10_000
    assert len(run.epochs) == 100_000
