"""Runs side by side."""

from results import load
from results.compare import compare


def test_runs_are_compared_by_their_honest_loss(searched, script, rng):
    other = script("other", epochs=9)
    other.trial("s00000", {"lr": 0.5}, [None], status="diverged")

    rows = compare([load(other.directory), load(searched.directory)])

    assert rows["run"].tolist() == ["run", "other"]
    assert rows["val_loss"].isna().tolist() == [False, True]
