"""Every form of data gives (inputs, targets) batches, and trains, stops and goes on the same."""

import pytest

from trainable.trial import make_trial

HEAD = """
import torch
from torch import nn
from torch.utils.data import *
generator = torch.Generator().manual_seed(1)
x = torch.randn(60, 3, generator=generator)
y = x.sum(1, keepdim=True)
def model(config):
    return nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.2), nn.ReLU(), nn.Linear(8, 1))
"""
TWO_INPUTS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 1)
    def forward(self, left, right):
        return self.layer(torch.cat([left, right], 1))
def model(config):
    return Model()
"""
FORMS = {
    "tensors": """
def data():
    return TensorDataset(x, y)
""",
    "a tuple of inputs": TWO_INPUTS
    + """
def data():
    return TensorDataset(x[:, :1], x[:, 1:], y)
""",
    "a dict of inputs": TWO_INPUTS
    + """
def data():
    return StackDataset(StackDataset(right=x[:, 1:], left=x[:, :1]), y)
""",
    "a dict of inputs made one by one, and of targets": TWO_INPUTS
    + """
def data():
    return [({"right": row[1:], "left": row[:1]}, {"sum": target}) for row, target in zip(x, y)]
def loss(outputs, targets):
    return nn.functional.mse_loss(outputs, targets["sum"])
""",
    "a collate of its own": """
def data():
    return TensorDataset(x, y)
def collate(examples):
    return torch.stack([i for i, _ in examples]), torch.stack([t for _, t in examples])
""",
    "packed sequences": """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(1, 4)
        self.head = nn.Linear(4, 1)
    def forward(self, packed):
        return self.head(self.gru(packed)[1][0])
def model(config):
    return Model()
def data():
    return [(row[: 1 + i % 3, None], row.sum()[None]) for i, row in enumerate(x)]
def collate(examples):
    packed = nn.utils.rnn.pack_sequence([i for i, _ in examples], enforce_sorted=False)
    return packed, torch.stack([t for _, t in examples])
""",
    "a stream": """
class Stream(IterableDataset):
    def __init__(self, x, y):
        self.x, self.y = x, y
    def __iter__(self):
        for row in torch.randperm(len(self.x)):
            yield self.x[row], self.y[row]
def data():
    return Stream(x[:40], y[:40]), Stream(x[40:], y[40:])
""",
    "loaders made by a function": """
def data():
    train, val = TensorDataset(x[:40], y[:40]), TensorDataset(x[40:], y[40:])
    return (lambda n: DataLoader(train, n, shuffle=True)), (lambda n: DataLoader(val, n))
""",
    "batches made by a generator": """
def batches(batch_size):
    for rows in torch.randperm(40).split(batch_size):
        yield x[rows], y[rows]
def data():
    return batches, TensorDataset(x[40:], y[40:])
""",
}
CONFIG = {"lr": 0.02, "batch_size": 8, "schedule": "cosine", "warmup_epochs": 1}


def losses(trial, num):
    metrics = [trial.run_epoch() for _ in range(num)]
    return [(m.train_loss, m.train_eval_loss, m.val_loss, m.steps) for m in metrics]


@pytest.fixture
def trial_of(task_file):
    """Makes a trial of some form of data."""

    def make(form, config, seed=3):
        task = task_file(HEAD + FORMS[form]).load()
        return make_trial(task, task.load_data(0), CONFIG | config, seed=seed, epochs=4)

    return make


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_data_learns_and_resumes_exactly(trial_of, form, tmp_path):
    uninterrupted = losses(trial_of(form, {}), 4)
    trial = trial_of(form, {})
    losses(trial, 2)
    trial.save(tmp_path)

    resumed = trial_of(form, {}, seed=99)
    resumed.load(tmp_path)

    assert losses(resumed, 2) == uninterrupted[2:]
    assert uninterrupted[3][2] < uninterrupted[0][2]
    assert uninterrupted[0][3] in (5, 6)


def test_reading_in_processes_of_their_own_changes_no_loss(trial_of):
    form = "a collate of its own"

    assert losses(trial_of(form, {"num_workers": 2}), 2) == losses(trial_of(form, {}), 2)


def test_a_stream_moves_its_schedule_once_an_epoch(trial_of):
    trial = trial_of("a stream", {"warmup_epochs": 0})
    rates = []
    for _ in range(4):
        rates.append(trial.optimizer.param_groups[0]["lr"])
        trial.run_epoch()

    assert rates == pytest.approx([0.02, 0.01707, 0.01, 0.00293], rel=1e-3)


def test_of_a_training_stream_as_much_is_measured_as_validation_holds(task_file):
    source = (
        HEAD
        + """
