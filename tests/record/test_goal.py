"""What trials are compared by: a metric to be low, or one to be high."""

import pytest

from record.goal import Goal


def test_a_run_that_names_none_goes_by_the_validation_loss():
    assert Goal.of_options({}) == Goal("val_loss", "min")
    assert Goal.of_options({}).is_loss


def test_what_is_to_be_high_is_minimised_by_its_negative():
    goal = Goal.of_options({"metric": "auroc", "mode": "max"})

    assert goal.objective({"auroc": 0.9, "val_loss": 0.3}) == -0.9
    assert goal.sign * goal.objective({"auroc": 0.9}) == 0.9


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), "text"])
def test_what_is_no_finite_number_is_compared_by_nothing(value):
    assert Goal("f1", "max").objective({"f1": value}) is None
    assert Goal("f1", "max").objective({}) is None
