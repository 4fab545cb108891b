"""Learning curves: the loss of every trial against epochs, steps or seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from results.format import STATUS_NAMES, metric_word
from results.plots.palette import ACCENT, MARKS, Heights, blank, label, numbers, scale, shown
from results.ranking import ranking
from results.run_data import RunData

MOST_CURVES = 1000
"""Trials whose curves are drawn: those that ran longest; a browser is slow beyond."""

Effort = Literal["epochs", "steps", "seconds"]

EFFORTS: dict[Effort, str] = {
    "epochs": "epochs",
    "steps": "optimizer steps",
    "seconds": "seconds of training and measuring",
}

VALIDATION, TRAINING = "validation", "training"
"""What a line shows: the metric on the validation part, or the training loss."""


def plot_curves(
    run: RunData, against: Effort = "epochs", highlight: Sequence[str] | None = None
) -> go.Figure:
    """Metric of every trial; where that is the validation loss, the training loss too, hidden.

    `highlight` are trial ids to draw in full colour; the best-ranked trial by default. Lines of
    one status are one trace, its trials apart by gaps; `customdata` is the row in `Run.trials`.
    """
    chosen = list(highlight) if highlight else [ranking(run.trials).iloc[0]["trial_id"]]
    curves = drawn_curves(run, chosen)
    heights = Heights(run.goal, run.goal.sign * curves["objective"])
    columns = {VALIDATION: heights.shown}
    if run.goal.is_loss:
        columns = {TRAINING: shown(curves["train_loss"], heights.limit)} | columns
    curves = curves.assign(**columns)
    figure = blank(
        efforts_of(run)[against],
        label(metric_word(run.goal)),
    )
    figure.update_yaxes(**scale(curves[VALIDATION]))
    for column in columns:
        for status in reversed(MARKS):
            rows = curves[curves["status"] == status]
            if len(rows):
                figure.add_trace(_lines(rows, status, column, against))
    for column in columns:
        figure.add_trace(_highlighted(curves[curves["trial_id"].isin(chosen)], column, against))
    return figure


def efforts_of(run: RunData) -> dict[Effort, str]:
    """What curves may be drawn against, as the axis calls it: evaluations, where those count."""
    return EFFORTS | {"epochs": f"{run.unit}s"}


def drawn_curves(run: RunData, chosen: Sequence[str] = ()) -> pd.DataFrame:
    """`Run.epochs` with `row` and `status` of the trial and what each epoch had cost by then.

    Columns `epochs`, `steps`, `seconds` are sums from the trial's beginning. At most
    MOST_CURVES trials, the `chosen` ones and those that ran longest.
    """
    epochs, trials = run.epochs, run.trials
    if len(trials) > MOST_CURVES:
        longest = trials.sort_values("epochs", ascending=False, kind="stable")["trial_id"]
        epochs = epochs[epochs["trial_id"].isin({*longest.head(MOST_CURVES), *chosen})]
    known = trials.set_index("trial_id")
    groups = epochs.groupby("trial_id", sort=False)
    return epochs.assign(
        row=epochs["trial_id"].map(pd.Series(np.arange(len(known)), index=known.index)),
        status=epochs["trial_id"].map(known["status"]),
        epochs=epochs["epoch"],
        steps=groups["steps"].cumsum(),
        seconds=groups["seconds"].cumsum(),
    )


def _lines(curves: pd.DataFrame, status: str, column: str, against: Effort) -> go.Scatter:
    """All curves of one status in one trace."""
    mark = MARKS[status]
    is_validation = column == VALIDATION
    return go.Scatter(
        **_gapped(curves, column, against),
        mode="lines",
        line={"color": mark.colour, "width": 1, "dash": "solid" if is_validation else "dot"},
        opacity=0.4 if status == "finished" else 0.55,
        name=STATUS_NAMES[status],
        meta=[status, column],
        visible=is_validation,
        showlegend=is_validation,
        hovertemplate="trial %{customdata}: %{y:.4g} at %{x}<extra></extra>",
    )


def _highlighted(curves: pd.DataFrame, column: str, against: Effort) -> go.Scatter:
    """The curves of the chosen trials on top of all others."""
    is_validation = column == VALIDATION
    return go.Scatter(
        **_gapped(curves, column, against),
        mode="lines",
        line={"color": ACCENT, "width": 2.5, "dash": "solid" if is_validation else "dot"},
        name=f"recommended, {column}",
        meta=["highlight", column],
        hoverinfo="skip",
    )


def _gapped(curves: pd.DataFrame, column: str, against: Effort) -> dict[str, list[Any]]:
    """x, y and row of each point, with an empty point after each trial."""
    ends = np.flatnonzero(np.diff(curves["row"].to_numpy(), append=-1)) + 1
    return {
        "x": _with_gaps(numbers(curves[against]), ends),
        "y": _with_gaps(numbers(curves[column]), ends),
        "customdata": _with_gaps(curves["row"].tolist(), ends),
    }


def _with_gaps(values: list[Any], ends: Any) -> list[Any]:
    """`values` with None after each of the places in `ends`."""
    parts = np.split(np.array(values, dtype=object), ends)
    return [value for part in parts if len(part) for value in [*part, None]]
