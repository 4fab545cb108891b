"""The recommended configuration beside others, as the terminal and the report both say it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from record.lines import FINISHED
from results.analysis.recommendation import Recommendation
from results.format import config_text, percent, value_text

OPEN = 0.2
"""Chances between this and its complement are said to show no difference."""
MOST_COMPARED = 2
"""Other batch sizes that the recommended one is compared with."""


def best_chance(recommendation: Recommendation) -> str:
    """How probably the recommended batch size is the best one: `44 % (32: 31 %, 128: 17 %)`."""
    chances = recommendation.batch_size_probability
    here = recommendation.config["batch_size"]
    others = sorted((size for size in chances if size != here), key=lambda size: -chances[size])
    rest = first_of(others, chances, percent)
    return percent(chances.get(here, 0.0)) + (f" ({rest})" if rest else "")


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
