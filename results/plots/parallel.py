"""All hyperparameters at once: each trial a line through its values to its metric."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from record.goal import MIN, Goal
from results.analysis.coordinates import Axis, axes_of
from results.format import metric_word, name_text, value_text
from results.plots.hyperparameters import place_of
from results.plots.palette import ACCENT, FAINT, LINE, Heights, blank, label, numbers
from results.ranking import is_absent
from results.run_data import RunData

BEST = 0.1
"""Share of the trials, by their last metric, that are drawn in colour."""

MOST_LINES = 500
"""Trials that are drawn, the best ones: more are one grey patch."""

ABSENT = -0.12
"""Where a line passes an axis on which its trial has no value."""


def plot_parallel(run: RunData) -> go.Figure:
    """A line per trial through every hyperparameter that varies, to its last metric.

    The best tenth in colour. Raises ValueError where no trial has a metric or nothing varies.
    """
    axes = axes_of(run.space)
    trials = run.trials.dropna(subset="objective").sort_values("objective", kind="stable")
    trials = trials.head(MOST_LINES)
    if not axes or trials.empty:
        raise ValueError(
            "plot_parallel needs trials with a metric, and a hyperparameter that varies"
        )
    places = np.column_stack(
        [*(_places(axis, trials) for axis in axes), _heights(trials, run.goal)]
    )
    figure = blank("", "")
    num_best = max(1, round(BEST * len(trials)))
    for name, colour, rows in (
        ("others", FAINT, slice(num_best, None)),
        ("best tenth", ACCENT, slice(0, num_best)),
    ):
        figure.add_trace(_lines(name, colour, list(trials.index[rows]), places[rows]))
    _label(figure, axes, trials, run.goal)
    return figure


def _places(axis: Axis, trials: pd.DataFrame) -> np.ndarray:
    """Where each trial passes the axis, from 0 at its bottom to 1."""
    column = f"config/{axis.name}"
    if column not in trials:
        return np.full(len(trials), ABSENT)
    values = trials[column]
    lacking = values.map(is_absent)
    if axis.is_range:
        found = axis.coordinates(list(values))[:, 0]
        return np.where(lacking, ABSENT, found)
    last = max(len(axis.choices) - 1, 1)
    found = np.array([place_of(axis, value) for value in values]) / last
    return np.where(lacking, ABSENT, found)


def _heights(trials: pd.DataFrame, goal: Goal) -> np.ndarray:
    """The metrics from 0 (the lowest) to 1; what is to be low, by its logarithm where positive."""
    values = Heights(goal, trials["metric"]).shown.to_numpy(dtype=float)
    heights = np.log(values) if goal.mode == MIN and values.min() > 0 else values
    return np.asarray((heights - heights.min()) / (np.ptp(heights) or 1.0))


def _lines(name: str, colour: str, rows: Sequence[Any], places: np.ndarray) -> go.Scatter:
    """One trace: the lines of its trials, apart from each other by a gap."""
    num = places.shape[1]
    gap = np.full((len(places), 1), np.nan)
    return go.Scatter(
        x=[*range(num), None] * len(places),
        y=numbers(np.hstack([places, gap]).ravel()),
        customdata=[row for row in rows for _ in range(num + 1)],
        name=name,
        mode="lines",
        line={"color": colour, "width": 1.5 if colour == ACCENT else 0.7},
        opacity=0.9 if colour == ACCENT else 0.5,
        hovertemplate="trial %{customdata}<extra></extra>",
    )


def _label(figure: go.Figure, axes: Sequence[Axis], trials: pd.DataFrame, goal: Goal) -> None:
    """The names of the axes below, the values at their ends beside them."""
    names = [
        *(label(name_text(axis.name)) for axis in axes),
        label(metric_word(goal)),
    ]
    figure.update_xaxes(
        tickvals=list(range(len(names))),
        ticktext=names,
        range=[-0.3, len(names) - 0.3],
        showgrid=True,
        gridcolor=LINE,
    )
    figure.update_yaxes(visible=False, range=[2 * ABSENT, 1.1])
    values = Heights(goal, trials["metric"]).shown
    marks = [
        (place, height, text) for place, axis in enumerate(axes) for height, text in _ends(axis)
    ]
    ends = ((0.0, values.min()), (1.0, values.max()))
    marks += [(len(axes), height, value_text(float(value))) for height, value in ends]
    for place, height, text in marks:
        figure.add_annotation(
            x=place, y=height, text=text, showarrow=False, xanchor="left", xshift=4
        )


def _ends(axis: Axis) -> list[tuple[float, str]]:
    """Heights on the axis with the values there: its ends, or every choice."""
    if axis.is_range:
        return [(0.0, label(axis.low)), (1.0, label(axis.high))]
    last = max(len(axis.choices) - 1, 1)
    return [(place / last, label(choice)) for place, choice in enumerate(axis.choices)]
