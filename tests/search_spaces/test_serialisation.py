import tomllib

import numpy as np
import pytest
import tomli_w

from search_spaces import Choice, Float, Function, Int
from search_spaces.serialisation import dimension_from, table_of


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"type": "float", "low": 0, "high": 1, "log": False}, Float(0, 1)),
        ({"type": "int", "low": 8, "high": 64, "step": 8}, Int(8, 64, step=8)),
        ({"type": "choice", "choices": ["a", "b"]}, Choice(["a", "b"])),
        ({"type": "choice", "choices": ["none", 1.0], "none": True}, Choice([None, 1.0])),
        ([None, 1.0], Choice([None, 1.0])),
        (None, Choice([None])),
        (range(8, 33, 8), Choice([8, 16, 24, 32])),
        (np.array([0.1, 0.2]), Choice([0.1, 0.2])),
        (np.float32(0.5), Choice([0.5])),
        ((1, 2, 3), Choice([1, 2, 3])),
        (("a", "b"), Choice(["a", "b"])),
        (0.9, Choice([0.9])),
        ("sgd", Choice(["sgd"])),
        ([16, 32], Choice([16, 32])),
        ([[0.9, 0.999]], Choice([[0.9, 0.999]])),
    ],
)
def test_tables_constants_and_lists_become_dimensions(written, expected):
    assert dimension_from("name", written, {}) == (expected, None)


def test_a_callable_is_kept_by_name_and_found_again_in_the_task():
    def tenth(config):
        return config["lr"] / 10

    dimension, _ = dimension_from("decay", tenth, {})
    table = table_of(dimension, None)

    assert table["type"] == "function"
    assert table["name"].startswith("tenth (test_serialisation.py, line ")
    assert dimension_from("decay", table, {"decay": tenth})[0] == Function(tenth)


def test_none_is_kept_where_there_is_no_word_for_it():
    choice = Choice([None, 1.0, "max"])

    written = tomllib.loads(tomli_w.dumps(table_of(choice, None)))

    assert dimension_from("clip", written, {})[0] == choice
    assert dimension_from("clip", table_of(Choice(["none"]), None), {})[0] == Choice(["none"])


def test_a_function_with_a_condition_is_found_again_in_its_table():
    table = {"type": "function", "function": abs, "when": {"optimizer": "sgd"}}
    dimension, condition = dimension_from("decay", table, {})

    assert dimension_from("decay", table_of(dimension, condition), {"decay": table}) == (
        dimension,
        condition,
    )


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"type": "flaot", "low": 0, "high": 1}, "unknown type 'flaot': did you mean float?"),
        ({"type": ["float"]}, "unknown type"),
        ({"low": 0, "high": 1}, "type is missing"),
        ({"typ": "float"}, "type is missing, got the keys .'typ'.: give type float"),
        ({"type": "float", "low": 0, "hihg": 1}, 'unknown key "hihg": did you mean high?'),
        ({"type": "float", "low": 0}, "high is missing: type float needs low and high"),
        ({"type": "choice"}, "choices is missing"),
        (
            {"type": "choice", "choices": [1], "log": True},
            'unknown key "log".* choices, none, when',
        ),
        ({"type": "choice", "choices": [1], "none": "yes"}, "none must be true or false, got"),
        (
            (1e-4, 0.1),
            r'tuple of two numbers, .* write \[0.0001, 0.1\] for these two, {"type": "fl',
        ),
        ({0.1}, "got {0.1}: write a list of values, a string, or a range as in {"),
        (object(), "got <object .*: write a list of values, a string, or a range as in"),
        (dict, "choices must be .* the class dict: write its name"),
        ({"type": "function", "name": "tenth"}, "function 'tenth' is not at hand"),
        ([{"type": "float", "low": 0, "high": 1}], r"write \[name\], not \[\[name\]\]"),
        ({"type": "x" * 10_000}, "unknown type 'x{26} ... x{26}'"),
    ],
)
def test_a_wrong_table_is_refused_with_the_way_out(written, message):
    with pytest.raises(ValueError, match=message):
        dimension_from("name", written, {})
