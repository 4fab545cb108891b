import json
import tomllib

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from search_spaces import Choice, Float, Int, Space

FLOAT = {"type": "float", "low": 0.1, "high": 1.0}
NESTED = {
    "optimizer": ["sgd", "adam", "lbfgs"],
    "momentum": {"type": "choice", "choices": [0.0, 0.9], "when": {"optimizer": "sgd"}},
    "nesterov": {"type": "choice", "choices": [True, False], "when": {"momentum": 0.9}},
    "layers": {"type": "int", "low": 1, "high": 3},
}

names = st.from_regex(r"p_[a-z]{1,6}", fullmatch=True)
scalars = st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9) | st.text(max_size=9)
choices = st.lists(scalars | st.lists(scalars, max_size=2), min_size=1, max_size=4, unique_by=repr)
floats = st.builds(
    lambda low, width, log: Float(low, low + width, log),
    st.floats(0.01, 9),
    st.floats(0.5, 9),
    st.booleans(),
)
ints = st.builds(
    lambda low, steps, step, log: Int(low, low + steps * step, log, step),
    st.integers(1, 99),
    st.integers(1, 9),
    st.integers(1, 9),
    st.booleans(),
)


def _choice(values):
    try:
        return Choice(values)
    except ValueError:
        return Choice(values[:1])


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(names, floats | ints | choices.map(_choice), min_size=1, max_size=5))
def test_a_space_survives_toml_and_json(dimensions):
    space = Space(dimensions)

    assert Space.from_dict(tomllib.loads(tomli_w.dumps(space.to_dict()))) == space
    assert Space.from_dict(json.loads(json.dumps(space.to_dict()))) == space


def test_conditions_and_constraints_survive_toml():
    space = Space.from_dict(NESTED | {"constraints": ["layers < 3"]})

    assert Space.from_dict(tomllib.loads(tomli_w.dumps(space.to_dict()))) == space


def test_a_dimension_is_present_only_while_its_condition_holds():
    space = Space.from_dict(NESTED)
    values = {"optimizer": "sgd", "momentum": 0.9, "nesterov": True, "layers": 2}

    assert space.configuration(values) == values
    assert space.configuration(values | {"momentum": 0.0}).keys() == {
        "optimizer",
        "momentum",
        "layers",
    }
    assert space.configuration(values | {"optimizer": "adam"}) == {"optimizer": "adam", "layers": 2}


def test_functions_see_the_values_before_them():
    space = Space.from_dict({"lr": FLOAT, "decay": lambda config: config["lr"] / 2, "seedling": 7})

    assert space.configuration({"lr": 0.5}) == {"lr": 0.5, "decay": 0.25, "seedling": 7}


def test_functions_cannot_change_the_configuration():
    space = Space.from_dict({"lr": FLOAT, "decay": lambda config: config.update(lr=1)})

    with pytest.raises(ValueError, match=r'space "decay": .* raised AttributeError'):
        space.configuration({"lr": 0.5})


def test_the_result_of_a_function_keeps_the_rules_of_its_name():
    space = Space.from_dict({"lr": FLOAT, "batch_size": lambda config: 8 * config["lr"]})

    with pytest.raises(ValueError, match=r'space "batch_size": the result of .* got 4.0'):
        space.configuration({"lr": 0.5})


def test_a_trial_that_changes_its_configuration_changes_no_other():
    space = Space.from_dict({"widths": [[[16, 16]]]})
    space.configuration({})["widths"].append(1)

    assert space.configuration({}) == {"widths": [[16, 16]]}


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({"layers": [1, 2, 3], "width": [16, 32]}, 6),
        ({"lr": FLOAT, "layers": [1, 2]}, None),
        ({"lr": 0.1, "decay": lambda config: 1.0}, 1),
        (NESTED, 3 * (2 + (1 + 2))),
        ({"many": {"type": "int", "low": 1, "high": 10**9}, "on": [True, False]}, 2 * 10**9),
    ],
)
def test_distinct_configurations_are_counted(mapping, expected):
    assert Space.from_dict(mapping).num_configurations == expected


def test_many_conditions_are_counted_without_trying_all_combinations():
    mapping = {}
    for index in range(60):
        mapping[f"on_{index}"] = [True, False]
        mapping[f"size_{index}"] = {
            "type": "choice",
            "choices": [1, 2],
            "when": {f"on_{index}": True},
        }

    assert Space.from_dict(mapping).num_configurations == 3**60


