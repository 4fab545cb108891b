"""Axes, numbers and colours that all plots share."""

from __future__ import annotations

import math
from collections.abc import Callable

from results import load
from results.plots import (
    plot_best_of_k,
    plot_curves,
    plot_dimension,
    plot_gap,
)
from results.plots.palette import PALETTE, ceiling, numbers, scale
from tests.results.conftest import Script


def test_colours_of_light_and_dark_pair_up() -> None:
    lights = [light for light, _ in PALETTE.values()]

    assert len(set(lights)) == len(lights)


def test_axes_are_logarithmic_only_for_positive_values_that_differ_much() -> None:
    assert scale([0.1, 1.0])["type"] == "log"
    assert scale([0.1, 0.2])["type"] == "linear"
    assert scale([-1.0, 100.0])["type"] == "linear"
    assert scale([])["type"] == "linear"


def test_numbers_are_short_and_valid_json() -> None:
    assert numbers([1 / 3, float("nan"), float("inf")]) == [0.33333, None, None]


def test_a_loss_far_off_stands_at_the_top_and_leaves_the_others_apart(
    script: Callable[..., Script],
) -> None:
    """One trial at 1e22 that did not quite diverge must not flatten all others into a line."""
    written = script()
    for place, last in enumerate([0.1, 0.2, 0.4, 0.0, 1e22]):
        written.trial(f"s{place:05d}", {"lr": 0.01 * (place + 1)}, [1.0, 0.5, last])
    run = load(written.directory)

    heights = [y for trace in plot_dimension(run, "lr").data for y in trace.y]
    curves = [y for trace in plot_curves(run).data for y in trace.y if y is not None]
    expected = plot_best_of_k(run).data[0].y

    assert heights == [0.1, 0.2, 0.4, 0.1, 200.2]
    assert max(curves) < 1e4
    assert max(expected) < 1e4
    assert len([x for trace in plot_gap(run).data for x in trace.x]) == 4


def test_axis_of_many_decades_has_few_labels() -> None:
    assert scale([1e-3, 1e22])["dtick"] == 4
    assert scale([0.1, 10.0])["dtick"] == 1
    assert scale([0.1, 1.0])["dtick"] == "D2"


def test_losses_around_zero_have_a_top_of_their_own() -> None:
    assert ceiling([-3.0, -2.0, -1.0]) == -2.0 + 1000
    assert ceiling([5.0, 5.0, 5.0]) == 5005.0
    assert ceiling([-1.0, -1.0]) == math.inf
    assert ceiling([math.nan]) == math.inf
