import numpy as np
import pytest

from search_spaces.values import plain


def test_numpy_values_become_python_values():
    value = plain({"widths": np.array([16, 32]), "rate": np.float32(0.5), "on": np.True_})

    assert value == {"widths": [16, 32], "rate": 0.5, "on": True}
    assert [type(value["rate"]), type(value["on"])] == [float, bool]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (2**63, "must fit in 64 bits, got 9223372036854775808"),
        ("\udcff", r"must be valid UTF-8, got '\\udcff'"),
        ({1: "a"}, "must have strings as keys, got 1"),
        (object(), "must be a string, number, boolean, list or table"),
    ],
)
def test_what_the_record_cannot_hold_is_refused(value, message):
    with pytest.raises(ValueError, match=message):
        plain(value)