def test_the_description_says_what_is_searched_and_how_much_there_is():
    space = Space.from_dict(NESTED | {"constraints": ["layers < 3"]})

    assert space.describe() == [
        "optimizer  sgd, adam, lbfgs",
        "momentum   0.0, 0.9, when optimizer is sgd",
        "nesterov   True, False, when momentum is 0.9",
        "layers     integers 1 to 3",
        "only layers < 3",
        "at most 15 distinct configurations",
    ]


def test_the_description_of_a_range_says_log_and_steps():
    space = Space({"lr": Float(1e-4, 1, log=True), "width": Int(8, 64, step=8)})

    assert space.describe() == [
        "lr     0.0001 to 1, log",
        "width  integers 8 to 64 in steps of 8",
        "continuous: any number of distinct configurations",
    ]


def test_the_size_of_a_vast_space_is_rounded():
    space = Space({f"n{index}": Int(0, 2**53 - 1) for index in range(500)})

    assert space.describe()[-1] == "about 10**7977 distinct configurations"


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({}, r"space: must have at least one dimension, got none \(a.toml\)"),
        ({"lr": FLOAT | {"low": 2}}, r'space "lr": low must be below .* high=1.0 \(a.toml\)'),
        ({"lr": FLOAT | {"low": 0}}, "low must be a number above 0, got 0.0: start above 0"),
        ({"lr": ["fast"]}, "choices must be a number above 0, got 'fast'"),
        ({"batch_size": [32, 0]}, 'space "batch_size": choices must be an integer .* got 0'),
        ({"batch_size": [True]}, "must be an integer of at least 1, got True"),
        ({"batch_size": FLOAT}, "low must be an integer .* got 0.1: use choices or type int"),
        ({"batch_size": {"type": "int", "low": 0, "high": 8}}, "low must be .* got 0"),
        ({"weight-decay": 1}, 'space "weight-decay": a name must be of letters'),
        ({"größe": 1}, "a name must be of letters"),
        ({3: 1}, "space 3: a name must be of letters"),
        ({"l\x1br": 1}, r'space "l\\x1br": a name'),
        ({"n" * 10_000: 1}, 'space "n{26} ... n{26}": a name must have at most 64 characters'),
        ({"lambda": 1}, "must not be a word of Python"),
        ({"seed": [1, 2]}, 'space "seed": is set by the run: use --seed'),
        ({"epochs": 3}, "is set by the run: use --epochs"),
        ({"constraint": ["a < 1"]}, "did you mean constraints?"),
        ({"lr": FLOAT, "constraints": "lr < 1"}, 'space "constraints": must be a list of strings'),
        (
            {"hidden": [1, 2], "constraints": ["hiden < 2"]},
            'space constraint "hiden < 2": "hiden" is not a dimension: did you mean hidden?',
        ),
        ({"hidden": [1, 2], "constraints": ["hidden"]}, 'constraint "hidden": must be a comp'),
        (
            {"momentum": FLOAT | {"when": {"optimizer": "sgd"}}, "optimizer": ["sgd", "adam"]},
            'space "momentum": when names "optimizer", which is not a dimension before it',
        ),
    ],
)
def test_a_wrong_space_is_refused_in_one_line(mapping, message):
    with pytest.raises(ValueError, match=message) as error:
        Space.from_dict(mapping, "a.toml")

    assert len(str(error.value).splitlines()) == 1
    assert len(str(error.value)) < 500


def test_a_space_holds_what_its_dimensions_conditions_and_constraints_allow():
    space = Space.from_dict(NESTED | {"constraints": ["layers < 3"]})
    held = {"optimizer": "sgd", "momentum": 0.0, "layers": 2}

    assert space.holds(held)
    assert space.holds(held | {"of another space": 1})
    assert not space.holds(held | {"layers": 3})
    assert not space.holds(held | {"layers": 1.5})
    assert not space.holds(held | {"optimizer": "adam"})
    assert not space.holds({"optimizer": "sgd", "layers": 2})


def test_a_constraint_that_cannot_be_computed_holds_nothing():
    space = Space.from_dict({"layers": [0, 1], "constraints": ["1 / layers < 2"]})

    assert [space.holds({"layers": layers}) for layers in (0, 1)] == [False, True]


def test_values_are_moved_to_the_next_ones_that_can_be_taken():
    space = Space({"x": Float(0, 1, step=0.25), "n": Int(16, 256, step=16), "c": Choice([8, 32])})

    assert space.nearest({"x": 0.3, "n": 46, "c": 21}) == {"x": 0.25, "n": 48, "c": 32}
    assert space.nearest({"x": 7, "n": 1}) == {"x": 1.0, "n": 16}
