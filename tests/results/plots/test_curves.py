"""Learning curves."""

from __future__ import annotations

import pytest

from results import Run
from results.plots import (
    plot_curves,
)


def test_curves_hold_every_epoch_once_and_gaps_between_trials(run: Run) -> None:
    traces = [t for t in plot_curves(run).data if t.meta[1] == "validation"]
    drawn = [t for t in traces if t.meta[0] != "highlight"]

    rows = [row for trace in drawn for row in trace.customdata if row is not None]
    assert len(rows) == len(run.epochs)
    gaps = sum(row is None for trace in drawn for row in trace.customdata)
    assert gaps == run.epochs["trial_id"].nunique()


@pytest.mark.parametrize(("against", "last"), [("epochs", 9), ("steps", 90), ("seconds", 4.5)])
def test_curves_add_up_what_was_spent(run: Run, against: str, last: float) -> None:
    figure = plot_curves(run, against, ["c00013"])

    assert figure.data[-1].x[-2] == last
