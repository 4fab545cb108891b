import pytest

from search_spaces import Choice, Float, Function, Int
from search_spaces.conditions import Condition


def test_a_condition_holds_for_any_of_its_values_and_needs_all_its_names():
    condition = Condition.from_table({"optimizer": ["sgd", "adam"], "layers": 2})

    assert condition.holds({"optimizer": "adam", "layers": 2})
    assert not condition.holds({"optimizer": "adam", "layers": 3})
    assert not condition.holds({"layers": 2})


def test_a_condition_takes_the_values_of_its_dimension():
    """1 and 1.0 are one value of a float grid; the record would tell them apart."""
    matched = Condition.from_table({"rate": 1}).matched({"rate": Float(0, 1, step=0.5)})

    assert repr(matched.accepted["rate"]) == "(1.0,)"


def test_a_condition_may_ask_for_none():
    condition = Condition.from_table({"clip": [None, 1.0]}).matched({"clip": Choice([None, 1.0])})

    assert condition.holds({"clip": None})
    assert not condition.holds({"clip": 0.1})
    assert condition.to_table() == {"clip": ["none", 1.0]}
    assert Condition.from_table(condition.to_table()).matched({"clip": Choice([None, 1.0])}) == (
        condition
    )


@pytest.mark.parametrize("table", [{}, "sgd", None, ["optimizer"]])
def test_a_condition_is_a_table(table):
    with pytest.raises(ValueError, match="when must be a table like"):
        Condition.from_table(table)


def test_a_condition_needs_a_value():
    with pytest.raises(ValueError, match='when needs at least one value of "optimizer"'):
        Condition.from_table({"optimizer": []})


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"optimiser": "sgd"}, '"optimiser", which is not a dimension before it: did you mean opt'),
        ({"optimizer": "sdg"}, "\"optimizer\" never has: must be one of sgd, adam, got 'sdg'"),
        ({"layers": 9}, '"layers" never has: must lie in integers 1 to 3, got 9'),
        ({"layers": True}, '"layers" never has: must be a number, got True'),
        ({"lr": 0.1}, 'needs a dimension with separate values, got "lr"'),
        ({"decay": 0.1}, 'needs a dimension with separate values, got "decay"'),
    ],
)
def test_a_condition_that_can_never_hold_is_refused(table, message):
    earlier = {
        "optimizer": Choice(["sgd", "adam"]),
        "layers": Int(1, 3),
        "lr": Float(0.1, 1),
        "decay": Function(lambda config: 0.1),
    }
    with pytest.raises(ValueError, match=message):
        Condition.from_table(table).matched(earlier)
