"""How values are written."""

import pytest

from results.format import (
    STATUS_NAMES,
    duration,
    endings,
    loss_text,
    name_text,
    percent,
    range_text,
    value_text,
)
from results.ranking import GROUPS


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0316, "0.0316"),
        (64, "64"),
        (64.0, "64"),
        (1234567, "1234567"),
        (True, "True"),
        (0.99, "0.99"),
        (0.9995, "0.9995"),
    ],
)
def test_values_are_shown_briefly(value, text):
    assert value_text(value) == text


def test_shares_are_whole_percents_with_halves_rounded_up():
    assert [percent(0.025), percent(0.926), percent(0.99)] == ["3 %", "93 %", "99 %"]
    assert [percent(1.0), percent(0.991), percent(0.0)] == ["> 99 %", "> 99 %", "< 1 %"]


def test_durations_are_read_by_people():
    assert [duration(21.4), duration(200), duration(7500)] == ["21 s", "3 min 20 s", "2 h 5 min"]


def test_endings_name_each_status_that_occurs_in_one_order():
    assert endings({"stopped": 3, "failed": 0, "finished": 2}) == ["2 finished", "3 stopped early"]


def test_every_status_of_the_ranking_has_a_name():
    assert STATUS_NAMES.keys() == GROUPS.keys()


def test_losses_have_four_digits_and_a_dash_where_there_is_none():
    assert [loss_text(v) for v in (0.123456, float("nan"), None)] == ["0.1235", "-", "-"]


def test_names_and_ranges_are_written_as_people_read_them():
    assert name_text("batch_size") == "batch size"
    assert range_text({"low": 0.0123, "high": 64}) == "0.012-64"
    assert range_text({"low": 0.0123, "high": 64}, " and ") == "0.012 and 64"
