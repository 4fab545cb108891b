"""Whole searches where the truth is known, a few of each: benchmarks.policies measures many."""

import numpy as np
import pytest

from benchmarks.own_search import Ours
from benchmarks.policies import POLICIES, about
from benchmarks.worlds import LandscapeWorld
from results.analysis.confirmation import fresh_losses
from results.ranking import ranking, row_config

NUM = 8


def searched(landscape, num):
    """Searches of a landscape as they are when they have ended, with what they recommend."""
    studies = [Ours(LandscapeWorld(landscape, seed), seed, samples=50) for seed in range(num)]
    return [(study, study.run()) for study in studies]


@pytest.fixture(scope="module")
def bowls():
    return searched("bowl", NUM)


@pytest.fixture(scope="module")
def studies(bowls):
    """Where there is an optimum, inside the space."""
    return [*bowls, *searched("cliff", 2)]


def test_the_answer_is_near_the_optimum_within_the_epochs_of_a_search(studies):
    excess = [s.world.worth(found.config) / s.world.best - 1 for s, found in studies]

    assert np.median(excess) < 0.03
    assert max(excess) < 0.1
    assert all(found.epochs <= 900 for _, found in studies)


def test_what_is_recommended_had_the_last_word_and_was_not_clearly_beaten(studies):
    for study, found in studies:
        raced = fresh_losses(study.data())
        leader = next(entry for entry in raced if entry.was_last)

        assert found.answer.config == leader.config
        assert len(leader.losses) >= 3
        assert leader.mean <= 1.1 * raced[0].mean


def test_every_value_lies_in_its_interval(studies):
    for _, found in studies:
        low, high = found.answer.intervals["lr"].values()
        assert low <= found.config["lr"] <= high


def test_intervals_hold_the_best_learning_rate(bowls):
    assert sum(about(study.world, found)["holds"] for study, found in bowls) >= NUM - 3


def test_recommended_configuration_beats_the_winner_of_the_search(bowls):
    recommended = [study.world.worth(found.config) / study.world.best for study, found in bowls]
    winners = [study.world.worth(winner(study)) / study.world.best for study, _ in bowls]

    assert np.mean(recommended) < np.mean(winners)


def winner(study):
    """The best-ranked configuration of the search."""
    trials = study.data().trials
    return row_config(ranking(trials[trials["stage"] == "search"]).iloc[0])


def test_an_optimum_inside_the_space_is_neither_denied_nor_looked_for_beyond_it(bowls):
    wrong = [found for _, found in bowls if {"no-difference", "edge"} & codes(found)]

    assert len(wrong) <= 2


def codes(found):
    return {warning.code for warning in found.answer.warnings}


def test_flat_landscape_is_answered_with_no_difference():
    flat = [codes(found) for _, found in searched("flat", NUM // 2)]

    assert sum("no-difference" in found for found in flat) >= NUM // 2 - 1


def test_optimum_beyond_the_range_is_answered_with_a_wider_range():
    beyond = [codes(found) for _, found in searched("edge", NUM // 2)]

    assert all("edge" in found for found in beyond)


@pytest.mark.parametrize("policy", ["tpe-sh", "sobol-sh"])
def test_a_peer_spends_the_epochs_that_it_is_given_and_hardly_more(policy):
    pytest.importorskip("optuna", reason="needs optuna, an extra")
    world = LandscapeWorld("bowl", 0)

    found = POLICIES[policy](world, 0, 500, 50)

    assert 450 <= found.epochs <= 500 + world.epochs
    assert world.space.holds(found.config)
