"""Colours, marks and axes that all figures share."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from record.goal import Goal
from results.format import STATUS_NAMES, value_text

Places = Callable[[pd.DataFrame], Iterable[Any]]
"""Where the trials of a frame stand on an axis."""

PALETTE = {
    "ink": ("#23272b", "#e6e8ea"),
    "muted": ("#666d74", "#9aa2aa"),
    "faint": ("#8b939b", "#7b848d"),
    "line": ("#e2e5e8", "#30353b"),
    "wash": ("#f5f6f7", "#1c2024"),
    "paper": ("#fefefe", "#14171a"),
    "accent": ("#0a6c74", "#58c4c4"),
    "basin": ("#a5d6d4", "#1f6468"),
    "alarm": ("#b23c22", "#f28b70"),
}
"""Each colour on light and on dark ground. Figures carry the light one, which stands for both:
the report exchanges them, so no two may be equal."""

INK, MUTED, FAINT, LINE, WASH, PAPER, ACCENT, BASIN, ALARM = (
    light for light, _ in PALETTE.values()
)

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

LONGEST_LABEL = 28

LOG_RATIO = 5.0
"""Values that differ by less fit a linear axis."""

MANY_DECADES = 1.7
"""Range of a log axis from which on its powers of ten are labelled, not 2 and 5 as well."""

MOST_TICKS = 7
"""Powers of ten that are labelled on one axis."""

FAINTEST = 0.9
"""Share of a surface, the best of it, that is in colour at all."""

GAP = 10
"""Pixels between the choices of a surface."""

FAR_LOSS = 1000.0
"""A loss so many times the median is far off, and pictures do not tell how far."""


@dataclass(frozen=True)
class Mark:
    """How the trials of one status are drawn."""

    symbol: str
    colour: str
    size: int
    opacity: float


MARKS = {
    "finished": Mark("circle", INK, 8, 0.75),
    "stopped": Mark("circle-open", FAINT, 7, 0.9),
    "interrupted": Mark("diamond-open", FAINT, 7, 0.9),
    "diverged": Mark("x-thin", ALARM, 8, 0.9),
    "failed": Mark("square-open", ALARM, 7, 0.9),
}


def blank(x_title: str, y_title: str) -> go.Figure:
    """An empty figure with the two axes named, in text that plotly may read as markup."""
    axis = {
        "gridcolor": LINE,
        "linecolor": LINE,
        "zeroline": False,
        "ticks": "outside",
        "tickcolor": LINE,
        "automargin": True,
    }
    return go.Figure(
        layout={
            "template": go.layout.Template(),
            "font": {"family": FONT, "size": 13, "color": MUTED},
            "paper_bgcolor": PAPER,
            "plot_bgcolor": PAPER,
            "margin": {"l": 8, "r": 16, "t": 8, "b": 8},
            "hovermode": "closest",
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
            "xaxis": axis | {"title": {"text": x_title, "standoff": 8}},
            "yaxis": axis | {"title": {"text": y_title, "standoff": 8}},
        }
    )


def points(status: str, rows: Iterable[Any], x: Iterable[Any], y: Iterable[Any]) -> go.Scatter:
    """Trials of one status; `rows` are their row numbers in `Run.trials`, shown on hover."""
    mark = MARKS[status]
    is_thin = mark.symbol == "x-thin"
    return go.Scatter(
        x=list(x),
        y=list(y),
        customdata=list(rows),
        name=STATUS_NAMES[status],
        meta=status,
        mode="markers",
        opacity=mark.opacity,
        marker={
            "symbol": mark.symbol,
            "size": mark.size,
            "color": mark.colour,
            "line": {"color": mark.colour, "width": 1.5 if is_thin else 1},
        },
        hovertemplate="trial %{customdata}: %{x:.3g}, %{y:.4g}<extra></extra>",
    )


def points_by_status(trials: pd.DataFrame, x: Places, y: Places) -> list[go.Scatter]:
    """Trials over two hyperparameters, a trace for each status; `x` and `y` place those of one."""
    groups = [(status, trials[trials["status"] == status]) for status in reversed(MARKS)]
    return [
        points(status, group.index, x(group), y(group)) for status, group in groups if len(group)
    ]


def surface(
    x: Sequence[float | None],
    y: Sequence[float | None],
    above: np.ndarray,
    xgap: int = 0,
    ygap: int = 0,
) -> go.Heatmap:
    """How far a height lies `above` the lowest, shape (len(y), len(x)); blank where it is NaN.

    Cells of choices are apart by `xgap` and `ygap` pixels.
    """
    return go.Heatmap(
        x=x,
        y=y,
        z=[numbers(row) for row in above],
        colorscale=[[0, BASIN], [1, PAPER]],
        zmin=0,
        zmax=float(np.nanquantile(above, FAINTEST)) or 1.0,
        showscale=False,
        xgap=xgap,
        ygap=ygap,
        hoverinfo="skip",
    )


def recommended_point(x: Any, y: Any) -> go.Scatter:
    """The recommended configuration at its place."""
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


def label(value: object) -> str:
    """A name or value as plotly shows it literally: one line, not too long, no markup."""
    text = value_text(value)
    short = (
        text
        if len(text) <= LONGEST_LABEL
        else text[: LONGEST_LABEL - 1] + "\N{HORIZONTAL ELLIPSIS}"
    )
    return html.escape(short, quote=False)


def numbers(values: Iterable[Any]) -> list[float | None]:
    """Five significant digits each, None for what is not finite: small and valid as JSON."""
    return [float(f"{v:.5g}") if math.isfinite(v) else None for v in map(float, values)]


def scale(values: Iterable[float | None], log: bool | None = None) -> dict[str, Any]:
    """Settings of an axis for `values`: by their logarithm where they are positive and differ
    by more than a factor of LOG_RATIO, or as `log` says."""
    finite = [v for v in values if v is not None and math.isfinite(v)]
    if log is None:
        log = bool(finite) and 0 < LOG_RATIO * min(finite) < max(finite)
    if not log:
        return {"type": "linear"}
    decades = math.log10(max(finite) / min(finite))
    step = "D2" if decades < MANY_DECADES else math.ceil(decades / MOST_TICKS)
    return {"type": "log", "tickformat": "~g", "dtick": step}


@dataclass(frozen=True)
class Heights:
    """A metric as pictures show it: bad values that are far off stand at the edge."""

    goal: Goal
    values: pd.Series
    """Of the metric, those that are drawn."""

    @property
    def limit(self) -> float:
        """The worst value that a picture tells apart."""
        return self.goal.sign * ceiling(self.goal.sign * self.values)

    @property
    def shown(self) -> pd.Series:
        """The values, none worse than the limit."""
        sign = self.goal.sign
        return sign * shown(sign * self.values.astype(float), sign * self.limit)

    @property
    def has_more(self) -> bool:
        """Whether any value is worse than the limit."""
        sign = self.goal.sign
        return bool((sign * self.values > sign * self.limit).any())


def ceiling(losses: Iterable[float]) -> float:
    """The highest of these losses that a picture tells apart; those above stand at its top.

    Without it one trial that almost diverged, at 1e22, flattens all others into a line.
    """
    finite = sorted(v for v in losses if math.isfinite(v))
    if not finite:
        return math.inf
    median, least = finite[len(finite) // 2], finite[0]
    above = median if least >= 0 else median - least
    return median + FAR_LOSS * above if above > 0 else math.inf


def shown(losses: pd.Series, top: float) -> pd.Series:
    """`losses` as a picture shows them: none above `top`, and 0 as the lowest positive one, since
    a log axis has no place for it."""
    known = losses.astype(float).clip(upper=top)
    positive = known[known > 0]
    return known.replace(0.0, positive.min()) if known.min() == 0 and len(positive) else known
