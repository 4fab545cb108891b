"""Which examples are trained on, and which are held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

TEST_SHARE = VALIDATION_SHARE = 0.15
"""Share of the examples in each held-out part, where the task does not split itself."""


@dataclass(frozen=True)
class Fold:
    """One of several splits of the same data, in each of which other examples are validated."""

    index: int
    of: int


def split_indices(
    num_examples: int,
    *,
    seed: int,
    fold: Fold | None = None,
    stratify: Any = None,
    groups: Any = None,
    ordered: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Indices of the training (70 %), validation and test part (15 % each).

    `stratify` (labels, shape [num_examples]) keeps the shares within each class: examples are
    sorted by class, shuffled within it, and held out at even steps (systematic sampling,
    Cochran, Sampling Techniques, ch. 8). `groups` keeps equal values in one part. `ordered`
    takes the last examples as test, those before as validation: the future stays unseen.

    In a `fold` the test part is the same, and the rest is divided anew: by scikit-learn's
    StratifiedKFold, GroupKFold, TimeSeriesSplit (training on all before) or KFold. Raises
    ValueError where there are more folds than examples of a class, or groups.
    """
    if fold is not None:
        train, validation, test = split_indices(
            num_examples, seed=seed, stratify=stratify, groups=groups, ordered=ordered
        )
        rest = np.sort(np.concatenate([train, validation]))
        train, validation = _folded(rest, fold, seed, stratify, groups, ordered)
        return train, validation, test
    if num_examples < 3:
        raise ValueError(f"data to split must hold at least 3 examples, got {num_examples}")
    generator = np.random.default_rng(seed)
    if ordered:
        return _cut(np.arange(num_examples))
    if groups is not None:
        return _split_groups(np.asarray(groups), generator)
    if stratify is None:
        return _cut(generator.permutation(num_examples))

    order = np.lexsort((generator.random(num_examples), np.asarray(stratify)))
    held_share = VALIDATION_SHARE + TEST_SHARE
    position = np.floor(np.arange(num_examples + 1) * held_share + generator.random())
    held = np.diff(position) > 0
    if held.sum() < 2:  # of a handful of examples one step may hold out none, or one
        return _cut(generator.permutation(num_examples))
    train, held_out = generator.permutation(order[~held]), order[held]
    return train, held_out[0::2], held_out[1::2]


def _folded(
    rest: np.ndarray, fold: Fold, seed: int, stratify: Any, groups: Any, ordered: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Training and validation rows of `rest` in one fold."""
    from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit

    labels = None if stratify is None else np.asarray(stratify)[rest]
    names = None if groups is None else np.asarray(groups)[rest]
    shuffled = {"shuffle": True, "random_state": seed}
    if ordered:
        _check_folds(fold, "part of the examples in order", len(rest) - 1)
        splitter = TimeSeriesSplit(fold.of)
    elif names is not None:
        _check_folds(fold, "number of groups", len(np.unique(names)))
        splitter = GroupKFold(fold.of, **shuffled)
    elif labels is not None:
        _check_folds(fold, "smallest class", int(np.unique(labels, return_counts=True)[1].min()))
        splitter = StratifiedKFold(fold.of, **shuffled)
    else:
        _check_folds(fold, "number of examples", len(rest))
        splitter = KFold(fold.of, **shuffled)
    parts = list(splitter.split(rest, labels, names))
    train, validation = parts[fold.index]
    # a sample of the training part is its first rows: they must be in a random order
    return np.random.default_rng(seed).permutation(rest[train]), rest[validation]


def _check_folds(fold: Fold, what: str, size: int) -> None:
    if fold.of > size:
        raise ValueError(f"--folds must not exceed the {what} ({size}), got {fold.of}")


def _cut(order: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    num_validation = max(1, round(len(order) * VALIDATION_SHARE))
    num_test = max(1, round(len(order) * TEST_SHARE))
    num_train = len(order) - num_validation - num_test
    return order[:num_train], order[num_train : num_train + num_validation], order[-num_test:]


def _split_groups(
    groups: np.ndarray, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    names, sizes = np.unique(groups, return_counts=True)
    if len(names) < 3:
        raise ValueError(f"groups must hold at least 3 different values, got {len(names)}")
    order = generator.permutation(len(names))
    before = np.cumsum(sizes[order]) - sizes[order]
    share = before / sizes.sum()
    part = np.digitize(share, [1 - VALIDATION_SHARE - TEST_SHARE, 1 - TEST_SHARE])
    part[-2:] = 1, 2
    chosen = [np.flatnonzero(np.isin(groups, names[order[part == index]])) for index in range(3)]
    return chosen[0], chosen[1], chosen[2]
