"""Tasks as people post them, with their habits: what the file says is searched, or refused."""

import time
import tomllib
from pathlib import Path

import pytest

from results import load
from tests.tuning import faults
from tune_main import main

POSTED = Path(__file__).parent / "posted"
RUN = {
    "adam_betas": (2, {"kind", "lr", "beta1", "beta2", "nesterov", "units_0", "units_1"}),
    "dataclass_settings": (2, {"lr", "hidden"}),
    "one_cycle": (2, {"lr", "pct_start", "batch_size", "channels"}),
    "own_loop": (3, {"lr_g", "lr_d", "latent"}),
    "parsed_options": (2, {"lr", "width"}),
    "plateau_with_defaults": (4, {"lr", "activation", "patience"}),
    "quick_switch": (3, {"lr", "hidden", "batch_size"}),
    "set_up_by_a_function": (2, {"lr", "hidden"}),
    "shared_criterion": (2, {"lr", "pos_weight", "hidden"}),
}
"""The epochs that each says, and the names it searches."""
REFUSED = {
    "batch_size_constant": "batch_size_constant.py line 8: BATCH_SIZE is not used by anything "
    "that a trial runs: add batch_size to the space, where it may be a single value, or remove it",
    "constants": "constants.py line 7: EPOCHS is not used by anything that a trial runs: did you "
    "mean epochs?",
    "early_stopping_leftover": "the space samples patience, which neither the training loop nor",
    "hugging_face_habits": "line 23: collate_fn is not called by anyone: did you mean collate(",
    "lightning_habits": "line 21: LitAutoencoder.training_step is not called by anyone: did you "
    "mean loss(outputs, targets)?",
    "mnist_script": "line 27: train must be train(config) or train(config, checkpoint=None), got "
    "train(args, model, device, train_loader, optimizer, epoch): rename it",
    "optuna_habits": "optuna_habits.py has no data(): did you mean get_data (line 18)?",
    "ray_tune_habits": "ray_tune_habits.py has no data(): did you mean load_data (line 19)?",
    "swallowed_argument": "the space samples drop_out, which neither the training loop nor "
    "swallowed_argument.py reads: did you mean dropout?",
    "typo_in_settings": "typo_in_settings.py line 11: KeyError: medium",
}
SHORT = ("--no-confirm", "--no-report", "--quiet", "--scheduler", "none")


def options(name, runs):
    given = ["--samples", "2", *SHORT, "--name", name]
    return ["--task", str(POSTED / f"{name}.py"), *given, "--runs-dir", str(runs)]


def test_each_is_either_run_or_refused():
    assert {path.stem for path in POSTED.glob("*.py")} == RUN.keys() | REFUSED.keys()


@pytest.mark.usefixtures("ray_running")
@pytest.mark.parametrize("name", RUN)
def test_what_the_file_says_is_what_is_searched(name, tmp_path):
    epochs, names = RUN[name]

    assert main(options(name, tmp_path)) == 0

    run = load(tmp_path / name)
    settings = tomllib.loads((tmp_path / name / "run.toml").read_text())
    assert run.budget == epochs
    assert settings["space"].keys() == names
    assert (run.trials["status"] == "finished").all()
    assert len(run.epochs) == 2 * epochs


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_be_misread_is_refused_in_one_line_before_the_first_trial(
    name, tmp_path, capsys
):
    code = main(options(name, tmp_path / "runs"))

    error = capsys.readouterr().err
    assert code == 2
    assert error.startswith("tune_main.py: ")
    assert REFUSED[name] in error
    assert error.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_a_refusal_that_needs_the_file_run_takes_less_than_six_seconds(tmp_path):
    begun = time.monotonic()
    done = faults.run_command(*options("typo_in_settings", tmp_path))

    assert done.returncode == 2
    assert REFUSED["typo_in_settings"] in done.stderr
    assert time.monotonic() - begun < 6.0
