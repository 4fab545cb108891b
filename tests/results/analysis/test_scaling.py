import numpy as np
import pytest

from results.analysis.posterior import fit_posterior
from results.analysis.scaling import (
    Interval,
    answer_by_batch_size,
    best_by_batch_size,
    clear_exponent,
    divergence_thresholds,
    scaling_exponent,
)
from search_spaces import Space
from tests.results.report_runs import confirmed, run_of

SIZES = [16, 32, 64, 128]
SPACE = Space.from_dict(
    {
        "lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True},
        "batch_size": {"type": "choice", "choices": SIZES},
    }
)


@pytest.fixture
def proportional(trials_of):
    """40 full-length trials; the best lr is 0.01 at 32 and grows with the batch size."""
    rng = np.random.default_rng(0)
    rows = []
    for place in range(40):
        size = SIZES[place % 4]
        lr = float(10 ** rng.uniform(-3.5, -0.5))
        off = np.log10(lr) - np.log10(0.01 * size / 32)
        loss = 0.1 * np.exp(0.6 * off**2 + rng.normal(0, 0.02))
        rows.append({"config/lr": lr, "config/batch_size": size, "val_loss": loss})
    return fit_posterior(run_of(trials_of(*rows), SPACE))


def test_scaling_rule_holds_the_true_exponent(proportional):
    rule = scaling_exponent(proportional)

    assert rule.low <= 1.0 <= rule.high
    assert rule.low > 0


def test_exponent_is_clear_where_its_interval_lies_above_zero(proportional):
    rule = scaling_exponent(proportional)

    assert clear_exponent(rule) is rule
    assert clear_exponent(Interval(0.2, -0.1, 0.5)) is None
    assert clear_exponent(None) is None


def test_best_lr_of_each_batch_size_lies_in_its_interval(proportional):
    for size, found in best_by_batch_size(proportional).items():
        assert found.low / 1.15 <= 0.01 * size / 32 <= found.high * 1.15


def test_divergence_threshold_is_the_lowest_rate_above_which_all_diverged(trials_of):
    trials = trials_of(
        {"config/lr": 0.1, "config/batch_size": 16},
        {"config/lr": 0.05, "config/batch_size": 16, "status": "diverged"},
        {"config/lr": 0.3, "config/batch_size": 16, "status": "diverged"},
        {"config/lr": 0.9, "config/batch_size": 16, "status": "diverged"},
        {"config/lr": 0.9, "config/batch_size": 32},
    )

    assert divergence_thresholds(trials) == {16: 0.3}


def test_interval_at_the_recommended_batch_size_is_that_of_the_answer(tmp_path):
    run = confirmed(tmp_path / "run")
    answer = run.recommendation()

    told = answer_by_batch_size(run.summary)[answer.config["batch_size"]]

    assert {"low": told.low, "high": told.high} == answer.intervals["lr"]
    assert told.low <= told.value <= told.high
