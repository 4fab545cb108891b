import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.analysis.dimensions import complete, coordinates, read_dimensions

SPACE = {
    "lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True},
    "layers": {"type": "int", "low": 1, "high": 4},
    "batch_size": {"type": "choice", "choices": [64, 16, 256]},
    "optimizer": {"type": "choice", "choices": ["sgd", "adam", "adamw"]},
    "momentum": {"type": "float", "low": 0.0, "high": 0.99, "when": {"optimizer": "sgd"}},
    "width": {"type": "function", "name": "width"},
    "epochs": 3,
    "dropout": {"type": "choice", "choices": [0.1]},
}


@pytest.fixture
def dimensions():
    return read_dimensions(SPACE)


def test_constants_and_functions_are_no_dimensions(dimensions):
    names = [d.name for d in dimensions]

    assert names == ["lr", "layers", "batch_size", "optimizer", "momentum"]


def test_log_ranges_are_placed_by_their_logarithm(dimensions):
    assert dimensions[0].coordinates([1e-4, 1e-2, 1.0])[:, 0] == pytest.approx([0, 0.5, 1])


def test_numeric_choices_are_ordered_and_words_are_not(dimensions):
    assert dimensions[2].coordinates([16, 64, 256])[:, 0] == pytest.approx([0, 0.5, 1])
    assert dimensions[3].coordinates(["adam"]).tolist() == [[0, 1, 0]]


def test_absent_value_lies_in_the_middle(dimensions):
    points = coordinates(dimensions, [{"lr": 1.0, "layers": 1, "batch_size": 16}])

    assert points.shape == (1, 7)
    assert points[0, -1] == 0.5


def test_whole_numbers_stay_whole_along_a_line(dimensions):
    assert dimensions[1].line(81) == [1, 2, 3, 4]


def test_condition_takes_and_gives_a_dimension(dimensions):
    sgd = {"lr": 0.1, "layers": 1, "batch_size": 16, "optimizer": "sgd", "momentum": 0.9}

    assert "momentum" not in complete(dimensions, {"optimizer": "adam"}, sgd)
    adam = {name: value for name, value in sgd.items() if name != "momentum"}
    assert "momentum" in complete(dimensions, {"optimizer": "sgd"}, adam | {"optimizer": "adam"})


@given(st.floats(0, 1))
def test_coordinate_of_a_value_is_where_it_came_from(place):
    lr = read_dimensions(SPACE)[0]

    assert lr.coordinates([lr.value(place)])[0, 0] == pytest.approx(place, abs=1e-9)
    assert np.isfinite(lr.value(place))
