"""The recommendation as a person reads it at the end: at most fifteen lines of plain text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from results.analysis.gain import MORE
from results.analysis.recommendation import Recommendation
from results.analysis.run_warning import RunWarning
from results.analysis.scaling import Interval, clear_exponent
from results.format import (
    config_text,
    escaped,
    metric_text,
    name_text,
    range_text,
    value_text,
)
from results.run_data import RunData
from results.text.comparison import (
    as_good,
    best_chance,
    interval_text,
    known_text,
    rivals_on_folds,
    why_another,
)
from results.text.overview import (
    counts,
    damage_text,
    failures,
    has_best_epoch,
    title,
    undefined_text,
)

MOST_LINES = 15
MOST_DIMENSIONS = 4
"""Dimensions with a line of their own, those that matter most; the rest are named in one."""

ASKED_FOR = ("lr", "batch_size")
"""They come before all others: what the product is asked for first."""

LEAST_GAIN = 0.001
"""Expected gains below 0.1 % are not told apart."""


def answer(run: RunData, recommendation: Recommendation, next_step: str | None = None) -> str:
    """Title, what to use and how sure, the gravest warnings, and the next thing to type.

    `next_step` is what to do when no warning asks for anything.
    """
    about = [f"  {text}" for text in (failures(run), undefined_text(run), damage_text(run)) if text]
    head = [title(run), counts(run), *about, ""]
    if not recommendation.config:
        return "\n".join([*head, *_notes(recommendation.warnings, 3)])

    end = [
        *_scaling(recommendation),
        _line(_measured(run), _metric(recommendation)),
        *_folds(recommendation),
        *_known(recommendation),
        *_epochs(run, recommendation),
        *_more(recommendation),
    ]
    lines_left = MOST_LINES - len(head) - len(end) - 4
    dimensions = _dimension_lines(run, recommendation, lines_left)
    body = [f"  Use  {_use(recommendation.config)}.", *dimensions, *end]
    lines_left = MOST_LINES - len(head) - len(body) - 1
    tail = _notes(recommendation.warnings, lines_left - 1)
    if not recommendation.warnings and next_step:
        tail = [f"  Next  {next_step}"]
    return "\n".join([*head, *body, *([""] if tail else []), *tail])


def _use(config: Mapping[str, Any]) -> str:
    """`lr 0.032  and  batch size 64`."""
    parts = [f"{name_text(name)} {value_text(value)}" for name, value in config.items()]
    if len(parts) == 1:
        return parts[0]
    return ",  ".join(parts[:-1]) + "  and  " + parts[-1]


def _dimension_lines(run: RunData, recommendation: Recommendation, most: int) -> list[str]:
    """A line per dimension that the record says something about, at most so many.

    lr and batch size first, then those that matter most; one line for those without an effect.
    """
    without = recommendation.evidence.get("no_effect", [])
    known = [
        name
        for name in recommendation.config
        if name not in without
        and (name in recommendation.plateau or name in recommendation.intervals)
    ]
    shares = recommendation.evidence.get("importance", {})
    known.sort(key=lambda name: (name not in ASKED_FOR, -shares.get(name, 0.0)))
    most = max(1, min(MOST_DIMENSIONS, most - bool(without)))
    shown = known if len(known) <= most else known[: most - 1]
    lines = [
        _line(
            name_text(name),
            f"{value_text(recommendation.config[name]):7} {_sureness(run, recommendation, name)}",
        )
        for name in shown
    ]
    rest = ", ".join(name_text(name) for name in known[len(shown) :])
    lines += [_line("and", rest)] if rest else []
    seen = ", ".join(_where(recommendation, name) for name in without)
    return [*lines, _line("no effect", f"seen of {seen}")] if seen else lines


def _where(recommendation: Recommendation, name: str) -> str:
    """`weight decay (1e-06-0.1)`: a hyperparameter with the values among which none is better."""
    plateau = recommendation.plateau[name]
    if isinstance(plateau, Mapping):
        return f"{name_text(name)} ({range_text(plateau)})"
    return f"{name_text(name)} ({', '.join(value_text(value) for value in plateau)})"


def _more(recommendation: Recommendation) -> list[str]:
    """What more configurations would gain, where that is known."""
    gain = recommendation.evidence.get("gain_of_20_more")
    if gain is None:
        return []
    amount = f"at most {100 * gain:.1f} %" if gain >= LEAST_GAIN else "less than 0.1 %"
    return [_line("more", f"{MORE} more configurations would gain {amount}")]


def _sureness(run: RunData, recommendation: Recommendation, name: str) -> str:
    """What is known about one dimension's value."""
    if name == "batch_size" and recommendation.batch_size_probability:
        return _batch_size(recommendation)

    parts = []
    if chance := best_chance(recommendation, name):
        parts.append(f"best with {chance}")
    elif name in recommendation.intervals:
        parts.append(interval_text(run, name, recommendation.intervals[name]))
    plateau = recommendation.plateau.get(name)
    if isinstance(plateau, Mapping):
        parts.append(f"as good within noise {range_text(plateau)}")
    others = as_good(recommendation, name)
    if others:
        parts.append(f"as good within noise {', '.join(map(value_text, others))}")
    return "; ".join(filter(None, [*parts, why_another(recommendation, name, others)]))


