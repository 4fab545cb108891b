import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces import Choice, Float, Function, Int

POINTS = [(i + 0.5) / 10_000 for i in range(10_000)]


class Caller:
    """What can be called, as a module of torch can."""

    def __call__(self):
        return None


def test_integers_reach_both_ends_equally_often():
    counts = Counter(map(Int(3, 7).from_unit, POINTS))

    assert counts == {3: 2000, 4: 2000, 5: 2000, 6: 2000, 7: 2000}


def test_integers_of_a_log_range_reach_both_ends_as_often_as_their_part_of_it():
    """As in Ray's lograndint: the share of k is log((k + 1) / k)."""
    counts = Counter(map(Int(1, 4, log=True).from_unit, POINTS))

    for value in (1, 2, 3, 4):
        share = math.log((value + 1) / value) / math.log(5)
        assert counts[value] / len(POINTS) == pytest.approx(share, abs=1e-3)


def test_a_log_range_gives_each_power_of_ten_its_equal_share():
    counts = Counter(math.floor(math.log10(v)) for v in map(Float(1e-4, 1, True).from_unit, POINTS))

    assert counts == {-4: 2500, -3: 2500, -2: 2500, -1: 2500}


def test_a_step_grid_reaches_all_its_values_equally_often():
    counts = Counter(map(Float(0, 0.4, step=0.1).from_unit, POINTS))

    assert counts == {0.0: 2000, 0.1: 2000, 0.2: 2000, 0.3: 2000, 0.4: 2000}


def test_a_step_grid_has_no_dust_in_its_values():
    assert Float(0, 0.6, step=0.1).grid(5) == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]


def test_a_step_grid_of_integers_holds_both_ends():
    assert {Int(8, 64, step=8).from_unit(u) for u in POINTS} == set(range(8, 65, 8))


@pytest.mark.parametrize(
    "dimension", [Float(-1e308, 1e308), Float(1e-300, 1e300, log=True), Int(-(2**53), 2**53)]
)
def test_the_widest_ranges_do_not_overflow(dimension):
    values = [dimension.from_unit(u) for u in (0.0, 0.25, 0.5, 0.75, 1.0)]

    assert values == sorted(values)
    assert [values[0], values[-1]] == pytest.approx([dimension.low, dimension.high], rel=1e-9)


@st.composite
def ranges(draw):
    log = draw(st.booleans())
    if draw(st.booleans()):
        low = draw(st.integers(1 if log else -1000, 1000))
        step = draw(st.integers(1, 9))
        return Int(low, low + step * draw(st.integers(1, 50)), log, step)

    low = draw(st.floats(1e-6 if log else -100, 100))
    return Float(low, low + draw(st.floats(0.1, 100)), log)


@given(ranges(), st.floats(0, 1))
def test_every_value_lies_in_its_range_and_is_one_that_it_takes(dimension, u):
    value = dimension.from_unit(u)

    assert dimension.low <= value <= dimension.high
    assert dimension.match(value) == value


def test_choices_own_equal_parts():
    choice = Choice(["sgd", 1, True, 2.5, [64, 32], {"kind": "cnn"}])

    assert [choice.from_unit((index + 0.5) / 6) for index in range(6)] == [
        "sgd",
        1,
        True,
        2.5,
        [64, 32],
        {"kind": "cnn"},
    ]


def test_a_grid_of_a_continuous_range_holds_both_ends_and_round_numbers():
    assert Float(1e-4, 1, log=True).grid(5) == [1e-4, 1e-3, 1e-2, 1e-1, 1.0]


def test_a_boolean_is_not_the_number_it_equals():
    assert Choice([0, 1, False, True]).num_values == 4
    with pytest.raises(ValueError, match="must be one of 0, 1, got True"):
        Choice([0, 1]).match(True)


