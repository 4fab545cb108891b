"""Overfitting: how far the validation loss stands above the training loss."""

from __future__ import annotations

import math

import pandas as pd
import plotly.graph_objects as go

from results.plots.palette import (
    ACCENT,
    LINE,
    MARKS,
    blank,
    ceiling,
    numbers,
    points,
    scale,
    shown,
)
from results.run_data import RunData

FAR_GAP = 20.0
"""Times the median gap from which on pictures do not tell how large a gap is."""


def plot_gap(run: RunData, highlight: frozenset[str] = frozenset()) -> go.Figure:
    """Gap (validation minus training loss, both measured after the last epoch) against loss.

    Trials with a loss above `ceiling` are left out; gaps beyond `widest_gap` stand at the
    edge. `highlight` are trial ids to draw in the accent colour.
    """
    trials = run.trials.dropna(subset=["val_loss", "gap"])
    top = ceiling(trials["val_loss"])
    trials = trials[trials["val_loss"] <= top]
    limit = widest_gap(trials["gap"])
    trials = trials.assign(
        val_loss=shown(trials["val_loss"], top), gap=trials["gap"].clip(-limit, limit)
    )
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


def widest_gap(gaps: pd.Series) -> float:
    """The largest gap, up or down, that the picture tells apart."""
    median = float(gaps.abs().median())
    return FAR_GAP * median if median > 0 else math.inf
