"""The ranking as aligned lines."""

from results import load
from results.text.ranking_table import ranking_table


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
