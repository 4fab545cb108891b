"""Splits, and what a task's data may be."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset, StackDataset, TensorDataset, random_split

from trainable.batches import Batching
from trainable.data import InMemory, as_part, prepare
from trainable.splits import split_indices


@pytest.mark.parametrize(
    "how",
    [{}, {"stratify": np.arange(200) % 7}, {"groups": np.arange(200) // 4}, {"ordered": True}],
)
def test_parts_share_no_example_and_leave_none_out(how):
    parts = split_indices(200, seed=0, **how)

    assert sorted(np.concatenate(parts)) == list(range(200))
    assert [len(part) for part in parts] == pytest.approx([140, 30, 30], abs=6)


def test_stratified_parts_have_the_classes_in_their_shares():
    labels = np.repeat([0, 1, 2], [140, 50, 10])

    for part, size in zip(split_indices(200, seed=1, stratify=labels), (140, 30, 30), strict=True):
        counts = np.bincount(labels[part], minlength=3)
        assert counts == pytest.approx(np.array([0.7, 0.25, 0.05]) * size, abs=1.6)


def test_groups_stay_together():
    groups = np.random.default_rng(0).integers(0, 12, 300)

    seen = [set(groups[part]) for part in split_indices(300, seed=0, groups=groups)]

    assert sum(len(part) for part in seen) == len(set.union(*seen)) == 12


def test_ordered_data_is_not_shuffled_into_the_past():
    train, validation, test = split_indices(100, seed=0, ordered=True)

    assert train.max() < validation.min() <= validation.max() < test.min()


def test_the_split_depends_on_its_own_seed_alone():
    first, again, other = (split_indices(50, seed=seed)[1] for seed in (1, 1, 2))

    assert list(first) == list(again) != list(other)


def test_too_few_examples_to_split_are_refused():
    with pytest.raises(ValueError, match="at least 3 examples, got 2"):
        split_indices(2, seed=0)


def test_one_dataset_is_split_into_three_parts():
    data = prepare(TensorDataset(torch.zeros(100, 2), torch.arange(100) % 2), split_seed=0)

    assert [len(data.train), len(data.validation), len(data.test)] == [70, 15, 15]


def test_two_parts_leave_no_test_part():
    part = TensorDataset(torch.zeros(10, 2), torch.zeros(10))

    assert prepare((part, part), split_seed=0).test is None


def test_an_empty_part_is_refused():
    full, empty = (TensorDataset(torch.zeros(n, 2), torch.zeros(n)) for n in (5, 0))

    with pytest.raises(ValueError, match="the validation part of data\\(\\) is empty"):
        prepare((full, empty), split_seed=0)


def test_something_that_is_no_dataset_is_refused():
    with pytest.raises(ValueError, match=r"must return torch Datasets, or functions .* got int"):
        prepare(3, split_seed=0)


def test_a_part_of_a_tensor_dataset_is_held_as_tensors():
    whole = TensorDataset(torch.arange(10.0), torch.arange(10))

    part = as_part(random_split(whole, [7, 3])[1])

    assert isinstance(part, InMemory)
    assert len(part) == 3


def test_other_datasets_stay_as_they_are():
    class Squares(Dataset):
        def __len__(self):
            return 20

        def __getitem__(self, index):
            return torch.tensor([float(index)]), torch.tensor([float(index**2)])

    data = prepare(Squares(), split_seed=0)

    assert len(data.train) == 14
    assert data.validation[0][1] == data.validation[0][0] ** 2


def test_stacked_tensors_are_held_in_memory_in_the_form_of_their_examples():
    named = StackDataset(left=torch.zeros(20, 2), right=torch.zeros(20, 3))

    part = as_part(StackDataset(named, torch.arange(20)))

    assert part.inputs.keys() == {"left", "right"}
    assert len(part) == 20


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (TensorDataset(torch.zeros(9)), r"an example must be \(inputs, targets\), got 1 value"),
        (DataLoader([1]), "a DataLoader of one batch size: return a function of batch_size"),
        ({"train": 1}, "must return torch Datasets, or functions .* got dict"),
        (lambda batch_size: [], r"must return \(train, val\) where the data has no length"),
    ],
)
def test_data_of_no_use_is_refused_with_the_way_out(given, message):
    with pytest.raises(ValueError, match=message):
        prepare(given, split_seed=0)


def test_a_dataset_that_names_its_labels_is_split_by_class():
    class Images(Dataset):
        targets = [0] * 60 + [1] * 20

        def __len__(self):
            return 80

        def __getitem__(self, row):
            return torch.zeros(2), self.targets[row]

    validation = prepare(Images(), split_seed=0).validation

    assert sum(label for _, label in validation) == pytest.approx(3, abs=1)


def test_the_training_sample_of_split_data_takes_no_memory():
    data = prepare(TensorDataset(torch.rand(100, 2), torch.zeros(100)), split_seed=0)

    assert data.train_sample.inputs.data_ptr() == data.train.inputs.data_ptr()
    parts = (data.train, data.validation, data.test)
    assert sum(part.num_bytes() for part in parts) == 100 * 3 * 4


def test_large_data_is_split_without_being_copied():
    whole = torch.arange(400.0)[:, None] + torch.zeros(100_000)

    data = prepare(TensorDataset(whole, torch.arange(400)), split_seed=0)

    assert data.train.inputs.data_ptr() == data.test.inputs.data_ptr() == whole.data_ptr()
    parts = (data.train, data.validation, data.test)
    assert sum(part.num_bytes() for part in parts) == pytest.approx(whole.nbytes, rel=0.001)


@pytest.mark.parametrize("generator", [None, 7])
def test_batches_of_rows_equal_batches_of_their_copy(generator):
    whole = InMemory(torch.rand(20, 2), torch.arange(20))
    rows = torch.tensor([5, 3, 19, 0, 7])
    parts = InMemory(whole.inputs, whole.targets, rows), whole.take(rows)

    batches = [
        list(Batching(batch_size=2).evaluation(part))
        if generator is None
        else list(Batching(batch_size=2).training(part, torch.Generator().manual_seed(generator)))
        for part in parts
    ]

    assert len(batches[0]) == len(batches[1])
    for first, second in zip(*batches, strict=True):
        assert torch.equal(first[0], second[0])
        assert torch.equal(first[1], second[1])


def test_data_drawn_at_random_is_the_same_in_every_worker(task_file):
    source = """
import random, numpy, torch
from torch.utils.data import TensorDataset, random_split
def data():
    noise = torch.rand(60, 1) + numpy.random.rand() + random.random()
    return random_split(TensorDataset(noise, noise), [40, 20])
def model(config): ...
"""
    task = task_file(source).load()

    first, again, other = (task.load_data(seed).train.inputs for seed in (3, 3, 4))

    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("num", range(3, 12))
def test_a_handful_of_labelled_examples_has_some_in_each_part(num):
    for seed in range(20):
        parts = split_indices(num, seed=seed, stratify=np.arange(num) % 2)

        assert all(map(len, parts))
        assert sorted(np.concatenate(parts)) == list(range(num))
