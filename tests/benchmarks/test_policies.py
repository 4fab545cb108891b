"""Whole searches where the truth is known, a few of each: benchmarks.policies measures many."""

import numpy as np
import pytest

from benchmarks.policies import POLICIES, Ours, about
from benchmarks.worlds import LandscapeWorld
from results.analysis.confirmation import fresh_losses


def searched(landscape, num):
    """Searches of a landscape as they are when they have ended, with what they recommend."""
    studies = [Ours(LandscapeWorld(landscape, seed), seed, samples=50) for seed in range(num)]
    return [(study, study.run()) for study in studies]


@pytest.fixture(scope="module")
def studies():
    """Where there is an optimum, inside the space."""
    return [*searched("bowl", 2), *searched("cliff", 2)]


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


def test_an_interval_holds_what_is_recommended_and_mostly_the_optimum(studies):
    for _, found in studies:
        low, high = found.answer.intervals["lr"].values()
        assert low <= found.config["lr"] <= high

    assert sum(about(study.world, found)["holds"] for study, found in studies) >= 3


def test_an_optimum_inside_the_space_is_neither_denied_nor_looked_for_beyond_it(studies):
    wrong = [found for _, found in studies if {"no-difference", "edge"} & codes(found)]

    assert len(wrong) <= 1


def codes(found):
    return {warning.code for warning in found.answer.warnings}


@pytest.mark.parametrize(("landscape", "code"), [("flat", "no-difference"), ("edge", "edge")])
def test_what_a_range_does_not_show_is_said(landscape, code):
    """That nothing makes a difference; that the optimum lies beyond."""
    assert all(code in codes(found) for _, found in searched(landscape, 2))


@pytest.mark.parametrize("policy", ["tpe-sh", "sobol-sh"])
def test_a_peer_spends_the_epochs_that_it_is_given_and_hardly_more(policy):
    pytest.importorskip("optuna", reason="needs optuna, an extra")
    world = LandscapeWorld("bowl", 0)

    found = POLICIES[policy](world, 0, 500, 50)

    assert 450 <= found.epochs <= 500 + world.epochs
    assert world.space.holds(found.config)
