"""The recommended configuration beside others, as the terminal and the report both say it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from record.lines import FINISHED
from results.analysis.coordinates import axes_of
from results.analysis.recommendation import Recommendation
from results.format import config_text, percent, range_text, value_text
from results.run_data import RunData

WHOLE = 0.9
"""Share of a range from which on an interval says nothing that the range did not."""
OPEN = 0.2
"""Chances between this and its complement are said to show no difference."""
MOST_COMPARED = 2
"""Other batch sizes that the recommended one is compared with."""


def best_chance(recommendation: Recommendation) -> str:
    """How probably the recommended batch size is the best one: `44 % (32: 31 %, 128: 17 %)`.

    Where another one is more probably so, why it is not recommended.
    """
    chances = recommendation.batch_size_probability
    here = recommendation.config["batch_size"]
    others = sorted((size for size in chances if size != here), key=lambda size: -chances[size])
    rest = first_of(others, chances, percent)
    text = percent(chances.get(here, 0.0)) + (f" ({rest})" if rest else "")
    if not others or chances[others[0]] <= chances.get(here, 0.0):
        return text
    if others[0] in recommendation.plateau.get("batch_size", []):
        return f"{text}; {value_text(others[0])} is as good within noise"
    return f"{text}; of those {'with fresh seeds' * recommendation.confirmed or 'tried'} the best"


def rivals_on_folds(found: Mapping[str, Any]) -> list[str]:
    """What each rival reached on the same splits, the likeliest to be better first:
    `lr 0.1 0.084, better with 20 %`."""
    known = [rival for rival in found["rivals"] if rival["better"] is not None]
    known.sort(key=lambda rival: -rival["better"])
    return [
        f"{config_text(rival['config'])} {value_text(rival['metric'])}, better with "
        f"{percent(rival['better'])}"
        for rival in known
    ]


def interval_text(run: RunData, name: str, interval: Mapping[str, Any]) -> str:
    """`90 % in 0.01-0.032`, and whether that says any more than the range did."""
    text = f"90 % in {range_text(interval)}"
    return f"not narrowed down: {text}" if covers_all(run, name, interval) else text


def covers_all(run: RunData, name: str, interval: Mapping[str, Any]) -> bool:
    """Whether an interval is about as wide as the range that was searched."""
    axis = next((axis for axis in axes_of(run.space) if axis.name == name), None)
    if axis is None or not axis.is_range:
        return False
    low, high = np.ravel(axis.coordinates([interval["low"], interval["high"]]))
    return bool(high - low >= WHOLE)


def known_text(recommendation: Recommendation) -> str:
    """What came of the configurations that were known: `0.081 (lr 0.1, batch_size 32); this 0.066:
    better with 97 %`. Empty where none was."""
    found = recommendation.evidence.get("known")
    if not found:
        return ""
    others = f", the best of {found['num']}" if found["num"] > 1 else ""
    config = config_text(found["config"])
    if found["is_recommended"]:
        return f"{config} is what to use{others}"
    if found["metric"] is None or found["status"] != FINISHED:
        return f"{config} {found['status']}{others}"
    text = f"{value_text(found['metric'])} ({config}{others})"
    text += f"; this {value_text(recommendation.metric)}"
    if found["better"] is None:
        return text
    is_open = OPEN < found["better"] < 1 - OPEN
    equal = "as good within noise, " if is_open else ""
    return f"{text}: {equal}better with {percent(found['better'])}"


def first_of(
    sizes: Iterable[Any], figures: Mapping[Any, float], text: Callable[[float], str]
) -> str:
    """The first few sizes, each with its figure: `32: 31 %, 128: 17 %`."""
    shown = list(sizes)[:MOST_COMPARED]
    return ", ".join(f"{value_text(size)}: {text(figures[size])}" for size in shown)
