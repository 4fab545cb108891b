"""What more configurations would gain."""

from itertools import combinations

import numpy as np
import pytest

from results.analysis.best_of_k import expected_best, gain_of_doubling


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_expected_best_is_the_mean_over_all_samples_of_k(k):
    losses = [3.0, 1.0, 4.0, 1.5, 9.0]

    expected = np.mean([min(sample) for sample in combinations(losses, k)])

    assert expected_best(losses, k) == pytest.approx(expected)


def test_expected_best_of_more_than_there_are_is_unknown():
    assert np.isnan(expected_best([1.0], 2))


def test_expected_best_of_ten_thousand_takes_no_time():
    losses = list(np.random.default_rng(0).random(10_000))

    assert min(losses) < expected_best(losses, 5_000) < 3e-4


def test_gain_of_doubling_is_a_share_of_the_loss(trials_of):
    trials = trials_of(*({"val_loss": loss} for loss in (1.0, 2.0, 2.0, 2.0)))

    assert gain_of_doubling(trials) == pytest.approx(1 / 3)
