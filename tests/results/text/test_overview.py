"""The lines above the answer."""

from results.text.overview import counts, title


def test_title_and_counts_tell_the_run(small_run):
    ended = "1 finished  1 stopped early  1 diverged     32 of 81 epochs"

    assert title(small_run) == "digits, 3 configurations of lr-batch, ASHA 3-9-27, seed 0"
    assert counts(small_run).strip().startswith(ended)
