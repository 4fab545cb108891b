"""Where trials are compared."""

import pytest

from record.rungs import default_grace, rungs


def test_rungs_grow_by_the_reduction_factor_and_end_below_the_budget():
    assert rungs(3, 3, 27) == (3, 9)
    assert rungs(1, 4, 30) == (1, 4, 16)
    assert rungs(30, 3, 30) == ()


def test_a_factor_that_somebody_wrote_into_run_toml_ends_all_the_same():
    assert rungs(1, 1, 27) == ()


@pytest.mark.parametrize(("epochs", "grace"), [(1, 1), (7, 1), (27, 3), (80, 10)])
def test_a_trial_may_run_an_eighth_of_its_budget(epochs, grace):
    assert default_grace(epochs) == grace
