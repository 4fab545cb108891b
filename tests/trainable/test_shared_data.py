"""Data that the workers of one node hold once."""

import multiprocessing

import pytest
import torch

from tests import PATIENCE
from trainable.shared_data import load_data

COUNTED = """
import pathlib
import torch
from torch.utils.data import StackDataset, TensorDataset
def data():
    with open({log!r}, "a") as file:
        file.write("loaded ")
    return {dataset}
def model(config): ...
"""
IN_MEMORY = "StackDataset(StackDataset(a=torch.rand(50, 2), b=torch.rand(50)), torch.rand(50))"


@pytest.fixture
def counted(task_file, tmp_path):
    """A task that notes each time its data is loaded, and the place of its notes."""

    def make(dataset):
        log = tmp_path / "log"
        return task_file(COUNTED.format(log=str(log), dataset=dataset)), log

    return make


def load(file, directory, seed=0):
    return load_data(file.load(), file, seed, str(directory))


def sum_of_inputs(file, directory, sums):
    sums.put(load(file, directory).train.inputs["a"].sum().item())


def test_of_workers_that_start_together_one_loads_and_all_see_the_same(counted, tmp_path):
    file, log = counted(IN_MEMORY)
    context = multiprocessing.get_context("fork")
    sums = context.Queue()
    workers = [
        context.Process(target=sum_of_inputs, args=(file, tmp_path / "shared", sums))
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    found = {sums.get(timeout=PATIENCE) for _ in workers}
    for worker in workers:
        worker.join()

    assert len(found) == 1
    assert log.read_text() == "loaded "


def test_what_one_worker_writes_to_its_data_no_other_sees(counted, tmp_path):
    file, _ = counted(IN_MEMORY)
    first, second = load(file, tmp_path), load(file, tmp_path)

    first.train.targets.fill_(5.0)

    assert second.train.targets.max() < 1


def test_shared_data_equals_private_data(tiny_file, tmp_path):
    private = load_data(tiny_file.load(), tiny_file, 0, None)
    shared = load(tiny_file, tmp_path)

    assert torch.equal(private.train.inputs, shared.train.inputs)
    assert torch.equal(private.train_sample.targets, shared.train_sample.targets)
    assert torch.equal(private.test.inputs, shared.test.inputs)


def test_another_split_is_another_file(tiny_file, tmp_path):
    first, second = (load(tiny_file, tmp_path, seed) for seed in (0, 1))

    assert not torch.equal(first.train.inputs, second.train.inputs)


def test_data_that_is_not_held_as_tensors_stays_private(counted, tmp_path):
    file, log = counted("[(torch.rand(3), torch.rand(1)) for _ in range(20)]")

    for _ in range(2):
        assert len(load(file, tmp_path).train) == 14

    assert log.read_text() == "loaded loaded "
