"""What the best of k configurations is expected to reach."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from results.analysis.best_of_k import expected_best
from results.format import metric_text
from results.plots.palette import ACCENT, blank, ceiling, label, numbers, scale, shown
from results.run_data import RunData

MOST_COUNTS = 40
"""Counts k at which the curve is worked out."""


def plot_best_of_k(run: RunData) -> go.Figure:
    """Expected best last metric of k configurations of the search, for k from 1 to all."""
    search = run.trials[run.trials["stage"] == "search"]
    sign = run.goal.sign
    finite = search["objective"].dropna().astype(float)
    objectives = shown(finite, ceiling(finite)).tolist()
    counts = np.unique(np.geomspace(1, max(len(objectives), 1), MOST_COUNTS).round().astype(int))
    expected = [sign * expected_best(objectives, int(k)) for k in counts]
    figure = blank("configurations tried", f"expected best {label(metric_text(run.goal))}")
    figure.update_xaxes(**scale(counts, log=len(objectives) > 2), tickvals=_ticks(len(objectives)))
    figure.update_yaxes(**scale(expected))
    return figure.add_trace(
        go.Scatter(
            x=counts.tolist(),
            y=numbers(expected),
            mode="lines",
            line={"color": ACCENT, "width": 2.5},
            showlegend=False,
            hovertemplate="%{x} configurations: %{y:.4g}<extra></extra>",
        )
    )


def _ticks(most: int) -> list[int]:
    """1, 2, 5, 10, ... and the last count itself in place of what is too near to it."""
    steps = [digit * 10**power for power in range(6) for digit in (1, 2, 5)]
    return [*(step for step in steps if 1.4 * step < most), most]
