"""How values, names and statuses are written, wherever people read them."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from record import AnyPath
from record.goal import MIN, Goal

LONGEST_VALUE = 60
"""Characters of a hyperparameter's value; of a longer one the middle is left out."""

CERTAIN = 0.99
"""Chances above this, and below its complement, are written as such: they rest on a few hundred
draws."""

STATUS_NAMES = {
    "finished": "finished",
    "stopped": "stopped early",
    "diverged": "diverged",
    "failed": "failed",
    "interrupted": "interrupted",
}


def endings(counts: Mapping[Any, int]) -> list[str]:
    """How trials ended, from their number per status: `18 finished`, `29 stopped early`, ..."""
    return [f"{counts[key]} {name}" for key, name in STATUS_NAMES.items() if counts.get(key, 0)]


def name_text(name: str) -> str:
    """A hyperparameter's name as people read it: `batch_size` is `batch size`."""
    return escaped(name.replace("_", " "))


def config_text(config: Mapping[str, Any]) -> str:
    """`lr 0.032, batch_size 64`, control characters escaped."""
    return ", ".join(f"{escaped(name)} {value_text(value)}" for name, value in config.items())


def value_text(value: Any) -> str:
    """A number with three significant digits (a whole one with all), anything else escaped."""
    if not isinstance(value, float):
        text = escaped(value)
        half = LONGEST_VALUE // 2 - 2
        return text if len(text) <= LONGEST_VALUE else f"{text[:half]}...{text[-half:]}"
    if value.is_integer() and abs(value) < 1e9:
        return f"{value:.0f}"
    return _short_of_one(value) or f"{value:.3g}"


def end_text(value: Any) -> str:
    """The end of an interval: two significant digits, whole numbers with all."""
    if not isinstance(value, float):
        return value_text(value)
    return _short_of_one(value) or f"{value:.2g}"


def _short_of_one(value: float) -> str:
    """A decay of 0.9995, with as many digits as tell it from 1; empty for other numbers."""
    is_short = 0.99 < value < 1
    return f"{value:.{1 - math.floor(math.log10(1 - value))}f}".rstrip("0") if is_short else ""


def range_text(ends: Mapping[str, Any], between: str = "-") -> str:
    """The ends `low` and `high` of an interval: `0.01-0.032`."""
    return f"{end_text(ends['low'])}{between}{end_text(ends['high'])}"


def percent(share: float) -> str:
    """`93 %`, halves rounded up; nothing is certain: `> 99 %` and `< 1 %` at the ends."""
    if share > CERTAIN or share < 1 - CERTAIN:
        return "> 99 %" if share > CERTAIN else "< 1 %"
    return f"{math.floor(100 * share + 0.5)} %"


def metric_text(goal: Goal) -> str:
    """What trials are compared by, in a sentence: `validation loss`, or the metric's name."""
    return "validation loss" if goal.is_loss else name_text(goal.metric)


def metric_word(goal: Goal) -> str:
    """The same where the part is clear: `loss`, or the metric's name."""
    return "loss" if goal.is_loss else name_text(goal.metric)


def metric_heading(goal: Goal) -> str:
    """The same above a column of figures: `val loss`, or the metric's name."""
    return "val loss" if goal.is_loss else name_text(goal.metric)


def best_word(goal: Goal) -> str:
    """What the best value is: `lowest` or `highest`."""
    return "lowest" if goal.mode == MIN else "highest"


def good_word(goal: Goal) -> str:
    """How good values are: `low` or `high`."""
    return "low" if goal.mode == MIN else "high"


def capital(text: str) -> str:
    """The text with a capital, to begin a sentence or a title."""
    return text[:1].upper() + text[1:]


def loss_text(value: float | None) -> str:
    """A loss with four significant digits, `-` where there is none."""
    return "-" if value is None or pd.isna(value) else f"{value:.4g}"


def escaped(value: object) -> str:
    """The value as one line of text that no terminal takes for a command."""
    text = value if isinstance(value, str) else str(value)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def typed_path(path: AnyPath) -> str:
    """The path as one types it: from the working directory on where it lies below that."""
    here = Path.cwd()
    if isinstance(path, Path) and path.is_relative_to(here):
        path = path.relative_to(here)
    return shlex.quote(escaped(path))


def duration(seconds: float) -> str:
    """`21 s`, `3 min 20 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
