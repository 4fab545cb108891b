"""Tasks small enough to train in milliseconds."""

import pytest
import torch

from trainable.catalogue import find_task
from trainable.task import TaskFile

TINY = '''
"""A line through noise."""
import torch
from torch import nn
from torch.utils.data import TensorDataset

def data():
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(101, 3, generator=generator)
    targets = inputs.sum(1, keepdim=True) + 0.1 * torch.randn(101, 1, generator=generator)
    return TensorDataset(inputs, targets)

def model(config):
    return nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 1))
'''

COUNTER = '''
"""A loop of the user's own."""
import torch

def train(config, checkpoint=None):
    state = checkpoint or {"epoch": 0, "loss": 1.0}
    while True:
        noise = torch.rand(()).item()
        loss = state["loss"] * (1 - config["lr"]) + 0.01 * noise
        state = {"epoch": state["epoch"] + 1, "loss": loss}
        yield {"train_loss": loss, "val_loss": loss + 0.1, "checkpoint": state}
'''

LINEAR = """
import torch
from torch import nn
from torch.utils.data import TensorDataset
def data():
    return TensorDataset(torch.zeros(30, 3), torch.zeros(30, 1))
def model(config):
    return nn.Linear(3, 1)
"""

CONTRACT = "def data(): ...\ndef model(config): ...\n"


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture
def task_file(tmp_path):
    """Makes a task file of some source."""

    def make(source, name="my_task"):
        path = tmp_path / f"{name}.py"
        path.write_text(source)
        return TaskFile(name, path, source)

    return make


@pytest.fixture
def task_of(tmp_path):
    """A task of some source beside the functions that every task needs."""

    def make(source, name="my_task"):
        path = tmp_path / f"{name}.py"
        path.write_text(f"{source}\n{CONTRACT}")
        return find_task(str(path))

    return make


@pytest.fixture
def tiny_file(task_file):
    """A regression of 101 examples with dropout: 71 train, 15 validate, 15 test."""
    return task_file(TINY, "tiny")


@pytest.fixture
def tiny_task(tiny_file):
    return tiny_file.load()


@pytest.fixture
def tiny_data(tiny_task):
    return tiny_task.load_data(0)


@pytest.fixture
def counting_task(task_file):
    """A generator whose loss depends on its checkpoint and on torch's random state."""
    return task_file(COUNTER, "counter").load()


def curve(trial, num):
    return [trial.run_epoch() for _ in range(num)]


def losses(metrics):
    return [(m.epoch, m.train_loss, m.train_eval_loss, m.val_loss) for m in metrics]
