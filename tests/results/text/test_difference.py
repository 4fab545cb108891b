"""The lines below a comparison of runs."""

import pandas as pd
import pytest

from results.text.difference import difference_lines


def row(**fields):
    known = {"better": "b", "worse": "a", "is_real": True, "is_share": True, "unknown": None}
    return known | {"difference": 0.03, "low": 0.01, "high": 0.05, "metric": "val_loss"} | fields


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({}, "b is better than a by 3 % (90 % in 1 to 5)"),
        ({"low": 0.0281, "high": 0.0321}, "b is better than a by 3.0 % (90 % in 2.8 to 3.2)"),
        (
            {"low": -0.01, "high": 0.02, "is_real": False},
            "b and a are as good within noise (b better by -1 to 2 %)",
        ),
        (
            {"metric": "auroc", "is_share": False},
            "b is better than a by 0.03 of auroc (90 % in 0.01 to 0.05)",
        ),
        ({"unknown": "recommend the same: lr 0.1"}, "b and a recommend the same: lr 0.1"),
    ],
)
def test_a_difference_is_said_with_as_many_digits_as_are_known(fields, line):
    assert difference_lines(pd.DataFrame([row(**fields)])) == [line]


def test_a_difference_without_noise_has_two_decimals():
    exact = row(low=0.03, high=0.03)

    assert difference_lines(pd.DataFrame([exact])) == [
        "b is better than a by 3.00 % (90 % in 3.00 to 3.00)"
    ]
