"""Early stopping: who survived to which epoch, and whether early ranks were worth trusting."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from record.rungs import EPOCH
from results.analysis.early_stopping import USEFUL_CORRELATION
from results.plots.palette import ACCENT, BASIN, FAINT, INK, MUTED, blank, numbers
from results.run_data import RunData


def plot_survival(run: RunData) -> go.Figure:
    """How many trials of the search were still running at each epoch, the rungs marked."""
    search = run.trials[run.trials["stage"] == "search"]
    epochs = list(range(1, run.budget + 1))
    alive = [int((search["epochs"] >= epoch).sum()) for epoch in epochs]
    figure = blank(run.unit, "trials still running")
    figure.update_yaxes(rangemode="tozero")
    figure.add_trace(
        go.Scatter(
            x=epochs,
            y=alive,
            mode="lines",
            line={"color": INK, "width": 2, "shape": "vh"},
            fill="tozeroy",
            fillcolor=BASIN,
            name="trials",
            showlegend=False,
            hovertemplate=f"{run.unit} %{{x}}: %{{y}} trials<extra></extra>",
        )
    )
    if run.options.get("scheduler") == "asha":
        for rung in run.rungs[:-1]:
            figure.add_vline(x=rung, line={"color": FAINT, "width": 1, "dash": "dot"})
    return figure


def plot_rank_audit(
    correlations: Mapping[int, tuple[float, float]], unit: str = EPOCH
) -> go.Figure:
    """Rank correlation of the loss at each rung with the final loss, and its 95 % upper limit.

    `correlations` is what `results.analysis.early_stopping.rank_correlations` gives.
    """
    rungs = list(correlations)
    values = [correlations[rung][0] for rung in rungs]
    figure = blank(unit, "rank correlation with the end")
    figure.update_yaxes(range=[min(-0.05, *(value - 0.1 for value in values)), 1.05])
    figure.update_xaxes(tickvals=rungs)
    figure.add_hline(y=USEFUL_CORRELATION, line={"color": FAINT, "width": 1, "dash": "dot"})
    return figure.add_trace(
        go.Scatter(
            x=rungs,
            y=numbers(values),
            error_y={
                "array": numbers(correlations[rung][1] - correlations[rung][0] for rung in rungs),
                "arrayminus": [0.0] * len(rungs),
                "color": MUTED,
                "thickness": 1.5,
            },
            mode="lines+markers",
            line={"color": ACCENT, "width": 2},
            marker={"size": 9},
            showlegend=False,
            hovertemplate=f"{unit} %{{x}}: %{{y:.2f}}<extra></extra>",
        )
    )
