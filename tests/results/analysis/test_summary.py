"""What an answer rests on, worked out once per run."""

from results import load
from results.analysis.summary import summarise
from tests.results.analysis.searches import confirm, search


def test_no_summary_without_a_finite_loss(script):
    written = script()
    written.trial("s00000", {"lr": 0.5}, [None], status="diverged")

    assert summarise(load(written.directory)) is None


def test_fresh_seeds_are_the_trials_of_a_confirmed_summary(searched, rng):
    confirm(searched, rng, {"lr": 0.021, "batch_size": 64})

    found = summarise(load(searched.directory))

    assert found.confirmed
    assert found.trial_ids == ["c00000", "c00001", "c00002"]


def test_summary_is_sure_where_enough_trials_differ(searched, script, rng):
    few = script("few", epochs=9)
    search(few, rng, num=4)

    assert summarise(load(searched.directory)).is_sure
    assert not summarise(load(few.directory)).is_sure
