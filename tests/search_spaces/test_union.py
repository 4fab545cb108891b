"""What several searches could try, as one space."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces import Choice, Float, Int, Space
from search_spaces.union import union


def of(*spaces):
    return union({f"run{place}": Space.from_dict(written) for place, written in enumerate(spaces)})


def ranged(low, high, **more):
    return {"type": "float", "low": low, "high": high, **more}


def test_ranges_reach_from_the_lowest_end_to_the_highest():
    found = of({"lr": ranged(1e-3, 0.1, log=True)}, {"lr": ranged(1e-2, 1.0, log=True)})

    assert found.dimensions == {"lr": Float(1e-3, 1.0, log=True)}


def test_choices_are_those_of_all_each_once_numbers_in_rising_order():
    one = {"batch_size": [16, 32], "optimizer": ["sgd", "adam"]}
    found = of(one, {"batch_size": [32, 8], "optimizer": ["adam", "adamw"]})

    assert found.dimensions == {
        "batch_size": Choice((8, 16, 32)),
        "optimizer": Choice(("sgd", "adam", "adamw")),
    }


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 0, 1)])
def test_a_range_between_two_others_joins_them_in_any_order(order):
    spaces = [{"width": {"type": "int", "low": 8 * n, "high": 8 * n + 8}} for n in range(3)]

    assert of(*(spaces[place] for place in order)).dimensions == {"width": Int(0, 24)}


@pytest.mark.parametrize("values", [0.9, [0.5, 0.9]])
def test_what_one_run_has_as_constant_or_choices_may_lie_in_the_range_of_another(values):
    momentum = {"momentum": values}, {"momentum": ranged(0.0, 0.99)}

    assert of(*momentum).dimensions == of(*reversed(momentum)).dimensions
    assert of(*momentum).dimensions == {"momentum": Float(0.0, 0.99)}


def test_a_dimension_of_one_run_alone_is_taken_as_it_is():
    momentum = ranged(0.0, 0.9, when={"optimizer": "sgd"})
    found = of({"optimizer": ["sgd", "adam"], "momentum": momentum}, {"optimizer": "adam"})

    assert found.conditions.keys() == {"momentum"}
    assert found.holds({"optimizer": "adam"})


def test_constraints_stay_where_all_have_them():
    wide = {"a": ranged(0, 1), "b": ranged(0, 1), "constraints": ["a < b", "a < 0.9"]}
    found = of(wide, wide | {"constraints": ["a < 0.9"]})

    assert [constraint.expression for constraint in found.constraints] == ["a < 0.9"]


@pytest.mark.parametrize(
    ("one", "other", "problem"),
    [
        (ranged(0.1, 0.2), ranged(0.3, 0.4), "0.1 to 0.2 and run1 0.3 to 0.4, which do not over"),
        (ranged(0.1, 1), ranged(0.1, 1, log=True), "which are not of one kind"),
        (ranged(0, 8), {"type": "int", "low": 0, "high": 8}, "which are not of one kind"),
        (ranged(0, 8), [1, 9], "which are not of one kind"),
        (ranged(0, 8), ["none", "some"], "which do not overlap"),
        (ranged(0, 8, step=2), ranged(1, 9, step=2), "whose steps do not fall together"),
        ([16, 32], [64, 128], "run0 has 16, 32 and run1 64, 128, which share no value"),
        (0.9, ranged(0.0, 0.5), "which do not overlap"),
        (0.9, 0.8, "which share no value"),
    ],
)
def test_dimensions_that_make_no_box_are_named_with_what_differs(one, other, problem):
    with pytest.raises(ValueError, match=f"^x cannot be taken together: .*{problem}"):
        of({"x": one}, {"x": other})


def test_conditions_that_differ_are_refused():
    always = {"optimizer": ["sgd", "adam"], "momentum": ranged(0.0, 0.9)}
    at_times = always | {"momentum": ranged(0.0, 0.9, when={"optimizer": "sgd"})}

    with pytest.raises(ValueError, match="there always in run0 and when optimizer is sgd in run1"):
        of(always, at_times)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), min_size=2, max_size=4))
def test_the_union_holds_what_each_holds(ends):
    spaces = [Space({"n": Int(low, low + width)}) for low, width in ends]
    try:
        found = union({str(place): space for place, space in enumerate(spaces)})
    except ValueError:
        return

    assert all(found.holds({"n": value}) for s in spaces for value in s.dimensions["n"].grid(0))
