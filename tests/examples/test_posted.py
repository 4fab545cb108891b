"""Tasks as people post them, with their habits: what the file says is searched, or refused."""

import tomllib
import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest

from results import load
from search_spaces import Choice
from tests.tuning import faults
from trainable.catalogue import find_task
from tune_main import main
from tuning.assignments import Assignment, PreflightAssignment
from tuning.engine.worker import Worker
from tuning.options import SearchOptions
from tuning.plan import RunPlan

POSTED = Path(__file__).parent / "posted"
RUN = {
    "adam_betas": (2, {"kind", "lr", "beta1", "beta2", "nesterov", "units_0", "units_1"}),
    "amp_loop": (2, {"lr", "batch_size", "max_norm", "width"}),
    "beta_vae": (2, {"lr", "beta", "z_dim", "optimizer"}),
    "dataclass_settings": (2, {"lr", "hidden"}),
    "graph_pairs": (2, {"lr", "hidden_channels", "batch_size"}),
    "gru_windows": (3, {"lr", "optimizer", "hidden_dim", "num_layers"}),
    "kaggle_frame": (2, {"lr", "hidden_units", "batch_size"}),
    "kfold_leftover": (3, {"lr", "batch_size", "hidden"}),
    "one_cycle": (2, {"lr", "pct_start", "batch_size", "channels"}),
    "own_loop": (3, {"lr_g", "lr_d", "latent"}),
    "padded_reviews": (2, {"lr", "optimizer", "embedding_dim", "hidden_dim", "dropout"}),
    "parsed_options": (2, {"lr", "width"}),
    "plateau_by_hand": (3, {"lr", "factor", "weight_decay"}),
    "plateau_with_defaults": (4, {"lr", "activation", "patience"}),
    "quick_switch": (3, {"lr", "hidden", "batch_size"}),
    "same_seed": (2, {"lr", "neurons"}),
    "set_up_by_a_function": (2, {"lr", "hidden"}),
    "shared_criterion": (2, {"lr", "pos_weight", "hidden"}),
    "siamese_pairs": (2, {"lr", "margin", "embedding_size"}),
    "softmax_twice": (3, {"lr", "batch_size", "h1", "h2"}),
    "tracked_script": (2, {"lr", "fc_layer_size", "batch_size"}),
    "two_heads": (2, {"lr", "optimizer", "alpha", "width"}),
    "unet_segmentation": (2, {"lr", "batch_size", "base_channels", "dice_weight"}),
    "weighted_sampler": (2, {"lr", "batch_size", "n_hidden"}),
}
"""The epochs that each says, and the names it searches."""
SAID = {
    "kfold_leftover": "train() yields more than the 3 epochs of a trial: what it does after them",
    "same_seed": "the task seeds torch itself, with 42: trials of other seeds are then alike",
    "softmax_twice": "the outputs of the model are probabilities",
}
"""What is said of those that run and mean something else."""
REFUSED = {
    "accumulation_constant": "accumulation_constant.py line 9: GRADIENT_ACCUMULATION_STEPS is not "
    "used by anything that a trial runs: add accumulate_steps to the space",
    "batch_size_constant": "batch_size_constant.py line 8: BATCH_SIZE is not used by anything "
    "that a trial runs: add batch_size to the space, where it may be a single value, or remove it",
    "classes_as_choices": 'got the class ReLU: write its name, "ReLU", and look it up in the task, '
    'as in {"ReLU": ReLU, ...}[config["..."]]',
    "constants": "constants.py line 7: EPOCHS is not used by anything that a trial runs: did you "
    "mean epochs?",
    "dcgan_losses": "train() must yield train_loss and val_loss, train_loss is missing in: loss_g, "
    "loss_d",
    "early_stopping_leftover": "the space samples patience, which neither the training loop nor",
    "empty_glob": "empty_glob.py line 28: the training part of data() is empty: return at least",
    "float_classes": "CrossEntropyLoss (outputs float32 (32, 3); targets float32 (32,)): "
    "RuntimeError: expected",
    "graph_batches": "graph_batches.py line 53: an example must be (inputs, targets), got Batch",
    "hugging_face_habits": "line 23: collate_fn is not called by anyone: did you mean collate(",
    "image_folder": "image_folder.py line 19: FileNotFoundError: [Errno 2] No such file or "
    "directory: '/home/user/datasets/hymenoptera_data/train'",
    "keras_style": "keras_style.py line 35: train yields nothing: yield a dict with train_loss",
    "lightning_habits": "line 21: LitAutoencoder.training_step is not called by anyone: did you "
    "mean loss(outputs, targets)?",
    "missing_csv": "missing_csv.py line 13: FileNotFoundError: [Errno 2] No such file or "
    "directory: '../input/house-prices/train.csv'",
    "missing_library": "missing_library.py line 3: ModuleNotFoundError: No module named",
    "mnist_script": "line 27: train must be train(config) or train(config, checkpoint=None), got "
    "train(args, model, device, train_loader, optimizer, epoch): rename it",
    "nested_settings": "the space samples lr, which neither the training loop nor nested_settings",
    "optuna_habits": "optuna_habits.py has no data(): did you mean get_data (line 18)?",
    "ray_tune_habits": "ray_tune_habits.py has no data(): did you mean load_data (line 19)?",
    "required_option": "required_option.py line 18: the following arguments are required: "
    "--data-dir: a task's file is given no options, let each have a default",
    "returned_history": "returned_history.py line 29: train yields nothing: yield a dict with",
    "smoothed_criterion": "the space samples label_smoothing, which neither the training loop nor",
    "swallowed_argument": "the space samples drop_out, which neither the training loop nor "
    "swallowed_argument.py reads: did you mean dropout?",
    "tabular_batchnorm": "batch size 20 leaves 1 of 161 training examples for the last batch of an "
    "epoch, and the model cannot train on 1",
    "text_offsets": "text_offsets.py line 42: collate returns label_list first and offsets last: "
    "the last is taken for the targets, so return label_list last",
    "trains_on_import": "trains_on_import.py: loss must be a function, loss(outputs, targets), got "
    "Tensor: rename it",
    "triplets": "triplets.py line 41 (given float32 (32, 6), float32 (32, 6)): TypeError: Embedding"
    "Net.forward() takes 2 positional arguments but 3 were given",
    "typo_in_settings": "typo_in_settings.py line 11: KeyError: medium",
    "vae_example": "vae_example.py line 47: loss() is the sum over its batch",
}
BY_COMMAND = ("adam_betas", "amp_loop", "dataclass_settings")
"""Searched by the command as well: the others are looked at as a worker does it."""
REFUSED_BY_COMMAND = ("dcgan_losses", "missing_csv", "required_option", "typo_in_settings")
SHORT = ("--no-confirm", "--no-report", "--quiet", "--scheduler", "none")
FEW = "what is better on so few may be chance"


