"""Whole searches where the truth is known, a few of each: benchmarks.policies measures many."""

import numpy as np
import pytest

from benchmarks.policies import POLICIES, Ours
from benchmarks.worlds import LandscapeWorld
from results.analysis.confirmation import fresh_losses


@pytest.fixture(scope="module")
def studies():
    """Searches of two landscapes as they are when they have ended, with what they recommend."""
    found = []
    for name in ("bowl", "cliff"):
        for seed in range(2):
            study = Ours(LandscapeWorld(name, seed), seed, samples=50)
            found.append((study, study.run()))
    return found


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


@pytest.mark.parametrize("policy", ["tpe-sh", "sobol-sh"])
def test_a_peer_spends_the_epochs_that_it_is_given_and_hardly_more(policy):
    pytest.importorskip("optuna", reason="needs optuna, an extra")
    world = LandscapeWorld("bowl", 0)

    found = POLICIES[policy](world, 0, 500, 50)

    assert 450 <= found.epochs <= 500 + world.epochs
    assert world.space.holds(found.config)
