"""A trial of a user's own training loop: what it may yield, where it goes on, how it ends."""

import math
import warnings

import pytest

from tests.trainable.conftest import curve, losses
from trainable.catalogue import find_task
from trainable.errors import ContractError
from trainable.trial import make_trial


def test_a_resumed_generator_equals_the_uninterrupted_one_exactly(counting_task, tmp_path):
    def make():
        return make_trial(counting_task, None, {"lr": 0.1}, seed=5, epochs=6)

    uninterrupted = losses(curve(make(), 6))
    trial = make()
    curve(trial, 2)
    trial.save(tmp_path)

    resumed = make()
    resumed.load(tmp_path)

    assert losses(curve(resumed, 4)) == uninterrupted[2:]


def test_a_checkpoint_of_every_third_epoch_is_taken_up_after_that_epoch(task_file, tmp_path):
    """As live tensors would, what it holds changes until the next one."""
    task = task_file("""
def train(config, checkpoint=None):
    state = checkpoint or {"done": 0}
    for epoch in range(state["done"], config["epochs"]):
        state["done"] = epoch + 1
        extra = {"checkpoint": state} if state["done"] % 3 == 0 else {}
        yield {"train_loss": 1.0, "val_loss": float(epoch + 1), **extra}
""").load()
    trial = make_trial(task, None, {}, seed=0, epochs=9)
    could = []
    for _ in range(5):
        trial.run_epoch()
        could.append(trial.can_save)
        trial.save(tmp_path)

    again = make_trial(task, None, {}, seed=0, epochs=9)
    again.load(tmp_path)

    assert could == [False, False, True, False, False]
    assert [(m.epoch, m.val_loss) for m in curve(again, 2)] == [(4, 4.0), (5, 5.0)]


@pytest.mark.parametrize("name", ["kind", "trial_id", "attempt", "steps"])
def test_a_number_that_would_take_the_place_of_ours_is_refused(task_file, name):
    yields = f'{{"train_loss": 1.0, "val_loss": 1.0, "{name}": 3}}'
    task = task_file(f"def train(config):\n    yield {yields}\n").load()

    with pytest.raises(ContractError, match=f"train.. yields {name}, .*: rename it"):
        make_trial(task, None, {}, seed=0, epochs=1).run_epoch()


@pytest.mark.parametrize("signature", ["config", "config, verbose=False", "config, *, quiet=1"])
def test_a_generator_without_a_checkpoint_begins_again(task_file, tmp_path, signature):
    """What it yields as its checkpoint is kept for its author alone."""
    task = task_file(f"""
def train({signature}):
    for epoch in range(config["epochs"]):
        yield {{"train_loss": 1.0, "val_loss": 9.0 - epoch, "checkpoint": {{"epoch": epoch}}}}
""").load()
    trial = make_trial(task, None, {}, seed=0, epochs=4)
    whole = losses(curve(trial, 3))
    trial.save(tmp_path)

    again = make_trial(task, None, {}, seed=0, epochs=4)
    again.load(tmp_path)

    assert losses(curve(again, 3)) == whole
    assert again.run_epoch().val_loss == 6.0


@pytest.mark.parametrize(
    ("body", "did"),
    [
        ("return 3.5 + 1", "returned float, and has to be a generator"),
        ("return print()", "returned NoneType, and"),
        ("return dict(train_loss=[0.5], val_loss=[0.6])", "returned dict, and"),
        ("return ([0.5], [0.6])", "returned tuple, and"),
        ("import torch\n    return torch.tensor(0.5)", "returned Tensor, and"),
        ("for epoch in range(0):\n        yield {}", "ended before its first yield"),
    ],
)
def test_a_training_loop_that_yields_nothing_is_told_what_to_yield(task_file, body, did):
    task = task_file(f"def train(config):\n    {body}\n").load()

    with pytest.raises(ContractError, match=rf"{did}.*: yield a dict with train_loss and val_loss"):
        make_trial(task, None, {}, seed=0, epochs=4).run_epoch()


