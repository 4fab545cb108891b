"""The recommendation as a person reads it at the end: at most fifteen lines of plain text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from results.analysis.recommendation import Recommendation
from results.analysis.warnings import RunWarning
from results.format import (
    config_text,
    counts,
    damage_text,
    end_text,
    escaped,
    failures,
    percent,
    title,
    value_text,
)
from results.run_data import RunData

MOST_LINES = 15
MOST_DIMENSIONS = 4
"""Dimensions with a line of their own; the rest are named in one."""


def answer(run: RunData, recommendation: Recommendation, next_step: str | None = None) -> str:
    """Title, what to use and how sure, the gravest warnings, and the next thing to type.

    `next_step` is what to do when no warning asks for anything.
    """
    said = [f"  {text}" for text in (failures(run), damage_text(run)) if text]
    head = [title(run), counts(run), *said, ""]
    if not recommendation.config:
        return "\n".join([*head, *_notes(recommendation.warnings, 3)])

    body = [f"  Use  {_use(recommendation.config)}."]
    body += _dimension_lines(recommendation) + _scaling(recommendation)
    body += [
        _line("validation", _losses(recommendation)),
        _line("epochs", _epochs(run, recommendation)),
    ]
    room = MOST_LINES - len(head) - len(body) - 1
    tail = _notes(recommendation.warnings, room - 1)
    if not recommendation.warnings and next_step:
        tail = [f"  Next  {next_step}"]
    return "\n".join([*head, *body, *([""] if tail else []), *tail])


def _use(config: Mapping[str, Any]) -> str:
    """`lr 0.032  and  batch size 64`."""
    parts = [f"{_words(name)} {value_text(value)}" for name, value in config.items()]
    if len(parts) == 1:
        return parts[0]
    return ",  ".join(parts[:-1]) + "  and  " + parts[-1]


def _dimension_lines(recommendation: Recommendation) -> list[str]:
    """A line per dimension that the record says something about."""
    known = [
        (name, _sureness(recommendation, name))
        for name in recommendation.config
        if name in recommendation.plateau or name in recommendation.intervals
    ]
    lines = [
        _line(_words(name), f"{value_text(recommendation.config[name]):7} {text}")
        for name, text in known[:MOST_DIMENSIONS]
    ]
    rest = [_words(name) for name, _ in known[MOST_DIMENSIONS:]]
    return [*lines, _line("and", ", ".join(rest))] if rest else lines


def _sureness(recommendation: Recommendation, name: str) -> str:
    """What is known about one dimension's value."""
    if name == "batch_size" and recommendation.batch_size_probability:
        return _batch_size(recommendation)

    parts = []
    if name in recommendation.intervals:
        interval = recommendation.intervals[name]
        parts.append(f"90 % in {_range(interval)}")
    plateau = recommendation.plateau.get(name)
    if isinstance(plateau, Mapping):
        parts.append(f"as good within noise {_range(plateau)}")
    elif plateau and len(plateau) > 1:
        parts.append("as good within noise: " + ", ".join(value_text(value) for value in plateau))
    return "; ".join(parts)


def _batch_size(recommendation: Recommendation) -> str:
    """`best with 44 % (32: 31 %, 128: 17 %); 1.6x faster than 32`."""
    chances = recommendation.batch_size_probability
    here = recommendation.config["batch_size"]
    others = sorted((size for size in chances if size != here), key=lambda s: -chances[s])[:2]
    rest = ", ".join(f"{value_text(size)}: {percent(chances[size])}" for size in others)
    text = f"best with {percent(chances.get(here, 0.0))} ({rest})"
    fastest = recommendation.fastest_equivalent
    if fastest is None:
        return text
    return f"{text}; {config_text(fastest['config'])} as good, {fastest['speedup']:.1f}x faster"


def _scaling(recommendation: Recommendation) -> list[str]:
    """The rule lr ~ B^b, where the record shows that b is above 0."""
    rule = recommendation.evidence.get("scaling_exponent")
    if rule is None or rule["low"] <= 0:
        return []
    text = f"lr ~ batch size^{rule['value']:.1f} (90 % in {rule['low']:.1f}-{rule['high']:.1f})"
    return [_line("scaling", text)]


def _losses(recommendation: Recommendation) -> str:
    """Validation and test loss, with what stands behind them."""
    mean, sd = recommendation.val_loss, recommendation.val_loss_sd
    text = "-" if mean is None else f"{mean:.3g}"
    if recommendation.confirmed:
        text += f" +- {sd:.2g} over {recommendation.evidence['fresh_seeds']} fresh seeds"
    else:
        text += "  not confirmed by fresh seeds: expect somewhat worse"
    if recommendation.test_loss is not None:
        text += f"; test {recommendation.test_loss:.3g}"
    if recommendation.test_looks > 1 and not recommendation.confirmed:
        text += f" (looked at {recommendation.test_looks} times)"
    return text


def _epochs(run: RunData, recommendation: Recommendation) -> str:
    """`27; overfits; best epoch 20`: budget, verdict on the configuration's curves, best epoch."""
    parts = [str(run.budget), recommendation.evidence["verdict"]]
    if recommendation.best_epoch:
        parts.append(f"best epoch {recommendation.best_epoch}")
    return "; ".join(part for part in parts if part)


def _notes(warnings: tuple[RunWarning, ...], room: int) -> list[str]:
    """As many warnings as there is room for, and the first one's command."""
    if not warnings:
        return []
    notes = [f"  Note  {escaped(warning.text)}" for warning in warnings[: max(1, room)]]
    return [*notes, f"  Next  {escaped(warnings[0].next)}"]


def _line(name: str, text: str) -> str:
    return f"    {name:13} {text}".rstrip()


def _range(ends: Mapping[str, Any]) -> str:
    return f"{end_text(ends['low'])}-{end_text(ends['high'])}"


def _words(name: str) -> str:
    """A name as it is spoken: `batch_size` is `batch size`."""
    return escaped(name.replace("_", " "))
