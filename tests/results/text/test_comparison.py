"""The recommended batch size beside the others."""

from dataclasses import replace

from results import load
from results.text.comparison import best_chance, first_of


def test_chance_of_the_recommended_size_stands_before_the_two_next_likely(searched):
    found = load(searched.directory).recommendation()
    chances = {16: 0.05, 32: 0.44, 64: 0.31, 128: 0.2}
    known = replace(found, config={"batch_size": 64}, batch_size_probability=chances)

    assert best_chance(known) == "31 % (32: 44 %, 128: 20 %)"


def test_a_size_without_others_stands_alone(searched):
    found = load(searched.directory).recommendation()
    alone = replace(found, config={"batch_size": 64}, batch_size_probability={64: 1.0})

    assert best_chance(alone) == "100 %"


def test_first_sizes_come_with_their_figures():
    losses = {16: 0.5, 32: 0.25, 64: 1.0}

    assert first_of(losses, losses, str) == "16: 0.5, 32: 0.25"
