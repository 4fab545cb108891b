"""What a task makes for each trial: of the right kind, made anew, and more than nothing."""

import pytest

from trainable.errors import explain
from trainable.preflight import preflight

HEAD = """
import copy
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
X, Y = torch.randn(90, 4), torch.arange(90) % 3
def data(): return TensorDataset(X, Y)
def model(config): return nn.Linear(4, 3)
def part(batch_size, drop_last=False):
    return DataLoader(TensorDataset(X, Y), batch_size, drop_last=drop_last)
net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 3))
"""
NORMED = "def model(config): return nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3))\n"
ADAM = "torch.optim.Adam(model.parameters(), lr=0.1)"
REFUSED = {
    "model = net": "model must be a function, model(config), got one that is made, Sequential: ",
    "def model(config): return net": "my_task.py line 12: model(config) returns layers of net, "
    "which is made once: each trial would go on with what the last one trained",
    "def model(config): return nn.Sequential(net, nn.ReLU())": "returns layers of net, which is",
    "def model(config): return nn.Linear(4, 3), None": "must return a torch.nn.Module, got tuple",
    "data = TensorDataset(X, Y)": "data must be a function, data(), got TensorDataset: rename it",
    "loss = nn.CrossEntropyLoss": "loss must be a function, loss(outputs, targets), got the class "
    "CrossEntropyLoss: call it in a function of that name",
    "def loss(o, t): return nn.functional.cross_entropy(o, t).item()": "must return a tensor of",
    "def loss(o, t): return nn.functional.cross_entropy(o.detach(), t)": "my_task.py line 12: Run",
    "optimizer = torch.optim.Adam": "optimizer(model, config), got the class Adam: call it in a fu",
    f"def optimizer(model, config): {ADAM}": "line 12: optimizer(model, config) must return a "
    "torch.optim.Optimizer, got NoneType: a schedule is for scheduler(optimizer, config)",
    f"def optimizer(model, config): return [{ADAM}], []": "torch.optim.Optimizer, got tuple: a sch",
    "def scheduler(optimizer, config): torch.optim.lr_scheduler.StepLR(optimizer, 1)": "my_task.py "
    "line 12: scheduler(optimizer, config) has to return the scheduler, or None",
    "def data(): return (lambda size: part(size, True)), part": "batch size 128 gives no batch of "
    "the training part, as drop_last leaves out an incomplete one: leave it out of the space, or",
    NORMED + "def data(): return part, part": "batch size 89 leaves 1 of 90 training examples for "
    "the last batch of an epoch, and the model cannot train on 1",
    "once = iter(part(8))\ndef data(): return (lambda size: once), part": "a function in data() "
    "returned the same batches twice, which can be read only once: make them within it",
}
TAKEN = [
    "",
    "def model(config): return copy.deepcopy(net)",
    "for p in net.parameters(): p.requires_grad = False\n"
    "def model(config): return nn.Sequential(net, nn.Linear(3, 3))",
    f"def optimizer(model, config): return {ADAM}",
    "def scheduler(optimizer, config): return None",
    "def data(): return part, part",
    "def batches(size):\n    yield from part(size)\ndef data(): return batches, batches",
]


@pytest.fixture
def look(task_file):
    """Loads a task and runs what comes before its first trial; None, or what is wrong with it."""

    def looked(source):
        try:
            file = task_file(HEAD + source + "\n")
            task = file.load()
            preflight(task, task.load_data(0), {}, epochs=2, batch_sizes=(16, 89, 128))
        except Exception as error:  # whatever a task raises is told so
            return explain(error, file.path) if "file" in locals() else str(error)
        return None

    return looked


@pytest.mark.parametrize("source", REFUSED)
def test_what_is_not_what_a_trial_needs_is_refused(look, source):
    error = look(source)

    assert REFUSED[source] in error
    assert "\n" not in error


@pytest.mark.parametrize("source", TAKEN)
def test_other_things_are_taken(look, source):
    assert look(source) is None
