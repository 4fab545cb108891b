"""The calibration study in short: claims about frequencies, tested by their frequency."""

import numpy as np
import pytest

from benchmarks.calibration import run_studies

NUM = 8


@pytest.fixture(scope="module")
def bowls():
    return run_studies("bowl", NUM)


def test_intervals_hold_the_best_learning_rate(bowls):
    assert sum(outcome.holds for outcome in bowls) >= NUM - 3


def test_recommended_configuration_beats_the_winner_of_the_search(bowls):
    recommended = np.mean([outcome.excess for outcome in bowls])

    assert recommended < np.mean([outcome.winner_excess for outcome in bowls])


def test_bowl_is_neither_flat_nor_at_the_edge(bowls):
    wrong = [outcome for outcome in bowls if {"no-difference", "edge"} & outcome.codes]

    assert len(wrong) <= 2


def test_flat_landscape_is_answered_with_no_difference():
    flat = run_studies("flat", NUM // 2)

    assert sum("no-difference" in outcome.codes for outcome in flat) >= NUM // 2 - 1


def test_optimum_beyond_the_range_is_answered_with_a_wider_range():
    beyond = run_studies("edge", NUM // 2)

    assert all("edge" in outcome.codes for outcome in beyond)