@dataclass
class Looked:
    """What is known of a task before its search, and of its first trial."""

    plan: RunPlan | None = None
    error: str | None = None
    said: tuple[str, ...] = ()
    num_epochs: int = 0
    ended: str | None = None


def look(name):
    """What the driver and the first worker find out, without Ray between them."""
    path = POSTED / f"{name}.py"
    try:
        plan = RunPlan.make(SearchOptions(task=str(path)), find_task(path))
    except ValueError as error:
        return Looked(error=str(error))

    class WorkerOfTask(Worker):
        def setup(self, config):
            super().setup(config, plan.task, 0, 1)

    worker = WorkerOfTask()
    found = Looked(plan, worker.step()["report"].error)
    for assignment in (first_batch(plan), first_trial(plan)):
        if found.error is None:
            carry_out(worker, assignment, found)
    return found


def carry_out(worker, assignment, found):
    worker.reset_config({"assignment": assignment})
    report = None
    while report is None or not (report.ended or report.preflight_done):
        report = worker.step()["report"]
        found.num_epochs += len(report.epochs)
    found.error, found.ended = report.error, report.ended
    found.said += report.preflight.notes if report.preflight else ()


def first_batch(plan):
    sizes = plan.space.dimensions.get("batch_size")
    known = tuple(sizes.choices) if isinstance(sizes, Choice) else ()
    return PreflightAssignment(config=plan.any_config, epochs=plan.epochs, batch_sizes=known)


def first_trial(plan):
    return Assignment(
        trial_id="s00000",
        attempt=1,
        config=plan.any_config,
        seed=3,
        epochs=plan.epochs,
        checkpoint_dir="",
        checkpoint_seconds=1e6,
    )


def options(name, runs):
    given = ["--samples", "2", *SHORT, "--name", name]
    return ["--task", str(POSTED / f"{name}.py"), *given, "--runs-dir", str(runs)]


def test_each_is_either_run_or_refused():
    assert {path.stem for path in POSTED.glob("*.py")} == RUN.keys() | REFUSED.keys()
    assert len(RUN.keys() | REFUSED.keys()) >= 40


@pytest.mark.parametrize("name", RUN)
def test_what_the_file_says_is_what_is_trained(name):
    epochs, names = RUN[name]

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = look(name)

    assert found.error is None
    assert found.plan.epochs == found.num_epochs == epochs
    assert found.plan.space.dimensions.keys() == names
    assert found.ended == "finished"
    meant = SAID.get(name, FEW)
    assert all(FEW in text or meant in text for text in found.said)
    said = [*found.said, *(str(warning.message) for warning in caught)]
    assert name not in SAID or any(meant in text for text in said)


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_be_misread_is_refused_before_the_first_epoch(name):
    found = look(name)

    assert REFUSED[name] in found.error
    assert "\n" not in found.error
    assert found.num_epochs == 0


@pytest.mark.usefixtures("ray_running")
@pytest.mark.parametrize("name", BY_COMMAND)
def test_what_the_file_says_is_what_is_searched(name, tmp_path):
    epochs, names = RUN[name]

    assert main(options(name, tmp_path)) == 0

    run = load(tmp_path / name)
    settings = tomllib.loads((tmp_path / name / "run.toml").read_text())
    assert run.budget == epochs
    assert settings["space"].keys() == names
    assert (run.trials["status"] == "finished").all()
    assert len(run.epochs) == 2 * epochs


@pytest.mark.usefixtures("ray_running")
@pytest.mark.parametrize("name", REFUSED_BY_COMMAND)
def test_a_refusal_is_one_line_and_leaves_nothing(name, tmp_path, capsys):
    code = main(options(name, tmp_path / "runs"))

    error = capsys.readouterr().err
    assert code == 2
    assert error.startswith("tune_main.py: ")
    assert REFUSED[name] in error
    assert error.count("\n") == 1
    assert not list(tmp_path.glob("runs/*"))


def test_a_refusal_that_needs_the_file_run_is_made_by_the_command(tmp_path):
    done = faults.run_command(*options("typo_in_settings", tmp_path))

    assert done.returncode == 2
    assert REFUSED["typo_in_settings"] in done.stderr
    assert done.stderr.count("\n") == 1
