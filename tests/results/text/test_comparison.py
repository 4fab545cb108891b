"""The recommended configuration beside others."""

from dataclasses import replace

import numpy as np
import pytest

from results import load
from results.text.comparison import (
    best_chance,
    first_of,
    interval_text,
    known_text,
    why_another,
)
from tests.results.analysis.searches import search
from tests.results.conftest import Script


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A search of 40 full-length trials."""
    written = Script(tmp_path_factory.mktemp("searched") / "run", epochs=9)
    search(written, np.random.default_rng(0))
    return load(written.directory)


@pytest.fixture(scope="module")
def found(run):
    return run.recommendation()


def test_chance_of_the_recommended_size_stands_before_the_two_next_likely(found):
    chances = {16: 0.05, 32: 0.44, 64: 0.31, 128: 0.2}
    known = replace(found, config={"batch_size": 32}, batch_size_probability=chances)

    assert best_chance(known, "batch_size") == "44 % (64: 31 %, 128: 20 %)"


@pytest.mark.parametrize(
    ("plateau", "confirmed", "why"),
    [
        ([64, 32], True, "32 is as good within noise"),
        ([64], True, "of those with fresh seeds the best"),
        ([64], False, "of those tried the best"),
    ],
)
def test_where_another_size_is_more_probable_it_says_why(found, plateau, confirmed, why):
    known = replace(
        found,
        config={"batch_size": 64},
        batch_size_probability={32: 0.6, 64: 0.4},
        plateau={"batch_size": plateau},
        confirmed=confirmed,
    )

    assert best_chance(known, "batch_size") == "40 % (32: 60 %)"
    assert why_another(known, "batch_size") == why
    assert not why_another(known, "batch_size", listed=[32])


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.01, 0.1, "90 % in 0.01-0.1"),
        (1e-4, 1.0, "not narrowed down: 90 % in 0.0001-1"),
        (2e-4, 0.9, "not narrowed down: 90 % in 0.0002-0.9"),
    ],
)
def test_an_interval_as_wide_as_the_range_is_called_that(run, low, high, text):
    assert interval_text(run, "lr", {"low": low, "high": high}) == text


def test_a_size_without_others_stands_alone(found):
    alone = replace(found, config={"batch_size": 64}, batch_size_probability={64: 1.0})

    assert best_chance(alone, "batch_size") == "> 99 %"


def test_first_sizes_come_with_their_figures():
    losses = {16: 0.5, 32: 0.25, 64: 1.0}

    assert first_of(losses.items(), str) == "16: 0.5, 32: 0.25"


KNOWN = {
    "num": 1,
    "config": {"lr": 0.1, "batch_size": 32},
    "status": "finished",
    "metric": 0.081,
    "is_recommended": False,
    "better": 0.97,
}


@pytest.mark.parametrize(
    ("known", "text"),
    [
        (None, ""),
        ({}, "0.081 (lr 0.1, batch_size 32); this 0.066: better with 97 %"),
        (
            {"better": 0.46},
            "0.081 (lr 0.1, batch_size 32); this 0.066: as good within noise, better with 46 %",
        ),
        ({"better": None}, "0.081 (lr 0.1, batch_size 32); this 0.066"),
        ({"num": 3}, "0.081 (lr 0.1, batch_size 32, the best of 3); this 0.066: better with 97 %"),
        ({"is_recommended": True}, "lr 0.1, batch_size 32 is what to use"),
        ({"metric": None, "status": "diverged"}, "lr 0.1, batch_size 32 diverged"),
        ({"status": "failed"}, "lr 0.1, batch_size 32 failed"),
    ],
)
def test_what_the_user_knew_stands_beside_what_is_recommended(found, known, text):
    evidence = {"known": None if known is None else KNOWN | known}

    assert known_text(replace(found, metric=0.066, evidence=evidence)) == text