def _batch_size(recommendation: Recommendation) -> str:
    """`best with 44 % (32: 31 %, 128: 17 %); batch_size 128 as good, 1.6x faster`."""
    parts = [
        f"best with {best_chance(recommendation, 'batch_size')}",
        why_another(recommendation, "batch_size"),
    ]
    fastest = recommendation.fastest_equivalent
    if fastest is not None:
        config, speedup = config_text(fastest["config"]), fastest["speedup"]
        parts.append(f"{config} as good, {speedup:.1f}x faster")
    return "; ".join(filter(None, parts))


def _scaling(recommendation: Recommendation) -> list[str]:
    """The rule lr ~ B^b, where the record shows that b is above 0."""
    found = recommendation.evidence.get("scaling_exponent")
    rule = clear_exponent(Interval(**found)) if found else None
    if rule is None:
        return []
    text = f"lr ~ batch size^{rule.value:.1f} (90 % in {rule.low:.1f}-{rule.high:.1f})"
    return [_line("scaling", text)]


def _measured(run: RunData) -> str:
    """What the trials are compared by, as the name of a line."""
    return "validation" if run.goal.is_loss else metric_text(run.goal)


def _metric(recommendation: Recommendation) -> str:
    """What trials are compared by, on the validation and the test part, and what it rests on."""
    text = value_text(recommendation.metric)
    if recommendation.confirmed:
        seeds = recommendation.evidence["fresh_seeds"]
        text += f" +- {recommendation.metric_sd:.2g} over {seeds} fresh seeds"
    else:
        text += "  not confirmed by fresh seeds: expect somewhat worse"
    if recommendation.test_metric is not None:
        text += f"; test {value_text(recommendation.test_metric)}"
    if recommendation.test_looks > 1 and not recommendation.confirmed:
        text += f" (looked at {recommendation.test_looks} times)"
    return text


def _folds(recommendation: Recommendation) -> list[str]:
    """`0.081 +- 0.012 over 5 splits; lr 0.1 there 0.084, better with 20 %`."""
    found = recommendation.evidence.get("folds")
    if not found:
        return []
    spread = f" +- {found['metric_sd']:.2g}" if found["metric_sd"] is not None else ""
    text = f"{value_text(found['metric'])}{spread} over {found['splits']} splits and seeds"
    return [_line("folds", "; ".join([text, *rivals_on_folds(found)[:1]]))]


def _known(recommendation: Recommendation) -> list[str]:
    """How it compares with what the user knew."""
    text = known_text(recommendation)
    return [_line("yours", text)] if text else []


def _epochs(run: RunData, recommendation: Recommendation) -> list[str]:
    """`27; overfits; best epoch 20`: budget, verdict on the configuration's curves, best epoch.

    The last two where there are curves.
    """
    if not run.knows_epochs:
        return []
    parts = [str(run.steps) if run.steps else str(run.budget)]
    if run.has_curves:
        parts.append(recommendation.evidence["verdict"])
    if run.has_curves and recommendation.best_epoch:
        of_all = f" of {run.budget}" if run.steps else ""
        parts.append(f"best {run.unit} {recommendation.best_epoch}{of_all}")
    if has_best_epoch(run):
        parts.append(f"one seed's best {run.unit} is in best/best_epoch.safetensors")
    name = "epochs" if run.steps is None else "steps"
    return [_line(name, "; ".join(part for part in parts if part))]


def _notes(warnings: tuple[RunWarning, ...], most: int) -> list[str]:
    """At most so many warnings (one at least), and the first one's command."""
    if not warnings:
        return []
    notes = [f"  Note  {escaped(warning.text)}" for warning in warnings[: max(1, most)]]
    return [*notes, f"  Next  {escaped(warnings[0].next)}"]


def _line(name: str, text: str) -> str:
    return f"    {name:13} {text}".rstrip()
