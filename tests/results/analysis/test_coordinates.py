import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.analysis.coordinates import Axis, axes_of, coordinates
from search_spaces import Choice, Int, recorded_space

SPACE = {
    "lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True},
    "layers": {"type": "int", "low": 1, "high": 4},
    "batch_size": {"type": "choice", "choices": [64, 16, 256]},
    "optimizer": {"type": "choice", "choices": ["sgd", "adam", "adamw"]},
    "momentum": {"type": "float", "low": 0.0, "high": 0.99, "when": {"optimizer": "sgd"}},
    "width": {"type": "function", "name": "width"},
    "epochs": 3,
    "dropout": {"type": "choice", "choices": [0.1]},
    "constraints": ["layers * batch_size <= 512", "lr < 1"],
}


@pytest.fixture
def dimensions():
    return axes_of(recorded_space(SPACE))


def test_constants_functions_and_constraints_are_no_dimensions(dimensions):
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


@given(st.floats(0, 1))
def test_coordinate_of_a_value_is_where_it_came_from(place):
    lr = axes_of(recorded_space(SPACE))[0]

    assert lr.coordinates([lr.value(place)])[0, 0] == pytest.approx(place, abs=1e-9)
    assert np.isfinite(lr.value(place))


@given(st.floats(0, 1))
def test_values_along_a_stepped_range_are_on_its_grid(place):
    sizes = Axis("batch_size", Int(16, 256, step=16))

    assert sizes.value(place) % 16 == 0
    assert sizes.line(9) == [16, 48, 80, 112, 144, 160, 192, 224, 256]


def test_choices_of_numbers_and_booleans_are_told_apart():
    axis = Axis("clip", Choice([True, 1, "off"]))

    assert axis.coordinates([1, True, None]).tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
