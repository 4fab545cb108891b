"""The map: where in two hyperparameters the final metric is good, the others as recommended."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import plotly.graph_objects as go

from results.analysis.coordinates import Axis, axes_of
from results.analysis.posterior import Posterior
from results.analysis.summary import Summary
from results.format import name_text
from results.plots.hyperparameters import place_of, places_of, scale_of
from results.plots.palette import (
    GAP,
    blank,
    label,
    numbers,
    points_by_status,
    recommended_point,
    surface,
)
from results.ranking import having
from results.run_data import RunData
from search_spaces import Config

LINE = 33
"""Values along a range: what is drawn between is no wider than a point."""


def plot_map(run: RunData, summary: Summary | None, first: str, second: str) -> go.Figure:
    """Two hyperparameters against each other: the trials, the surface, the recommended values.

    The surface, the expected final metric with all others as recommended, only where `summary`,
    that of the run, is sure. Raises ValueError for names of which the space has no two that vary.
    """
    known = {axis.name: axis for axis in axes_of(run.space)}
    if first == second or not {first, second} <= known.keys():
        raise ValueError(
            f"plot_map needs two of the hyperparameters that vary ({', '.join(known)}), "
            f"got {first!r} and {second!r}"
        )
    across, up = known[first], known[second]
    figure = blank(label(name_text(first)), label(name_text(second)))
    figure.update_xaxes(**scale_of(across) | {"showgrid": False})
    figure.update_yaxes(**scale_of(up) | {"showgrid": False})
    if summary is not None and summary.posterior is not None and summary.is_sure:
        figure.add_traces(_surface(summary.posterior, summary.config, across, up))
    figure.add_traces(_trials(run, across, up))
    if summary and {first, second} <= summary.config.keys():
        here = [place_of(axis, summary.config[axis.name]) for axis in (across, up)]
        figure.add_trace(recommended_point(*here))
    return figure


def _surface(posterior: Posterior, base: Config, across: Axis, up: Axis) -> list[go.Heatmap]:
    """How far the expected final height lies above the lowest; none where nothing is held."""
    columns, rows = across.line(LINE), up.line(LINE)
    configs = [
        posterior.observations.held({across.name: x, up.name: y}, base)
        for y in rows
        for x in columns
    ]
    held = [config for config in configs if config is not None]
    if not held:
        return []
    heights = np.full(len(configs), np.nan)
    heights[[config is not None for config in configs]] = posterior.mean_of(held)
    above = (heights - np.nanmin(heights)).reshape(len(rows), len(columns))
    gaps = (0 if axis.is_range else GAP for axis in (across, up))
    return [surface(_places(across, columns), _places(up, rows), above, *gaps)]


def _places(axis: Axis, values: Sequence[object]) -> list[float | None]:
    return numbers(place_of(axis, value) for value in values)


def _trials(run: RunData, across: Axis, up: Axis) -> list[go.Scatter]:
    columns = [f"config/{across.name}", f"config/{up.name}"]
    if not set(columns) <= set(run.trials):
        return []
    known = having(run.trials, across.name, up.name)
    return points_by_status(known, partial(places_of, across), partial(places_of, up))