passes = []
def train_batches(batch_size):
    passes.append(0)
    for rows in torch.arange(400).split(batch_size):
        passes[-1] += 1
        yield x[rows], y[rows]
def data():
    return train_batches, TensorDataset(x[400:], y[400:])
"""
    )
    source = source.replace("torch.randn(60", "torch.randn(500")
    task = task_file(source).load()
    trial = make_trial(task, task.load_data(0), {"batch_size": 40}, seed=0, epochs=1)

    trial.run_epoch()

    assert task.data.__globals__["passes"][-2:] == [10, 4]


def test_a_batch_computed_in_parts_trains_as_the_whole_batch(task_file):
    """42 examples in batches of 12 and parts of 4: the last batch is one whole part and a half."""
    source = HEAD.replace("nn.Dropout(0.2), ", "") + FORMS["tensors"]
    task = task_file(source).load()
    config = {"lr": 0.05, "batch_size": 12, "grad_clip": 0.5}
    whole, parts = (
        make_trial(task, task.load_data(0), config | more, seed=0, epochs=2)
        for more in ({}, {"accumulate_steps": 3})
    )

    for expected, found in zip(losses(whole, 2), losses(parts, 2), strict=True):
        assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.slow
def test_a_compiled_model_trains_as_the_plain_one_and_keeps_its_names(trial_of):
    plain, compiled = (trial_of("a tuple of inputs", {"compile": flag}) for flag in (False, True))

    for expected, found in zip(losses(plain, 1), losses(compiled, 1), strict=True):
        assert found == pytest.approx(expected, rel=1e-4)
    assert plain.model.state_dict().keys() == compiled.model.state_dict().keys()


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("return (lambda n: 3), (lambda n: 3)", "must return a DataLoader or batches, got int"),
        ("return [torch.zeros(3)] * 9", r"an example must be \(inputs, targets\), got Tensor"),
        ("return iter([]), iter([])", "got list_iterator"),
    ],
)
def test_batches_of_no_use_are_refused(task_file, form, message):
    task = task_file(HEAD + f"def collate(e): return e[0]\ndef data():\n    {form}\n").load()

    with pytest.raises(ValueError, match=message):
        make_trial(task, task.load_data(0), {"batch_size": 2}, seed=0, epochs=1).run_epoch()


def test_a_batch_that_does_not_fit_names_its_size(task_file):
    source = (
        HEAD
        + FORMS["tensors"]
        + """
class Hungry(nn.Linear):
    def forward(self, inputs):
        if len(inputs) > 16:
            torch.empty(2**58, dtype=torch.uint8)
        return super().forward(inputs)
def model(config):
    return Hungry(3, 1)
"""
    )
    task = task_file(source).load()

    with pytest.raises(RuntimeError, match=r"^out of memory at batch size 32$"):
        make_trial(task, task.load_data(0), {"batch_size": 32}, seed=0, epochs=1).run_epoch()


def test_a_device_without_room_counts_too(task_file):
    source = (
        HEAD
        + FORMS["tensors"]
        + """
def loss(outputs, targets):
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
"""
    )
    task = task_file(source).load()

    with pytest.raises(RuntimeError, match=r"^out of memory at batch size 8$"):
        make_trial(task, task.load_data(0), {"batch_size": 8}, seed=0, epochs=1).run_epoch()
