"""How probably each choice is the best one."""

import pytest

from results import load
from tests.results.conftest import Script

NORMS = ["none", "batch", "layer"]
CHOICES = f"""
[space.lr]
type = "choice"
choices = [0.001, 0.01, 0.1]
[space.norm]
type = "choice"
choices = {NORMS}
[space.batch_size]
type = "choice"
choices = [16, 64]
"""


@pytest.fixture(scope="module")
def of_choices(tmp_path_factory):
    """A search of choices alone: lr 0.01 is the best, norm makes 3 %, which is noise."""
    written = Script(tmp_path_factory.mktemp("choices") / "run", epochs=9, space=CHOICES)
    for place in range(36):
        rate, norm = place % 3, NORMS[place // 3 % 3]
        config = {"lr": [0.001, 0.01, 0.1][rate], "norm": norm, "batch_size": [16, 64][place % 2]}
        noise = 0.02 * (place * 0.618 % 1)
        loss = 0.1 + 0.1 * abs(rate - 1) + 0.003 * (norm == "none") + noise
        written.trial(f"s{place:05d}", config, [1.0, 0.5] + [loss] * 7, seed=place)
    return load(written.directory).recommendation()


def chances_of(found, name):
    chances = found.evidence["choice_probability"][name]
    return {entry["value"]: entry["probability"] for entry in chances}


def test_a_space_of_choices_alone_has_intervals_chances_and_importance(of_choices):
    assert of_choices.intervals["lr"] == {"low": 0.01, "high": 0.01}
    assert chances_of(of_choices, "lr")[0.01] > 0.95
    assert set(of_choices.batch_size_probability) == {16, 64}
    assert max(of_choices.evidence["importance"], key=of_choices.evidence["importance"].get) == "lr"


def test_chances_of_a_choice_add_up_to_one_and_are_open_where_it_makes_no_difference(of_choices):
    chances = chances_of(of_choices, "norm")

    assert list(chances) == NORMS
    assert sum(chances.values()) == pytest.approx(1)
    assert max(chances.values()) < 0.9


def test_the_batch_size_has_one_chance_alone(of_choices):
    assert of_choices.batch_size_probability
    assert "batch_size" not in of_choices.evidence["choice_probability"]


def test_best_values_at_each_batch_size_are_choices(of_choices):
    found = of_choices.evidence["best_by_batch_size"]

    assert set(found) == {"16", "64"}
    assert all(set(best.values()) <= {0.001, 0.01, 0.1} for best in found.values())
    assert of_choices.evidence["scaling_exponent"] is None


@pytest.mark.timeout(120)
@pytest.mark.parametrize("prefix", ["", "w"], ids=["numbers", "words"])
def test_an_answer_looks_at_a_hundred_of_ten_thousand_choices(tmp_path, prefix):
    values = [f"{prefix}{n}" if prefix else n for n in range(10_000)]
    space = f'[space.c]\ntype = "choice"\nchoices = {values}\n'
    written = Script(tmp_path / "run", epochs=9, space=space)
    for place in range(14):
        loss = 0.1 + 0.01 * abs(place - 6)
        written.trial(f"s{place:05d}", {"c": values[place * 701 + 3]}, [loss] * 9, seed=place)

    assert load(written.directory).recommendation().config == {"c": values[6 * 701 + 3]}


def test_words_among_many_numbers_are_no_numbers(tmp_path):
    values = [*range(150), "off"]
    space = f'[space.c]\ntype = "choice"\nchoices = {values}\n'
    written = Script(tmp_path / "run", epochs=9, space=space)
    for place in range(14):
        loss = 0.1 + 0.01 * abs(place - 5)
        written.trial(f"s{place:05d}", {"c": values[place * 10 + 1]}, [loss] * 9, seed=place)

    assert load(written.directory).recommendation().config == {"c": values[51]}