def test_a_generator_that_ends_ends_the_trial(task_file):
    task = task_file(
        "def train(config, checkpoint=None):\n    yield {'train_loss': 1, 'val_loss': 2}\n"
    ).load()
    trial = make_trial(task, None, {}, seed=0, epochs=5)

    assert trial.run_epoch().val_loss == 2.0
    assert trial.run_epoch() is None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{'train_loss': 1.0}", "val_loss is missing in: train_loss"),
        ("3.0", "must yield a dict with train_loss and val_loss, got float"),
        ("{'train_loss': 1.0, 'val_loss': 'low'}", "got str for 'val_loss'"),
        ("{'train_loss': 1.0, 'val_loss': None}", "got NoneType for 'val_loss'"),
        ("{'train_loss': 1.0, 'val_loss': True}", "got bool for 'val_loss'"),
        ("{'train_loss': torch.ones(2), 'val_loss': 1.0}", r"got shape \(2,\) for 'train_loss'"),
        ("{'train_loss': 1.0, 'val_loss': torch.ones(0).numpy()}", r"got shape \(0,\) for 'val_lo"),
        ("{'train_loss': 1.0, 'val_loss': 2.0, 'by class': [1, 2]}", "got list for 'by class'"),
        ("[1.0, 2.0]", "got list"),
        ("{}", "train_loss is missing in: nothing"),
    ],
)
def test_a_generator_that_yields_nonsense_is_told_what_to_yield(task_file, value, message):
    loop = f"def train(config, checkpoint=None):\n    yield {value}\n"
    task = task_file(f"import torch\n{loop}").load()

    with pytest.raises(ContractError, match=message):
        make_trial(task, None, {}, seed=0, epochs=5).run_epoch()


def test_a_tensor_of_one_number_is_a_number(task_file):
    source = """
import torch
def train(config):
    yield {
        "train_loss": torch.ones(1, requires_grad=True),
        "val_loss": torch.tensor([[2]]).numpy(),
        "lr": [0.1],
    }
"""
    metrics = make_trial(task_file(source).load(), None, {}, seed=0, epochs=5).run_epoch()

    assert (metrics.train_loss, metrics.val_loss, metrics.extra) == (1.0, 2.0, {"lr": 0.1})


@pytest.mark.parametrize(("seed", "is_said"), [("7", True), ("config['seed']", False)])
def test_a_loop_that_seeds_torch_with_a_number_of_its_own_is_said(task_file, seed, is_said):
    loop = f"    torch.manual_seed({seed})\n    yield {{'train_loss': 1.0, 'val_loss': 2.0}}\n"
    task = task_file(f"import torch\ndef train(config):\n{loop}").load()

    with warnings.catch_warnings(record=True) as caught:
        make_trial(task, None, {}, seed=3, epochs=1).run_epoch()

    assert ["with 7: trials of other seeds are then alike" in str(w.message) for w in caught] == [
        True
    ] * is_said


def test_a_generator_may_yield_nan_which_counts_as_diverged(task_file):
    source = (
        "def train(config, checkpoint=None):\n"
        "    yield {'train_loss': 1.0, 'val_loss': float('nan'), 'accuracy': 0.5}\n"
    )
    metrics = make_trial(task_file(source).load(), None, {}, seed=0, epochs=5).run_epoch()

    assert math.isnan(metrics.val_loss)
    assert metrics.diverged
    assert metrics.extra == {"accuracy": 0.5}


ENDS = """
import pathlib

def train(config, checkpoint=None):
    said = pathlib.Path(config["said"])
    try:
        for epoch in range(config["epochs"]):
            yield {"train_loss": 1.0, "val_loss": 1.0}
        said.write_text("after the loop")
    finally:
        with said.open("a") as file:
            file.write(", finally")
"""


@pytest.mark.parametrize(
    ("num_epochs", "said"), [(3, "after the loop, finally"), (2, ", finally"), (0, None)]
)
def test_a_generator_comes_to_its_end_or_is_closed_where_it_is(tmp_path, num_epochs, said):
    (tmp_path / "ends.py").write_text(ENDS)
    file = tmp_path / "said.txt"
    task = find_task(tmp_path / "ends.py").load()
    trial = make_trial(task, None, {"said": str(file)}, seed=0, epochs=3)
    curve(trial, num_epochs)

    trial.close()

    assert (file.read_text() if file.exists() else None) == said


def test_a_generator_without_an_end_is_closed_after_its_budget(tmp_path):
    (tmp_path / "endless.py").write_text(
        "def train(config, checkpoint=None):\n"
        "    while True:\n"
        "        yield {'train_loss': 1.0, 'val_loss': 1.0}\n"
    )
    trial = make_trial(find_task(tmp_path / "endless.py").load(), None, {}, seed=0, epochs=2)
    curve(trial, 2)

    with pytest.warns(UserWarning, match="yields more than the 2 epochs of a trial"):
        trial.close()
    trial.close()
