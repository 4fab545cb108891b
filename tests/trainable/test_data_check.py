"""What one batch does not show of the data is found before the first trial."""

import copy

import pytest
import torch
from torch import nn
from torch.utils.data import TensorDataset

from trainable.data import prepare
from trainable.preflight import preflight
from trainable.task import Task

NUM = 103


def inputs(num=NUM):
    return torch.randn(num, 4, generator=torch.Generator().manual_seed(0))


def classes(num=NUM, most=3):
    return torch.arange(num) % most


def look(parts, model=None, batch_sizes=(), **more):
    made = model or nn.Linear(4, 3)
    task = Task("own", data=lambda: parts, model=lambda config: copy.deepcopy(made), **more)
    data = prepare(task.data(), split_seed=0)
    return preflight(task, data, {"batch_size": 16}, epochs=3, batch_sizes=batch_sizes)


def three(train=None, validation=None, test=None):
    whole = (inputs(), classes())
    return tuple(TensorDataset(*(part or whole)) for part in (train, validation, test))


def with_value(value, row=70):
    changed = inputs()
    changed[row, 2] = value
    return changed, classes()


def test_sound_data_has_no_notes():
    assert look(three()).notes == ()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize(
    ("place", "name"), [("train", "training"), ("validation", "validation"), ("test", "test")]
)
def test_numbers_that_are_not_finite_are_named_with_their_place(value, place, name):
    with pytest.raises(ValueError, match=f"inputs of the {name} part are not finite in 1 of 103"):
        look(three(**{place: with_value(value)}))


def test_a_target_that_is_not_finite_is_found_too():
    targets = torch.zeros(NUM, 1)
    targets[5] = float("nan")

    with pytest.raises(ValueError, match=r"targets of the training part .* first in example 5"):
        look(three(*[(inputs(), targets)] * 3), nn.Linear(4, 1), loss=nn.functional.mse_loss)


def test_a_model_that_knows_missing_numbers_is_left_alone():
    class Filling(nn.Linear):
        def forward(self, x):
            return super().forward(torch.nan_to_num(x))

    assert look(three(train=with_value(float("nan"))), Filling(4, 3)).notes == ()


@pytest.mark.parametrize("place", ["train", "validation", "test"])
@pytest.mark.parametrize("target", [3, 255, -1])
def test_a_label_without_an_output_is_named(place, target):
    labels = classes()
    labels[99] = target

    with pytest.raises(ValueError, match=f"example 99 of the .* has the target {target}, for"):
        look(three(**{place: (inputs(), labels)}))


def test_a_class_that_no_training_example_has_is_a_note():
    only = classes(most=2)

    found = look(three(train=(inputs(), only))).notes

    assert found == (
        "no training example has the target 2, which the validation part has",
        "no training example has the target 2, which the test part has",
    )


@pytest.mark.parametrize(("num", "words"), [(1, "1 example:"), (29, "29 examples:"), (30, "")])
def test_a_validation_part_of_a_few_examples_is_a_note(num, words):
    found = look(three(validation=(inputs(num), classes(num)))).notes

    assert [words in note for note in found] == ([True] if words else [])


def test_counts_as_targets_of_a_regression_need_no_output_each():
    counts = torch.arange(NUM) * 100

    def loss(outputs, targets):
        return ((outputs[:, 0] - targets) ** 2).mean()

    assert look(three(*[(inputs(), counts)] * 3), nn.Linear(4, 1), loss=loss).notes == ()


NORMED = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 3))


@pytest.mark.parametrize("sizes", [(17, 16), (102,), (51, 64)])
def test_a_last_batch_of_one_example_is_refused_where_the_model_cannot_train_on_it(sizes):
    with pytest.raises(ValueError, match=r"leaves 1 of 103 training examples for the last batch"):
        look(three(), NORMED, sizes)


@pytest.mark.parametrize(
    ("model", "sizes"), [(NORMED, (16, 32, 50)), (nn.Linear(4, 3), (17, 51)), (NORMED, (103,))]
)
def test_last_batches_that_can_train_are_left_alone(model, sizes):
    assert look(three(), model, sizes).notes == ()


def test_batches_whose_rows_are_no_examples_are_left_alone():
    def collate(examples):
        inputs, targets = zip(*examples, strict=True)
        return torch.cat(inputs), torch.stack(targets)

    class Summed(nn.Linear):
        def forward(self, x):
            return super().forward(x.reshape(-1, 4))

    assert look(three(), Summed(4, 3), (17, 102), collate=collate).notes == ()


def test_batches_that_are_objects_of_their_own_are_left_alone():
    class Graphs:
        def __init__(self, x):
            self.x = x

    class Net(nn.Linear):
        def forward(self, graphs):
            return super().forward(graphs.x)

    def collate(examples):
        inputs, targets = zip(*examples, strict=True)
        return Graphs(torch.stack(inputs)), torch.stack(targets)

    assert look(three(), Net(4, 3), (17, 102), collate=collate).notes == ()


def test_an_unreadable_test_part_shows_before_the_first_trial():
    class Broken(torch.utils.data.Dataset):
        def __len__(self):
            return 10

        def __getitem__(self, place):
            raise FileNotFoundError("images/7.png")

    train, validation, _ = three()
    with pytest.raises(FileNotFoundError, match=r"images/7\.png"):
        look((train, validation, Broken()))