def test_tuples_become_lists_as_they_would_in_the_record():
    assert Choice([(64, 32)]).choices == ([64, 32],)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Float(0.1, 0.01), "low must be below high, got low=0.1, high=0.01"),
        (lambda: Float(1, 1), "low must be below high, .* use a constant"),
        (lambda: Float(0, 1, log=True), "low must be above 0 with log, got low=0.0"),
        (lambda: Float(0, math.inf), "high must be a finite number, got inf"),
        (lambda: Float(math.nan, 1), "low must be a finite number, got nan"),
        (lambda: Float(0, 10**400), "high must be a finite number, got an integer of 1329 bits"),
        (lambda: Float(False, 1), "low must be a number, got False"),
        (lambda: Float("0", 1), "low must be a number, got '0'"),
        (lambda: Float(0, 1, log="yes"), "log must be true or false, got 'yes'"),
        (lambda: Float(0, 1, step=0), "step must be above 0, got step=0"),
        (lambda: Float(0, 1, step=0.3), r"step must lead .* got step=0.3: use high=0.9"),
        (lambda: Float(0, 1, step=3), "step must lead .* use a smaller step"),
        (lambda: Float(0, 1, step=1e-9), "at most 1000000 parts, got step=1e-09"),
        (lambda: Int(1, 8.0), "high must be an integer, got 8.0"),
        (lambda: Int(True, 8), "low must be an integer, got True"),
        (lambda: Int(8, 1), "low must be below high, got low=8, high=1"),
        (lambda: Int(0, 8, log=True), "low must be above 0 with log, got low=0"),
        (lambda: Int(1, 10**30), "high must lie within"),
        (lambda: Int(8, 64, step=9), "step must lead .* got step=9: use high=62"),
        (lambda: Int(8, 64, step=-8), "step must be at least 1, got step=-8"),
        (lambda: Int(8, 64, step=0.5), "step must be an integer, got 0.5"),
        (lambda: Choice([]), "choices must not be empty"),
        (lambda: Choice("abc"), "choices must be a list, got 'abc'"),
        (lambda: Choice([32, 64, 32.0]), "choices must differ, got 32.0 twice"),
        (lambda: Choice([[1], [1]]), r"choices must differ, got \[1\] twice"),
        (lambda: Choice([math.nan]), "choices must be a finite number, got nan"),
        (lambda: Choice([[None]]), "choices must be a string, .* got None"),
        (lambda: Choice([None, None]), "choices must differ, got None twice"),
        (lambda: Choice([None, "none"]), 'choices has None and "none", which are written alike'),
        (lambda: Choice([Choice]), r'the class Choice: write its name, "Choice", and look it up'),
        (lambda: Choice([len]), r'the function len: write its name, "len", .*{"len": len, ...}'),
        (lambda: Choice([Caller()]), r'an instance, Caller\(\): write its name, "Caller".*\(\)$'),
        (lambda: Choice([lambda x: x]), "got <function .*: write a list of values, a str"),
        (lambda: Choice([object()]), "got <object object .*: write a list of values"),
    ],
)
def test_a_wrong_dimension_is_refused_with_field_and_value(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("value", [0, 65, 12, 8.5, "8", True])
def test_a_value_outside_the_grid_is_not_placed_on_it(value):
    with pytest.raises(ValueError, match="must"):
        Int(8, 64, step=8).match(value)


def test_none_may_be_a_choice():
    choice = Choice([None, 1.0])

    assert [choice.match(value) for value in (None, "none", 1)] == [None, None, 1.0]
    assert choice.from_unit(0.0) is None
    assert choice.describe() == "None, 1.0"
    with pytest.raises(ValueError, match=r"must be one of None, 1\.0, got 2"):
        choice.match(2)


def test_a_function_that_fails_is_named_with_its_line_and_what_it_sees():
    function = Function(lambda config: 0.1 * config["learning_rate"])

    with pytest.raises(
        ValueError,
        match=r"<lambda> \(test_dimensions.py, line \d+\) raised KeyError: 'learning_rate'; .* lr",
    ):
        function.value({"lr": 0.1})


def test_a_function_must_give_a_plain_value():
    with pytest.raises(ValueError, match=r"the result of .* must be a finite number, got inf"):
        Function(lambda config: math.inf).value({})
