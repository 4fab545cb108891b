"""The basin: where in learning rate and batch size the final loss is low, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from results.analysis.coordinates import Axis
from results.analysis.observations import observe
from results.analysis.posterior import Posterior
from results.analysis.scaling import (
    Interval,
    answer_by_batch_size,
    best_by_batch_size,
    clear_exponent,
    divergence_thresholds,
    scaling_exponent,
)
from results.analysis.summary import Summary
from results.format import metric_text, name_text
from results.plots.map import plot_map
from results.plots.palette import (
    ACCENT,
    ALARM,
    BASIN,
    GAP,
    INK,
    Heights,
    blank,
    label,
    numbers,
    points,
    points_by_status,
    recommended_point,
    scale,
    surface,
)
from results.ranking import having
from results.run_data import RunData

WIDEST_INTERVAL = 0.6
"""Intervals that cover more of the range than this say nothing and are left out."""


def plot_basin(run: RunData, summary: Summary | None = None) -> go.Figure:
    """The main dimension (lr) against batch size, or against the loss where only one varies.

    Raises ValueError where the space has no numeric hyperparameter. The surface and all that
    follows from it are drawn only where `summary`, that of the run, is sure.
    """
    observations = observe(run, summary.config if summary else None)
    main, batch = observations.main, observations.batch
    if main is None:
        raise ValueError("plot_basin needs a numeric hyperparameter in the space, got none")
    if batch is None or batch == main:
        return _slice(run, main, summary)
    if main.is_range:
        return _map(run, main, batch, summary)
    return plot_map(run, summary, main.name, batch.name)


def _map(run: RunData, main: Axis, batch: Axis, summary: Summary | None) -> go.Figure:
    rows = _Rows(batch)
    figure = blank(label(name_text(main.name)), label(name_text(batch.name)))
    figure.update_xaxes(**scale([main.low, main.high], main.log), showgrid=False)
    figure.update_yaxes(tickvals=rows.ticks, ticktext=rows.labels, showgrid=False)
    posterior = summary.posterior if summary and summary.is_sure else None
    if posterior is not None:
        figure.add_trace(_strips(posterior, main, batch, rows))
    figure.add_traces(_trials(run, main, batch, rows))
    if summary is not None and posterior is not None:
        figure.add_traces(_plateau(summary, main, batch, rows))
        figure.add_traces(_best_per_size(summary, posterior, rows))
    figure.add_traces(_thresholds(run, main, rows))
    if summary and {main.name, batch.name} <= summary.config.keys():
        here = summary.config
        figure.add_trace(recommended_point(here[main.name], rows.place(here[batch.name])))
    return figure


class _Rows:
    """Where batch sizes stand on the vertical axis: choices evenly, a range to scale."""

    def __init__(self, batch: Axis) -> None:
        self.batch = batch
        values = batch.line(9)
        self.ticks = [self.place(value) for value in values]
        self.labels = [label(value) for value in values]
        self.aside = 0.28 * (self.ticks[1] - self.ticks[0])

    def place(self, size: Any) -> float:
        if self.batch.choices:
            return float(np.argmin([abs(choice - size) for choice in self.batch.choices]))
        return math.log2(size) if self.batch.log else float(size)


def _strips(posterior: Posterior, main: Axis, batch: Axis, rows: _Rows) -> go.Heatmap:
    """The expected loss as one strip of colour per batch size."""
    above = pd.DataFrame(
        {
            "size": [config[batch.name] for config in posterior.configs],
            "value": [config[main.name] for config in posterior.configs],
            "loss": posterior.mean - posterior.mean.min(),
        }
    ).pivot_table("loss", "size", "value")
    places = [rows.place(size) for size in above.index]
    return surface(numbers(above.columns), places, above.to_numpy(), ygap=GAP)


def _trials(run: RunData, main: Axis, batch: Axis, rows: _Rows) -> list[go.Scatter]:
    columns = [f"config/{main.name}", f"config/{batch.name}"]
    return points_by_status(
        having(run.trials, main.name, batch.name),
        lambda group: numbers(group[columns[0]]),
        lambda group: map(rows.place, group[columns[1]]),
    )


def _plateau(summary: Summary, main: Axis, batch: Axis, rows: _Rows) -> list[go.Scatter]:
    """A bar over the values as good as the recommended one, at its batch size."""
    if batch.name not in summary.config:
        return []
    place = rows.place(summary.config[batch.name])
    good = [
        summary.as_good(profile)
        for profile in summary.profiles
        if profile.dimension.name == main.name
    ]
    return [
        go.Scatter(
            x=numbers([values[0], values[-1]]),
            y=[place + rows.aside] * 2,
            mode="lines",
            line={"color": ACCENT, "width": 5},
            opacity=0.55,
            name="as good within noise",
            hoverinfo="skip",
        )
        for values in good
    ]


def _best_per_size(summary: Summary, posterior: Posterior, rows: _Rows) -> list[go.Scatter]:
    """The best value at each batch size with its 90 % interval, and the power law through them."""
    found = {
        size: best
        for size, best in answer_by_batch_size(summary).items()
        if _is_narrow(posterior, best)
    }
    places = [rows.place(size) for size in found]
    best = numbers(interval.value for interval in found.values())
    rule = clear_exponent(scaling_exponent(posterior))
    traces = [] if rule is None else [_rule(posterior, rows, rule.value)]
    return [
        *traces,
        go.Scatter(
            x=best,
            y=[place - rows.aside for place in places],
            error_x={
                "array": numbers(i.high - i.value for i in found.values()),
                "arrayminus": numbers(i.value - i.low for i in found.values()),
                "color": ACCENT,
                "thickness": 2,
                "width": 4,
            },
            mode="markers",
            marker={"symbol": "line-ns", "size": 9, "line": {"color": ACCENT, "width": 2}},
            name="best, with 90 % interval",
            hoverinfo="skip",
        ),
    ]


def _is_narrow(posterior: Posterior, best: Interval) -> bool:
    """Whether the interval of a best value leaves out a good part of the range."""
    assert posterior.observations.main is not None
    low, high = posterior.observations.main.coordinates([best.low, best.high])[:, 0]
    return bool(high - low <= WIDEST_INTERVAL)


def _rule(posterior: Posterior, rows: _Rows, exponent: float) -> go.Scatter:
    """The line lr ~ B^b through the best values."""
    found = best_by_batch_size(posterior)
    sizes = np.log(np.array(list(found), dtype=float))
    rates = np.log([interval.value for interval in found.values()])
    fitted = np.exp(rates.mean() + exponent * (sizes - sizes.mean()))
    return go.Scatter(
        x=numbers(fitted),
        y=[rows.place(size) for size in found],
        mode="lines",
        line={"color": ACCENT, "width": 1.5, "dash": "dot"},
        name=f"lr ~ B^{exponent:.2f}",
        hoverinfo="skip",
    )


def _thresholds(run: RunData, main: Axis, rows: _Rows) -> list[go.Scatter]:
    """A red bar where all higher learning rates diverged, per batch size."""
    found = {size: lr for size, lr in divergence_thresholds(run.trials).items() if size is not None}
    if main.name != "lr" or not found:
        return []
    return [
        go.Scatter(
            x=numbers(found.values()),
            y=[rows.place(size) for size in found],
            mode="markers",
            marker={"symbol": "line-ns", "size": 26, "line": {"color": ALARM, "width": 2}},
            name="diverges from here on",
            hoverinfo="skip",
        )
    ]


def _slice(run: RunData, main: Axis, summary: Summary | None) -> go.Figure:
    """Final metric along the main dimension, with the fitted curve and its 90 % band."""
    column = f"config/{main.name}"
    full = run.trials[run.trials["status"].eq("finished") & run.trials["metric"].notna()]
    full = having(full, main.name)
    figure = blank(label(name_text(main.name)), f"final {label(metric_text(run.goal))}")
    figure.update_xaxes(**scale([main.low, main.high], main.log))
    heights = Heights(run.goal, full["metric"]).shown
    figure.update_yaxes(**scale(heights))
    if summary and summary.posterior is not None and summary.is_sure:
        figure.add_traces(_band(summary.posterior, main, run.goal.sign))
    if len(full):
        figure.add_trace(points("finished", full.index, numbers(full[column]), numbers(heights)))
    if summary and main.name in summary.config:
        height = float(summary.trials["metric"].mean())
        figure.add_trace(recommended_point(summary.config[main.name], height))
    return figure


def _band(posterior: Posterior, main: Axis, sign: int) -> list[go.Scatter]:
    """The surface's 90 % band and its mean, `sign` times what is minimised; without noise."""
    x = numbers(config[main.name] for config in posterior.configs)
    drawn = sign * posterior.observations.loss(posterior.draws)
    low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
    mean = sign * posterior.observations.loss(posterior.mean)
    edges: Sequence[tuple[Any, str | None]] = ((low, None), (high, "tonexty"))
    band = [
        go.Scatter(
            x=x,
            y=numbers(edge),
            mode="lines",
            line={"width": 0, "color": BASIN},
            fill=fill,
            fillcolor=BASIN,
            opacity=0.5,
            showlegend=False,
            hoverinfo="skip",
        )
        for edge, fill in edges
    ]
    line = {"color": INK, "width": 1.5, "dash": "dot"}
    fitted = go.Scatter(x=x, y=numbers(mean), mode="lines", line=line, name="fitted, 90 % band")
    return [*band, fitted.update(hoverinfo="skip")]
