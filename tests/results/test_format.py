import pytest

from results import load
from results.format import duration, percent, rungs, value_text
from results.text.overview import counts, title
from results.text.ranking_table import ranking_table


@pytest.fixture
def small_run(script):
    written = script(epochs=27)
    written.line("mark", name="search_started")
    written.trial("s00000", {"lr": 0.1, "batch_size": 32}, [1.0] * 27)
    written.trial("s00001", {"lr": 0.2, "batch_size": 64}, [2.0] * 3, status="stopped")
    written.trial("s00002", {"lr": 1.0, "batch_size": 64}, [2.0, None], status="diverged")
    return load(written.directory)


def test_title_and_counts_tell_the_run(small_run):
    ended = "1 finished  1 stopped early  1 diverged     32 of 81 epochs"

    assert title(small_run) == "digits, 3 configurations of lr-batch, ASHA 3-9-27, seed 0"
    assert counts(small_run).strip().startswith(ended)


def test_table_shows_at_most_the_rows_asked_for(small_run):
    text = "\n".join(ranking_table(small_run.ranking(), 1))

    assert "... and 2 more" in text
    assert text.splitlines()[1].endswith("finished  0.1  32")
    assert "0.2" not in text


def test_columns_are_aligned(small_run):
    head, *lines = ranking_table(small_run.ranking(), 9)

    assert {line.index(word) for line, word in zip(lines, ["32", "64", "64"], strict=True)} == {
        head.index("batch_size")
    }


def test_ranking_of_lr_and_batch_size_fits_80_columns(script):
    written = script(epochs=27)
    for place in range(5):
        losses = [1.0 / epoch for epoch in range(1, 27)] + [0.0649123]
        config = {"lr": 0.000473123, "batch_size": 256}
        seen = [loss + 0.000780812 for loss in losses]
        written.trial(f"s{place:05d}", config, losses, train_losses=seen)

    assert max(map(len, ranking_table(load(written.directory).ranking(), 9))) <= 80


def test_control_characters_in_a_choice_cannot_reach_the_terminal(script):
    written = script()
    written.trial("s00000", {"name": "\x1b[31mred\nline"}, [1.0])

    text = "\n".join(ranking_table(load(written.directory).ranking(), 9))

    assert "\x1b" not in text
    assert r"\x1b[31mred\nline" in text


def test_rungs_grow_by_the_reduction_factor_up_to_the_budget():
    assert rungs(3, 3, 27) == [3, 9, 27]
    assert rungs(1, 4, 30) == [1, 4, 16, 30]
    assert rungs(30, 3, 30) == [30]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0316, "0.0316"), (64, "64"), (64.0, "64"), (1234567, "1234567"), (True, "True")],
)
def test_values_are_shown_briefly(value, text):
    assert value_text(value) == text


def test_shares_are_whole_percents_with_halves_rounded_up():
    assert [percent(0.025), percent(0.926), percent(1.0)] == ["3 %", "93 %", "100 %"]


def test_durations_are_read_by_people():
    assert [duration(21.4), duration(200), duration(7500)] == ["21 s", "3 min 20 s", "2 h 5 min"]
