"""The recommended configuration beside those that were known beforehand."""

import numpy as np

from results import load
from results.text.answer import answer
from results.text.ranking_table import ranking_table
from tests.results.analysis.searches import confirm, curve_to, loss_at, search

BEST = {"lr": 0.02, "batch_size": 32}


def searched_with(script, *known, rng=None):
    """A search whose first trials are of known configurations, confirmed at its best."""
    rng = np.random.default_rng(3) if rng is None else rng
    written = script(epochs=9)
    for place, lr in enumerate(known):
        config = {"lr": lr, "batch_size": 32}
        curve = curve_to(loss_at(config, rng))
        written.trial(f"k{place:05d}", config, curve, enqueued=True, control=True)
    search(written, rng)
    confirm(written, rng, BEST)
    return load(written.directory)


def test_far_from_the_best_it_is_surely_worse(script):
    run = searched_with(script, 0.5)

    found = run.recommendation()
    known = found.evidence["known"]
    assert known["config"] == {"lr": 0.5, "batch_size": 32}
    assert not known["is_recommended"]
    assert known["metric"] > found.metric
    assert known["better"] > 0.99
    assert "    yours         " in answer(run, found)


def test_beside_the_best_there_is_little_to_tell(script):
    known = searched_with(script, 0.021).recommendation().evidence["known"]

    assert 0.2 < known["better"] < 0.9


def test_of_several_the_best_ranked_is_compared(script):
    known = searched_with(script, 0.5, 0.021, 0.001).recommendation().evidence["known"]

    assert (known["num"], known["config"]["lr"]) == (3, 0.021)


def test_what_is_recommended_may_be_one_of_them(script):
    run = searched_with(script, 0.5, 0.02)

    known = run.recommendation().evidence["known"]
    assert known["is_recommended"]
    assert known["better"] is None
    assert "lr 0.02, batch_size 32 is what to use, the best of 2" in answer(
        run, run.recommendation()
    )


def test_the_ranking_names_them(script):
    run = searched_with(script, 0.5)

    named = [line for line in ranking_table(run.ranking(), 50) if "finished, yours" in line]
    assert len(named) == 1
    assert "0.5" in named[0]


def test_a_search_without_any_says_nothing_of_them(searched):
    found = load(searched.directory).recommendation()

    assert found.evidence["known"] is None
