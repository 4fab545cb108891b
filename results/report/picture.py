"""One picture of the report: a figure with its name, and what its sentence needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go

from record.goal import MIN
from results.format import value_text
from results.plots.palette import Heights


@dataclass(frozen=True)
class Picture:
    """A figure, its name, and the sentence that says what it shows."""

    name: str
    title: str
    sentence: str
    figure: go.Figure | None
    """None where there is nothing to draw; the sentence says why."""
    alternatives: Mapping[str, list[Any]] = field(default_factory=dict)
    """Other x values per trace, by what they are."""
    versions: Mapping[str, go.Figure] = field(default_factory=dict)
    """Figures to choose from by what they show, where there are several; `figure` is the first."""

    @property
    def choices(self) -> dict[str, str]:
        """What each version shows, by its name in the page."""
        return {f"{self.name}: {what}": what for what in self.versions}

    @property
    def figures(self) -> dict[str, go.Figure]:
        """All there is to draw, by its name in the page."""
        if self.versions:
            return dict(zip(self.choices, self.versions.values(), strict=True))
        return {} if self.figure is None else {self.name: self.figure}


def beyond(heights: Heights, fate: str = "are drawn there") -> str:
    """A sentence about values too bad to tell apart, where there are any."""
    what = "Losses" if heights.goal.is_loss else "Values"
    side = "above" if heights.goal.mode == MIN else "below"
    return f" {what} {side} {value_text(heights.limit)} {fate}." if heights.has_more else ""
