"""The basin: where in learning rate and batch size the final loss is low, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from results.analysis.dimensions import Dimension
from results.analysis.observations import gather
from results.analysis.posterior import Plane
from results.analysis.scaling import (
    Interval,
    best_by_size,
    divergence_thresholds,
    scaling_exponent,
    told_by_size,
)
from results.analysis.summary import Findings
from results.plots.palette import (
    ACCENT,
    ALARM,
    BASIN,
    INK,
    MARKS,
    PAPER,
    blank,
    ceiling,
    label,
    numbers,
    points,
    scale,
    shown,
    spoken,
)
from results.store import Run

WIDEST = 0.6
"""Intervals that cover more of the range than this say nothing and are left out."""

CLEAR_EXPONENT = 1.0
"""A power law is told where the 90 % interval of its exponent is no wider than this."""


def plot_basin(run: Run, findings: Findings | None = None) -> go.Figure:
    """The main dimension (lr) against batch size, or against the loss where only one varies.

    Raises ValueError where the space has no numeric range. `findings` are those of the run; the
    surface and all that follows from it are drawn only where they are sure.
    """
    evidence = gather(run.trials, run.space)
    if evidence.main is None:
        raise ValueError("plot_basin needs a numeric range in the space, got none")
    if evidence.batch is not None and evidence.batch.name != evidence.main.name:
        return _map(run, evidence.main, evidence.batch, findings)
    return _slice(run, evidence.main, findings)


def _map(run: Run, main: Dimension, batch: Dimension, findings: Findings | None) -> go.Figure:
    rows = _Rows(batch)
    figure = blank(label(spoken(main.name)), label(spoken(batch.name)))
    figure.update_xaxes(**scale([main.low, main.high], main.log), showgrid=False)
    figure.update_yaxes(tickvals=rows.ticks, ticktext=rows.labels, showgrid=False)
    plane = findings.plane if findings and findings.is_sure else None
    if plane is not None:
        figure.add_trace(_strips(plane, main, batch, rows))
    figure.add_traces(_trials(run, main, batch, rows))
    if findings is not None and plane is not None:
        figure.add_traces(_plateau(findings, main, batch, rows))
        figure.add_traces(_best_per_size(findings, plane, rows))
    figure.add_traces(_thresholds(run, main, rows))
    if findings and {main.name, batch.name} <= findings.config.keys():
        here = findings.config
        figure.add_trace(_recommended(here[main.name], rows.place(here[batch.name])))
    return figure


class _Rows:
    """Where batch sizes stand on the vertical axis: choices evenly, a range to scale."""

    def __init__(self, batch: Dimension) -> None:
        self.batch = batch
        values = batch.line(9)
        self.ticks = [self.place(value) for value in values]
        self.labels = [label(value) for value in values]
        self.aside = 0.28 * (self.ticks[1] - self.ticks[0])

    def place(self, size: Any) -> float:
        if self.batch.choices:
            return float(np.argmin([abs(choice - size) for choice in self.batch.choices]))
        return math.log2(size) if self.batch.log else float(size)


def _strips(plane: Plane, main: Dimension, batch: Dimension, rows: _Rows) -> go.Heatmap:
    """The expected loss as one strip of colour per batch size."""
    sizes = list(dict.fromkeys(config[batch.name] for config in plane.configs))
    loss = plane.mean.reshape(len(sizes), -1)
    above = loss - loss.min()
    return go.Heatmap(
        x=numbers(config[main.name] for config in plane.configs[: loss.shape[1]]),
        y=[rows.place(size) for size in sizes],
        z=[numbers(strip) for strip in above],
        colorscale=[[0, BASIN], [1, PAPER]],
        zmin=0,
        zmax=float(np.quantile(above, 0.9)),
        showscale=False,
        ygap=10,
        zsmooth=False,
        hoverinfo="skip",
    )


def _trials(run: Run, main: Dimension, batch: Dimension, rows: _Rows) -> list[go.Scatter]:
    columns = [f"config/{main.name}", f"config/{batch.name}"]
    known = run.trials.dropna(subset=columns)
    groups = [(status, known[known["status"] == status]) for status in reversed(MARKS)]
    return [
        points(status, group.index, numbers(group[columns[0]]), map(rows.place, group[columns[1]]))
        for status, group in groups
        if len(group)
    ]


def _plateau(
    findings: Findings, main: Dimension, batch: Dimension, rows: _Rows
) -> list[go.Scatter]:
    """A bar over the values as good as the recommended one, at its batch size."""
    if batch.name not in findings.config:
        return []
    place = rows.place(findings.config[batch.name])
    good = [
        line.as_good(findings.margin) for line in findings.lines if line.dimension.name == main.name
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


def _best_per_size(findings: Findings, plane: Plane, rows: _Rows) -> list[go.Scatter]:
    """The best value at each batch size with its 90 % interval, and the power law through them."""
    found = {size: best for size, best in told_by_size(findings).items() if _is_told(plane, best)}
    places = [rows.place(size) for size in found]
    best = numbers(interval.value for interval in found.values())
    rule = clear_exponent(plane)
    traces = [] if rule is None else [_rule(plane, rows, rule.value)]
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


def clear_exponent(plane: Plane) -> Interval | None:
    """The exponent b of lr ~ B^b with its interval, where that is narrow enough to be of use."""
    found = scaling_exponent(plane)
    return found if found and found.high - found.low <= CLEAR_EXPONENT else None


def _is_told(plane: Plane, best: Interval) -> bool:
    """Whether the interval of a best value leaves out a good part of the range."""
    assert plane.evidence.main is not None
    low, high = plane.evidence.main.coordinates([best.low, best.high])[:, 0]
    return bool(high - low <= WIDEST)


def _rule(plane: Plane, rows: _Rows, exponent: float) -> go.Scatter:
    """The line lr ~ B^b through the best values."""
    found = best_by_size(plane)
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


def _thresholds(run: Run, main: Dimension, rows: _Rows) -> list[go.Scatter]:
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


def _recommended(x: Any, y: Any) -> go.Scatter:
    return go.Scatter(
        x=[x],
        y=[y],
        mode="markers",
        marker={
            "symbol": "circle",
            "size": 17,
            "color": ACCENT,
            "line": {"color": PAPER, "width": 3},
        },
        name="recommended",
        hoverinfo="skip",
    )


def _slice(run: Run, main: Dimension, findings: Findings | None) -> go.Figure:
    """Final loss along the main dimension, with the fitted curve and its 90 % band."""
    column = f"config/{main.name}"
    full = run.trials[run.trials["status"].eq("finished") & run.trials["val_loss"].notna()]
    full = full.dropna(subset=column)
    figure = blank(label(spoken(main.name)), "final validation loss")
    figure.update_xaxes(**scale([main.low, main.high], main.log))
    losses = shown(full["val_loss"], ceiling(full["val_loss"]))
    figure.update_yaxes(**scale(losses))
    if findings and findings.plane is not None and findings.is_sure:
        figure.add_traces(_band(findings.plane, main))
    if len(full):
        figure.add_trace(points("finished", full.index, numbers(full[column]), numbers(losses)))
    if findings and main.name in findings.config:
        loss = float(findings.trials["val_loss"].mean())
        figure.add_trace(_recommended(findings.config[main.name], loss))
    return figure


def _band(plane: Plane, main: Dimension) -> list[go.Scatter]:
    """The surface's 90 % band and its mean. The band covers losses that noise is taken out of."""
    x = numbers(config[main.name] for config in plane.configs)
    low, high = np.quantile(plane.evidence.loss(plane.draws), [0.05, 0.95], axis=0)
    mean = plane.evidence.loss(plane.mean)
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
