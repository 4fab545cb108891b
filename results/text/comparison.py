"""The recommended configuration beside others, as the terminal and the report both say it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from record.lines import FINISHED
from results.analysis.coordinates import axes_of
from results.analysis.recommendation import Recommendation
from results.format import config_text, percent, range_text, value_text
from results.run_data import RunData
from search_spaces.values import identity

WHOLE = 0.9
"""Share of a range from which on an interval says nothing that the range did not."""
OPEN = 0.2
"""Chances between this and its complement are said to show no difference."""
LEAST_CHANCE = 0.01
"""Of other choices that are less probably the best one nothing is said."""
MOST_COMPARED = 2
"""Other choices that the recommended one is compared with."""


def best_chance(recommendation: Recommendation, name: str) -> str:
    """How probably the recommended choice is the best one: `44 % (32: 31 %, 128: 17 %)`.

    Empty where nobody knows.
    """
    chances = _chances(recommendation, name)
    if not chances:
        return ""
    here, others = _beside(chances, recommendation.config[name])
    rest = first_of((pair for pair in others if pair[1] >= LEAST_CHANCE), percent)
    return percent(here) + (f" ({rest})" if rest else "")


def why_another(recommendation: Recommendation, name: str, listed: Sequence[Any] = ()) -> str:
    """Why the recommended choice is not the one that is most probably best, as a clause.

    Empty where it is, or that one is `listed` as equally good.
    """
    here, others = _beside(_chances(recommendation, name), recommendation.config[name])
    if not others or others[0][1] <= here or _is_among(others[0][0], listed):
        return ""
    if _is_among(others[0][0], recommendation.plateau.get(name, [])):
        return f"{value_text(others[0][0])} is as good within noise"
    return f"of those {'with fresh seeds' * recommendation.confirmed or 'tried'} the best"


def as_good(recommendation: Recommendation, name: str) -> list[Any]:
    """Other choices that are as good within noise as the recommended one."""
    plateau = recommendation.plateau.get(name)
    if not isinstance(plateau, list):
        return []
    here = identity(recommendation.config[name])
    return [value for value in plateau if identity(value) != here]


def _beside(
    chances: Sequence[tuple[Any, float]], recommended: Any
) -> tuple[float, list[tuple[Any, float]]]:
    """The chance of the recommended value, and the others with theirs, the likeliest first."""
    own = identity(recommended)
    here = next((share for value, share in chances if identity(value) == own), 0.0)
    others = [pair for pair in chances if identity(pair[0]) != own]
    return here, sorted(others, key=lambda pair: -pair[1])


def _is_among(value: Any, values: Iterable[Any]) -> bool:
    return any(identity(value) == identity(other) for other in values)


def _chances(recommendation: Recommendation, name: str) -> list[tuple[Any, float]]:
    if name == "batch_size":
        return list(recommendation.batch_size_probability.items())
    found = recommendation.evidence.get("choice_probability", {}).get(name, [])
    return [(entry["value"], entry["probability"]) for entry in found]


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


def first_of(pairs: Iterable[tuple[Any, float]], text: Callable[[float], str]) -> str:
    """The first few values, each with its figure: `32: 31 %, 128: 17 %`."""
    shown = list(pairs)[:MOST_COMPARED]
    return ", ".join(f"{value_text(value)}: {text(figure)}" for value, figure in shown)
