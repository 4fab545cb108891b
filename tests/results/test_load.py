"""A run directory read back: damage, pauses, and what is no run."""

import subprocess
import sys

import pytest

from results import load

CONFIG = {"lr": 0.1, "batch_size": 32}


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
