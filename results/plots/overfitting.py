"""Overfitting: how far the validation loss stands above the training loss."""

from __future__ import annotations

import plotly.graph_objects as go

from results.plots.palette import ACCENT, LINE, MARKS, blank, numbers, points, scale
from results.store import Run


def plot_gap(run: Run, highlight: frozenset[str] = frozenset()) -> go.Figure:
    """Gap (validation minus training loss, both measured after the last epoch) against loss.

    `highlight` are trial ids to draw in the accent colour.
    """
    trials = run.trials.dropna(subset=["val_loss", "gap"])
    figure = blank("last validation loss", "gap")
    figure.update_xaxes(**scale(trials["val_loss"]))
    figure.add_hline(y=0, line={"color": LINE, "width": 2})
    for status in ("stopped", "interrupted", "finished"):
        rows = trials[trials["status"] == status]
        if len(rows):
            figure.add_trace(
                points(status, rows.index, numbers(rows["val_loss"]), numbers(rows["gap"]))
            )
    chosen = trials[trials["trial_id"].isin(highlight)]
    if len(chosen):
        trace = points(
            "finished", chosen.index, numbers(chosen["val_loss"]), numbers(chosen["gap"])
        )
        marker = {"color": ACCENT, "size": MARKS["finished"].size + 3, "line": {"color": ACCENT}}
        figure.add_trace(trace.update(name="recommended", opacity=1, marker=marker))
    return figure
