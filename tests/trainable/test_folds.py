"""Folds: every example outside the test part is validated once, as the task's split says."""

import numpy as np
import pytest

from trainable.splits import Fold, split_indices

LABELS = np.arange(200) % 10
GROUPS = np.arange(200) // 8


def folds(of, **how):
    return [split_indices(200, seed=3, fold=Fold(index, of), **how) for index in range(of)]


@pytest.mark.parametrize("how", [{}, {"stratify": LABELS}, {"groups": GROUPS}])
def test_every_example_outside_the_test_part_is_validated_once(how):
    found = folds(5, **how)
    *_, test = split_indices(200, seed=3, **how)

    validated = np.concatenate([validation for _, validation, _ in found])
    assert sorted(validated) == sorted(set(range(200)) - set(test))
    for train, validation, held_out in found:
        assert sorted([*train, *validation, *held_out]) == list(range(200))
        assert sorted(held_out) == sorted(test)


def test_each_fold_has_the_shares_of_the_classes():
    for train, validation, _ in folds(5, stratify=LABELS):
        assert set(np.bincount(LABELS[validation])) <= {3, 4}
        assert list(train) != sorted(train)


def test_no_group_is_in_two_parts():
    for parts in folds(4, groups=GROUPS):
        names = [set(GROUPS[rows]) for rows in parts]
        assert not names[0] & names[1]
        assert not (names[0] | names[1]) & names[2]


def test_of_ordered_examples_only_earlier_ones_are_trained_on():
    found = folds(4, ordered=True)

    assert [len(train) for train, _, _ in found] == [34, 68, 102, 136]
    for train, validation, test in found:
        assert max(train) < min(validation) <= max(validation) < min(test)


@pytest.mark.parametrize(
    ("of", "how", "message"),
    [
        (30, {"stratify": LABELS}, r"must not exceed the smallest class \(1\d\), got 30"),
        (30, {"groups": GROUPS}, r"must not exceed the number of groups \(2\d\), got 30"),
        (300, {}, r"must not exceed the number of examples \(170\), got 300"),
        (300, {"ordered": True}, r"must not exceed the part of the examples in order"),
    ],
)
def test_more_folds_than_there_can_be_are_refused(of, how, message):
    with pytest.raises(ValueError, match=message):
        split_indices(200, seed=3, fold=Fold(0, of), **how)
