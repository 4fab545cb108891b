"""Curves with a known answer; the noisy ones are judged by how often the verdict is right."""

import numpy as np
import pytest

from results.diagnosis import common, jitter, kind, overfit_onset, verdict

EPOCHS = np.arange(1, 28)
FALLING = 0.1 + 2.0 * np.exp(-EPOCHS / 4)
LEVEL = 0.1 + 2.0 * np.exp(-EPOCHS / 1.5)


def noisy(curve, share, seed):
    return curve * np.exp(np.random.default_rng(seed).normal(0, share, len(curve)))


def rising_after(onset):
    """Falls until `onset`, then rises by 3 % of the lowest loss an epoch."""
    curve = 0.3 + 2.0 * np.exp(-EPOCHS / (onset / 5))
    return curve + 0.01 * np.maximum(0, EPOCHS - onset)


def test_rising_validation_under_falling_training_loss_overfits_from_the_turn():
    text = verdict("finished", rising_after(15), FALLING)

    assert kind(text) == "overfits"
    assert 13 <= int(text.split()[3]) <= 18


def test_rising_validation_under_rising_training_loss_is_no_overfitting():
    curve = rising_after(15)

    assert overfit_onset(curve, curve) is None


def test_loss_that_falls_to_the_end_is_still_improving():
    assert verdict("finished", 2.0 / EPOCHS, 2.0 / EPOCHS) == "still improving"


def test_loss_that_levelled_off_has_plateaued():
    text = verdict("finished", LEVEL, LEVEL)

    assert kind(text) == "plateaued"
    assert 5 <= int(text.split()[3]) <= 12


def test_loss_level_from_the_first_epochs_on_took_too_long():
    curve = np.where(EPOCHS > 1, 0.5, 0.51)

    assert kind(verdict("finished", curve, curve)) == "too long"


def test_training_loss_above_the_best_validation_loss_underfits():
    curve = LEVEL + 0.5

    assert verdict("finished", curve, curve, reference=0.1) == "underfits"
    assert kind(verdict("finished", curve, curve, reference=0.6)) == "plateaued"


def test_loss_that_jumps_is_noisy():
    curve = noisy(np.full(27, 0.5), 0.3, seed=1)

    assert verdict("finished", curve, curve) == "noisy"


def test_status_decides_where_there_is_no_curve():
    none = np.zeros(0)

    assert verdict("diverged", np.array([1.0, np.nan]), none) == "diverged in epoch 2"
    assert verdict("failed", none, none) == "failed"
    assert verdict("stopped", LEVEL[:3], LEVEL[:3]) == "too short to tell"


@pytest.mark.parametrize(
    ("curve", "train", "expected", "share"),
    [
        (rising_after(12), FALLING, "overfits", 0.95),
        (2.0 * EPOCHS**-0.7, 2.0 * EPOCHS**-0.7, "still improving", 0.95),
        (LEVEL, LEVEL, "plateaued", 0.80),
    ],
)
def test_verdict_is_right_under_two_percent_of_noise(curve, train, expected, share):
    right = [
        kind(verdict("finished", noisy(curve, 0.02, seed), train)) == expected
        for seed in range(200)
    ]

    assert np.mean(right) >= share


def test_level_curves_with_noise_are_rarely_called_overfitting():
    calls = [
        kind(verdict("finished", noisy(LEVEL, 0.05, seed), FALLING)) == "overfits"
        for seed in range(200)
    ]

    assert np.mean(calls) <= 0.10


def test_negative_losses_have_verdicts_too():
    assert verdict("finished", FALLING - 5, FALLING - 5) != "noisy"


def test_jitter_is_the_noise_and_not_the_slope():
    measured = [jitter(FALLING + np.random.default_rng(s).normal(0, 0.01, 27)) for s in range(100)]

    assert 0.008 < np.mean(measured) < 0.016


def test_most_frequent_verdict_is_common_whatever_its_epoch():
    found = ["overfits from epoch 3 on", "overfits from epoch 5 on", "noisy"]

    assert common(found) == "overfits"
    assert common([]) == ""
