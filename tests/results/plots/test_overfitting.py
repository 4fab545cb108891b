"""The gap against the loss."""

from __future__ import annotations

from results import Run
from results.plots import (
    plot_gap,
)


def test_gap_highlights_the_chosen_trials(run: Run) -> None:
    trace = plot_gap(run, frozenset({"c00013"})).data[-1]

    assert (trace.name, len(trace.x)) == ("recommended", 1)
