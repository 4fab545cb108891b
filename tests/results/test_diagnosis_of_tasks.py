"""Verdicts on curves of the tasks that ship, whose ends are known."""

import numpy as np
import pytest

from results.diagnosis import Kind, verdict
from trainable.catalogue import find_task
from trainable.single import train_single


def curves(name, lr, seed=1):
    """Validation and training loss of a full-length trial, both in eval mode."""
    task = find_task(name)
    metrics = train_single(
        task,
        {"lr": lr, "batch_size": 32},
        seed=seed,
        split_seed=0,
        epochs=task.epochs,
        num_epochs=task.epochs,
        num_threads=1,
    )
    return (
        np.array([found.val_loss for found in metrics]),
        np.array([found.train_eval_loss for found in metrics]),
    )


@pytest.mark.parametrize("lr", [0.03, 0.1])
def test_diabetes_overfits_after_a_few_epochs(lr):
    found = verdict("finished", *curves("diabetes", lr))

    assert found.kind is Kind.OVERFITS
    assert found.epoch <= 12


def test_charlm_has_a_gap_and_is_still_improving():
    val, train = curves("charlm", 0.5)

    assert verdict("finished", val, train).kind is Kind.IMPROVING
    assert val[-1] - train[-1] > 0.3


def test_digits_levels_off_at_a_good_learning_rate_and_improves_at_a_small_one():
    assert verdict("finished", *curves("digits", 0.1)).kind is Kind.PLATEAUED
    assert verdict("finished", *curves("digits", 0.001)).kind is Kind.IMPROVING
