"""Whether early ranks could be trusted."""

import numpy as np
import pandas as pd
import pytest

from results.analysis.early_stopping import lost_early, rank_correlations


def ranked(early, final):
    ids = [f"s{place:05d}" for place in range(len(final))]
    epochs = pd.DataFrame({"trial_id": ids, "epoch": 3, "objective": early})
    return pd.DataFrame({"trial_id": ids, "objective": final}), epochs


def test_equal_ranks_correlate_fully_and_reversed_ones_not_at_all():
    losses = np.arange(10.0)

    (same, _), (reverse, upper) = (
        rank_correlations(*ranked(early, losses), [3])[3] for early in (losses, losses[::-1])
    )

    assert same == pytest.approx(1)
    assert reverse == pytest.approx(-1)
    assert upper < 0


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("equal", ["there", "at the end"])
def test_equal_losses_give_no_correlation(equal):
    losses, same = np.arange(10.0), np.ones(10)
    early, final = (same, losses) if equal == "there" else (losses, same)

    assert rank_correlations(*ranked(early, final), [3]) == {}


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
