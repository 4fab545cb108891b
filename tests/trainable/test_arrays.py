"""Arrays and tables are taken where it is plain what they are, or refused in a line."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from trainable.data import InMemory, prepare
from trainable.loop import default_loss

X = np.random.default_rng(0).normal(size=(60, 4))
FRAME = pd.DataFrame({"size": range(60), "price": X[:, 0], "is_new": [True, False] * 30})
LABELS = np.arange(60) % 3
TEXTS = np.array(["cat", "dog", "bird"])[LABELS]


def part_of(loaded):
    data = prepare(loaded, split_seed=0)
    assert isinstance(data.train, InMemory)
    return data.train


@pytest.mark.parametrize("inputs", [X, X.astype(np.float32), FRAME, torch.randn(60, 4)])
@pytest.mark.parametrize(
    "targets",
    [
        LABELS,
        LABELS.astype(np.int32),
        LABELS.astype(np.uint8),
        LABELS[:, None],
        LABELS > 1,
        TEXTS,
        TEXTS.astype(object),
        pd.Series(TEXTS),
        pd.Series(TEXTS, dtype="category"),
        pd.Series(LABELS),
    ],
)
def test_a_pair_of_arrays_is_inputs_and_classes(inputs, targets):
    part = part_of((inputs, targets))

    assert part.inputs.dtype == torch.float32
    assert part.targets.dtype == torch.int64
    assert part.targets.dim() == 1
    assert len(part) == 42


@pytest.mark.parametrize("targets", [X[:, 0], X[:, :1], pd.Series(X[:, 0]), FRAME[["price"]]])
def test_floating_targets_stay_numbers(targets):
    assert part_of((X, targets)).targets.dtype == torch.float32


def test_whole_inputs_stay_whole_as_an_embedding_wants_them():
    assert part_of((np.arange(120).reshape(60, 2), LABELS)).inputs.dtype == torch.int64


def test_a_pair_for_each_part_is_taken():
    data = prepare(((X, LABELS), (X[:9], LABELS[:9]), [X[:5], LABELS[:5]]), split_seed=0)

    assert data.num_examples() == (60, 9, 5)


@pytest.mark.parametrize("order", [(45, 15), (40, 12, 8)])
def test_what_train_test_split_returns_is_taken(order):
    ends = np.cumsum(order)[:-1]
    inputs, targets = np.split(X, ends), np.split(LABELS, ends)

    data = prepare((*inputs, *targets), split_seed=0)

    assert data.num_examples()[: len(order)] == order
    assert torch.equal(data.train.targets, torch.from_numpy(targets[0]))


def test_the_same_text_is_the_same_class_in_each_part():
    data = prepare(((X, TEXTS), (X[1:3], TEXTS[1:3])), split_seed=0)

    assert data.validation.targets.tolist() == [2, 0]
    assert data.train.targets[:3].tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    ("loaded", "words"),
    [
        (FRAME, "data() returned one DataFrame: return (inputs, targets), or a pair"),
        ((X, LABELS[:50]), "data() returned 60 inputs and 50 targets: return"),
        ((X, X, LABELS, LABELS), "data() returned 4 arrays of [60, 60, 60, 60] examples"),
        ((X, X, LABELS), "data() returned 3 arrays of [60, 60, 60] examples"),
        ((FRAME.assign(city="Rome"), LABELS), "column city of the inputs holds"),
        ((TEXTS[:, None], LABELS), "inputs hold <U4, not numbers: encode them"),
        ((X, np.array([1, "a"] * 30, dtype=object)), "targets hold numbers and texts, or neither"),
        ((X, np.array(["2026-01-01"] * 60, dtype="datetime64[D]")), "targets hold datetime64[D]"),
    ],
)
def test_what_is_not_plain_is_refused_in_a_line(loaded, words):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the words are compared below
        prepare(loaded, split_seed=0)

    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("kind", [torch.int32, torch.uint8, torch.int16, torch.bool])
@pytest.mark.parametrize("is_column", [False, True])
def test_classes_of_any_whole_type_have_the_same_loss(kind, is_column):
    outputs, classes = torch.randn(6, 2), torch.arange(6) % 2
    given = classes.to(kind).unsqueeze(1) if is_column else classes.to(kind)

    assert default_loss(outputs, given) == nn.functional.cross_entropy(outputs, classes)


@pytest.mark.parametrize(("outputs", "targets"), [((6, 1), (6,)), ((6,), (6, 1))])
def test_a_column_of_numbers_is_compared_number_by_number(outputs, targets):
    one, other = torch.randn(6), torch.randn(6)

    found = default_loss(one.reshape(outputs), other.reshape(targets))

    assert found == nn.functional.mse_loss(one, other)
