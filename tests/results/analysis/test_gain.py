import numpy as np
import pytest

from results.analysis.gain import gain_of_race


def simulated_gain(mean, sd, noise, num_seeds):
    """Of letting the sign of what seeds measure choose, over many differences."""
    rng = np.random.default_rng(0)
    differences = rng.normal(mean, sd, 1_000_000)
    measured = differences + rng.normal(0, noise * (2 / num_seeds) ** 0.5, len(differences))
    return -(differences * (measured < 0)).mean()


@pytest.mark.parametrize("mean", [0.0, 0.01, -0.03])
@pytest.mark.parametrize("noise", [0.005, 0.05])
def test_gain_of_a_race_is_what_choosing_by_seeds_gains_on_average(mean, noise):
    differences = np.random.default_rng(1).normal(mean, 0.02, 100_000)

    found = gain_of_race(differences, noise, num_seeds=2)

    assert found == pytest.approx(simulated_gain(mean, 0.02, noise, 2), abs=2e-4)


def test_seeds_noisier_than_what_is_unknown_are_not_worth_asking():
    differences = np.random.default_rng(1).normal(0.01, 0.005, 1000)

    assert gain_of_race(differences, noise=0.1, num_seeds=2) < 0


def test_a_race_between_equals_gains_nothing():
    assert gain_of_race(np.zeros(10), noise=0.0, num_seeds=2) == 0
