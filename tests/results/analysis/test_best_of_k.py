from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from results.analysis.best_of_k import expected_best, gain_of_doubling
from results.analysis.early_stopping import lost_early, rank_correlations


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


def ranked(early, final):
    ids = [f"s{place:05d}" for place in range(len(final))]
    epochs = pd.DataFrame({"trial_id": ids, "epoch": 3, "val_loss": early})
    return pd.DataFrame({"trial_id": ids, "val_loss": final}), epochs


def test_equal_ranks_correlate_fully_and_reversed_ones_not_at_all():
    losses = np.arange(10.0)

    (same, _), (reverse, upper) = (
        rank_correlations(*ranked(early, losses), [3])[3] for early in (losses, losses[::-1])
    )

    assert same == pytest.approx(1)
    assert reverse == pytest.approx(-1)
    assert upper < 0


def test_few_trials_give_no_correlation():
    assert rank_correlations(*ranked([1.0, 2.0], [1.0, 2.0]), [3]) == {}


def test_best_trials_that_started_slowly_would_have_been_lost():
    final = np.arange(9.0)
    full, epochs = ranked(early=final[::-1], final=final)

    assert lost_early(full, full, epochs, rung=3, factor=3) == (3, 3)


def test_best_trials_that_led_early_would_have_been_kept():
    final = np.arange(9.0)
    full, epochs = ranked(early=final, final=final)

    assert lost_early(full, full, epochs, rung=3, factor=3) == (0, 3)
