import numpy as np
import pytest

from results.analysis.coordinates import axes_of
from results.analysis.early_stopping import unselected
from results.analysis.significance import association, final_association
from search_spaces import recorded_space

SPACE = {
    "lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True},
    "optimizer": {"type": "choice", "choices": ["sgd", "adam", "adamw"]},
}
DIMENSIONS = axes_of(recorded_space(SPACE))


def configs(rng, num=30):
    return [
        {"lr": float(10 ** rng.uniform(-4, 0)), "optimizer": str(rng.choice(["sgd", "adam"]))}
        for _ in range(num)
    ]


def test_pure_noise_is_called_a_difference_as_often_as_the_level_says():
    found = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        found.append(association(DIMENSIONS, configs(rng), rng.normal(size=30), seed))

    assert 0.05 <= np.mean(np.array(found) <= 0.10) <= 0.16


def test_bowl_in_the_learning_rate_is_a_difference():
    rng = np.random.default_rng(0)
    tried = configs(rng)
    losses = np.array([(np.log10(c["lr"]) + 2) ** 2 for c in tried]) + rng.normal(0, 0.5, 30)

    assert association(DIMENSIONS, tried, losses) <= 0.01


def test_choice_without_order_can_be_the_difference():
    rng = np.random.default_rng(0)
    tried = configs(rng)
    losses = np.array([c["optimizer"] == "sgd" for c in tried]) + rng.normal(0, 0.3, 30)

    assert association(DIMENSIONS, tried, losses) <= 0.01


@pytest.mark.parametrize("losses", [[1.0], [1.0] * 20])
def test_too_few_or_equal_losses_show_nothing(losses):
    tried = configs(np.random.default_rng(0), len(losses))

    assert association(DIMENSIONS, tried, np.array(losses)) == 1.0


def test_survivors_of_early_stopping_have_no_say(trials_of):
    trials = trials_of({}, {}, {"stage": "confirm"}, {"status": "stopped"})

    assert unselected(trials, frozenset({"s00000"}))["trial_id"].tolist() == [
        "s00000",
        "s00002",
    ]


def test_without_early_stopping_every_trial_that_ended_has_a_say(trials_of):
    trials = trials_of({}, {"status": "diverged"}, {"status": "failed"})

    assert len(unselected(trials, frozenset())) == 2


def test_divergence_at_large_learning_rates_is_a_difference(trials_of):
    rates = np.logspace(-4, 0, 20)
    trials = trials_of(
        *({"config/lr": lr, "val_loss": 1.0 + 0.01 * (n % 2)} for n, lr in enumerate(rates[:12])),
        *({"config/lr": lr, "status": "diverged", "val_loss": np.nan} for lr in rates[12:]),
    )

    assert final_association(trials, recorded_space({"lr": SPACE["lr"]})) <= 0.01
