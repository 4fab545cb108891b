"""A flat line is lowest at an end, and that is no reason for a warning; dozens are run by hand."""

import pytest

from benchmarks.edges import KINDS, ends_of


@pytest.mark.parametrize("seed", range(3))
def test_a_hyperparameter_without_an_effect_is_not_said_to_be_best_beyond_its_end(seed):
    assert ends_of(KINDS["lr inside, nothing else matters"], 36, seed) == set()


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("lr beyond its end, noise of 20 %", "lr"),
        ("weight decay beyond its end", "weight_decay"),
        ("batch size matters", "batch_size"),
    ],
)
def test_one_that_is_best_beyond_its_end_is_said_to_be(kind, name):
    assert ends_of(KINDS[kind], 36, 0) == {name}
