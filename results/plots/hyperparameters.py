"""One hyperparameter against the loss, and which hyperparameters matter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from record.goal import MAX, Goal
from results.analysis.coordinates import MISSING, Axis, axes_of
from results.format import metric_text, name_text
from results.plots.palette import (
    ACCENT,
    ALARM,
    BASIN,
    Heights,
    blank,
    label,
    numbers,
    points,
    scale,
)
from results.ranking import having
from results.run_data import RunData

SPREAD = 0.36
"""Width over which the trials of one choice are spread, of the distance between choices."""

AT_END = 0.04
"""Share of a range that is shaded where the best value may lie beyond its end."""


def plot_dimension(
    run: RunData,
    name: str,
    recommended: Any = MISSING,
    interval: tuple[Any, Any] | None = None,
    ends: Sequence[str] = (),
) -> go.Figure:
    """Last metric of every trial against one hyperparameter.

    Diverged trials stand at the bad end, and so do values that are far off. `interval` is shaded;
    `ends` ("low", "high") are those ends of the range at which the best value may lie beyond.
    Raises ValueError for an unknown name.
    """
    found = [d for d in axes_of(run.space) if d.name == name]
    if not found:
        raise ValueError(f"the space has no hyperparameter that varies called {name!r}")

    dimension, trials = found[0], having(run.trials, name)
    trials = trials.assign(height=Heights(run.goal, trials["metric"]).shown)
    finite = trials["height"].dropna()
    figure = blank(label(name_text(name)), f"last {label(metric_text(run.goal))}")
    figure.update_yaxes(**scale(finite))
    figure.update_xaxes(**scale_of(dimension))
    for status in ("diverged", "stopped", "interrupted", "finished"):
        rows = trials[trials["status"] == status]
        if len(rows) and len(finite):
            heights = numbers(rows["height"].fillna(_beyond(finite, run.goal)))
            figure.add_trace(points(status, rows.index, places_of(dimension, rows), heights))
    _mark(figure, dimension, recommended, interval, ends)
    return figure


def _beyond(finite: pd.Series, goal: Goal) -> float:
    """Where diverged trials stand: somewhat worse than all others."""
    low, high = float(finite.min()), float(finite.max())
    if goal.mode == MAX:
        return low - 0.1 * ((high - low) or abs(low) or 1.0)
    return high * 1.3 if low >= 0 else high + 0.1 * (high - low)


def scale_of(dimension: Axis) -> dict[str, Any]:
    """Settings of an axis for its values: a log or linear scale, or a place per choice."""
    if dimension.is_range:
        return scale([dimension.low, dimension.high], dimension.log)
    places = list(range(len(dimension.choices)))
    return {
        "tickvals": places,
        "ticktext": [label(choice) for choice in dimension.choices],
        "range": [-0.6, len(places) - 0.4],
        "showgrid": False,
    }


def places_of(dimension: Axis, rows: pd.DataFrame) -> list[float | None]:
    """Where the trials stand on its axis; those of one choice beside each other."""
    values = rows[f"config/{dimension.name}"]
    if dimension.is_range:
        return numbers(values)
    turns = np.arange(len(values)) * 0.618 % 1 - 0.5
    return numbers(place_of(dimension, v) + SPREAD * t for v, t in zip(values, turns, strict=True))


def place_of(dimension: Axis, value: Any) -> float:
    """Where a choice stands; where a value of a range stands on its axis."""
    if dimension.is_range:
        return float(value)
    same = [type(c) is type(value) and c == value for c in dimension.choices]
    equal = [c == value for c in dimension.choices]
    return float(np.argmax(same if any(same) else equal))


def _mark(
    figure: go.Figure,
    dimension: Axis,
    recommended: Any,
    interval: tuple[Any, Any] | None,
    ends: Sequence[str],
) -> None:
    """The interval, the recommended value and the ends that the best may lie beyond."""
    if interval is not None and dimension.is_range:
        figure.add_vrect(*interval, fillcolor=BASIN, opacity=0.35, line_width=0, layer="below")
    if recommended is not MISSING:
        line = {"color": ACCENT, "width": 1.5}
        figure.add_vline(x=place_of(dimension, recommended), line=line)
    for end in ends:
        low, high = _end_strip(dimension, end)
        figure.add_vrect(low, high, fillcolor=ALARM, opacity=0.25, line_width=0, layer="below")


def _end_strip(dimension: Axis, end: str) -> tuple[float, float]:
    """The strip to shade at one end of the axis."""
    if not dimension.is_range:
        last = len(dimension.choices) - 1
        return (-0.6, -0.45) if end == "low" else (last + 0.45, last + 0.6)
    places = (0.0, AT_END) if end == "low" else (1 - AT_END, 1.0)
    low, high = (float(dimension.value(place)) for place in places)
    return low, high


def plot_importance(shares: dict[str, float]) -> go.Figure:
    """Bars of what `importance` gives, the most important hyperparameter on top."""
    names = sorted(shares, key=lambda name: shares[name])
    figure = blank("share of variation", "")
    figure.update_xaxes(range=[0, 1.12], tickformat=".0%")
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=[label(name_text(name)) for name in names],
        showgrid=False,
    )
    values = [shares[name] for name in names]
    return figure.add_trace(
        go.Bar(
            x=numbers(values),
            y=list(range(len(names))),
            orientation="h",
            width=0.5,
            marker={"color": ACCENT},
            text=[f"{100 * value:.0f} %" for value in values],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
