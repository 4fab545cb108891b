"""Learning-curve tables hold what the product's own loop trains."""

import numpy as np
import pytest

from benchmarks import curve_tables
from benchmarks.curve_tables import CurveTable, made_table
from trainable.catalogue import find_task
from trainable.single import train_single

CONFIGS = [{"lr": 0.05, "batch_size": 128}, {"lr": 1e30, "batch_size": 256}]


@pytest.fixture(scope="module")
def table():
    return made_table(find_task("breast_cancer"), CONFIGS, range(2))


def test_a_curve_is_that_of_a_trial_with_the_same_seed(table):
    task = find_task("breast_cancer")
    found = train_single(
        task, CONFIGS[0], seed=1, split_seed=0, epochs=task.epochs, num_epochs=3, num_threads=1
    )

    assert table.val_loss[0, 1, :3] == pytest.approx([epoch.val_loss for epoch in found])


def test_a_diverged_curve_ends_in_nan(table):
    assert np.isnan(table.val_loss[1, :, -1]).all()


def test_a_table_comes_back_as_it_was_saved(table, tmp_path, monkeypatch):
    monkeypatch.setattr(curve_tables, "TABLES", tmp_path)
    table.save("breast_cancer", "lr-batch")
    again = CurveTable.load("breast_cancer", "lr-batch")

    assert again.configs == table.configs
    assert np.array_equal(again.val_loss, table.val_loss, equal_nan=True)
