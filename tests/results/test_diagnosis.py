"""Curves with a known answer; the noisy ones are judged by how often the verdict is right."""

import numpy as np
import pytest

from results import load
from results.diagnosis import (
    TEXTS,
    Kind,
    Verdict,
    common,
    jitter,
    overfit_onset,
    verdict,
    verdicts_in,
)
from tests.results.conftest import Script

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
    found = verdict("finished", rising_after(15), FALLING)

    assert found.kind is Kind.OVERFITS
    assert 13 <= found.epoch <= 18


def test_rising_validation_under_rising_training_loss_is_no_overfitting():
    curve = rising_after(15)

    assert overfit_onset(curve, curve) is None


def test_without_a_training_loss_a_rise_is_called_no_more_than_that():
    found = verdict("finished", rising_after(15), np.full(27, np.nan))

    assert found.kind is Kind.RISES
    assert 13 <= found.epoch <= 18


def test_what_is_known_of_the_end_alone_is_no_curve():
    unknown = np.full(27, np.nan)

    assert verdict("finished", np.array([0.5]), np.array([0.5]), length=27).kind is Kind.NO_CURVE
    assert verdict("finished", unknown, unknown, length=27).kind is Kind.NO_CURVE


def test_a_verdict_names_epochs_by_their_number_where_a_curve_has_gaps(script):
    written = script(epochs=54)
    written.line("trial", trial_id="s00000", config={"lr": 0.1})
    for place, loss in enumerate(LEVEL, start=1):
        written.line("epoch", trial_id="s00000", epoch=2 * place, val_loss=loss, train_loss=loss)
    written.line("status", trial_id="s00000", status="finished")
    (found,) = verdicts_in(load(written.directory).trials)

    assert found.epoch == 2 * verdict("finished", LEVEL, LEVEL).epoch


def test_loss_that_falls_to_the_end_is_still_improving():
    assert verdict("finished", 2.0 / EPOCHS, 2.0 / EPOCHS).kind is Kind.IMPROVING


def test_loss_that_levelled_off_has_plateaued():
    found = verdict("finished", LEVEL, LEVEL)

    assert found.kind is Kind.PLATEAUED
    assert 5 <= found.epoch <= 12


def test_loss_level_from_the_first_epochs_on_took_too_long():
    curve = np.where(EPOCHS > 1, 0.5, 0.51)

    assert verdict("finished", curve, curve).kind is Kind.TOO_LONG


def test_training_loss_above_the_best_validation_loss_underfits():
    curve = LEVEL + 0.5

    assert verdict("finished", curve, curve, reference=0.1).kind is Kind.UNDERFITS
    assert verdict("finished", curve, curve, reference=0.6).kind is Kind.PLATEAUED


def test_loss_that_jumps_is_noisy():
    curve = noisy(np.full(27, 0.5), 0.3, seed=1)

    assert verdict("finished", curve, curve).kind is Kind.NOISY


def test_status_decides_where_there_is_no_curve():
    none = np.zeros(0)

    assert str(verdict("diverged", np.array([1.0, np.nan]), none)) == "diverged in epoch 2"
    assert str(verdict("failed", none, none)) == "failed"
    assert str(verdict("stopped", LEVEL[:3], LEVEL[:3])) == "too short to tell"


@pytest.mark.parametrize(
    ("curve", "train", "expected", "share"),
    [
        (rising_after(12), FALLING, Kind.OVERFITS, 0.95),
        (2.0 * EPOCHS**-0.7, 2.0 * EPOCHS**-0.7, Kind.IMPROVING, 0.95),
        (LEVEL, LEVEL, Kind.PLATEAUED, 0.80),
    ],
)
def test_verdict_is_right_under_two_percent_of_noise(curve, train, expected, share):
    right = [
        verdict("finished", noisy(curve, 0.02, seed), train).kind is expected for seed in range(200)
    ]

    assert np.mean(right) >= share


def test_level_curves_with_noise_are_rarely_called_overfitting():
    calls = [
        verdict("finished", noisy(LEVEL, 0.05, seed), FALLING).kind is Kind.OVERFITS
        for seed in range(200)
    ]

    assert np.mean(calls) <= 0.10


def test_negative_losses_have_verdicts_too():
    assert verdict("finished", FALLING - 5, FALLING - 5).kind is not Kind.NOISY


def test_jitter_is_the_noise_and_not_the_slope():
    measured = [jitter(FALLING + np.random.default_rng(s).normal(0, 0.01, 27)) for s in range(100)]

    assert 0.008 < np.mean(measured) < 0.016


def test_most_frequent_verdict_is_common_whatever_its_epoch():
    found = [Verdict(Kind.OVERFITS, 3), Verdict(Kind.OVERFITS, 5), Verdict(Kind.NOISY)]

    assert common(found) is Kind.OVERFITS
    assert common([]) is None


@pytest.mark.parametrize("kind", Kind)
def test_text_of_a_verdict_is_read_back_as_that_verdict(kind):
    found = Verdict(kind, 12 if kind in TEXTS else None)

    assert Verdict.parse(str(found)) == found


def test_text_that_is_no_verdict_is_refused():
    with pytest.raises(ValueError, match="'lovely' is no verdict"):
        Verdict.parse("lovely")


def test_adding_a_constant_to_a_number_without_a_size_changes_no_verdict(tmp_path):
    """A log-likelihood, or a score that was turned round."""
    found = []
    for place, constant in enumerate((-3.0, -300.0)):
        written = Script(tmp_path / str(place), epochs=24)
        falls = [2 + 0.5**epoch for epoch in range(1, 25)]
        shapes = {
            "level": falls,
            "improving": [3 - epoch / 24 for epoch in range(1, 25)],
            "rising": [2 + 0.5**epoch + 0.02 * max(0, epoch - 8) for epoch in range(1, 25)],
            "noisy": [2 + 0.3 * (-1) ** (epoch * epoch // 3) for epoch in range(1, 25)],
        }
        for name, shape in shapes.items():
            losses = [loss + constant for loss in shape]
            train = [loss + constant for loss in falls]
            written.trial(name, {"lr": 0.1}, losses, train_losses=train)
        run = load(written.directory)
        found.append([verdict.kind for verdict in verdicts_in(run.trials)])

    assert found[0] == found[1]
    assert found[0] == [Kind.PLATEAUED, Kind.IMPROVING, Kind.OVERFITS, Kind.NOISY]
