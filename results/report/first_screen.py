"""The sentences of the first screen: what to use, how sure that is, why, and what is next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from record.settings import BEST_DIR
from results.analysis.scaling import (
    best_by_batch_size,
    clear_exponent,
    lowest_by_batch_size,
    scaling_exponent,
)
from results.format import (
    best_word,
    capital,
    config_text,
    escaped,
    metric_text,
    metric_word,
    name_text,
    range_text,
    value_text,
)
from results.report.report_data import ReportData
from results.text.comparison import (
    as_good,
    best_chance,
    covers_all,
    first_of,
    known_text,
    rivals_on_folds,
    why_another,
)
from results.text.overview import budget_text, has_best_epoch, undefined_text

MOST_IN_HEADLINE = 3
"""Hyperparameters that fit a headline; more are listed below it."""

LONGEST_IN_HEADLINE = 40
"""Characters of all values together that fit a headline."""

MOST_DESCRIBED = 4
"""Hyperparameters whose certainty is said in a sentence; the pictures show the rest."""


@dataclass(frozen=True)
class Step:
    """Something to do next: a sentence, and a command where there is one."""

    text: str
    command: str


def headline(report: ReportData) -> list[tuple[str, str]] | None:
    """Names and values of the recommended configuration; None when there is none."""
    config = report.recommendation.config
    if not config:
        return None
    return [(name_text(name), value_text(value)) for name, value in config.items()]


def is_short(pairs: list[tuple[str, str]]) -> bool:
    """Whether the configuration can be said in one sentence."""
    length = sum(len(name) + len(value) for name, value in pairs)
    return len(pairs) <= MOST_IN_HEADLINE and length <= LONGEST_IN_HEADLINE


def sureness(report: ReportData) -> list[str]:
    """How sure the answer is, in sentences."""
    found = report.recommendation
    undefined = undefined_text(report.run)
    about_metrics = [_sentence(undefined)] if undefined else []
    if not found.config:
        return [_sentence(escaped(found.warnings[0].text)), *about_metrics]
    if report.posterior is None:
        sentences = [_unsure(report)]
    else:
        named = list(found.config)[:MOST_DESCRIBED]
        sentences = [text for name in named if (text := _about(report, name))]
    more = [_confirmation(report), *_folds(report), *_known(report)]
    return [*sentences, *more, *about_metrics]


def reasons(report: ReportData) -> list[str]:
    """Why this configuration, in sentences."""
    found, evidence = report.recommendation, report.recommendation.evidence
    if not found.config:
        return []
    full = evidence["full_length"]
    did = f"ran all {budget_text(report.run)}" if report.run.knows_epochs else "ended with a value"
    counted = f"{full or 'No'} trial{'s' * (full > 1)} {did}"
    sentences = [f"{counted}; {_lowest(report)}.", *_batch_sizes(report)]
    if found.fastest_equivalent is not None:
        other = found.fastest_equivalent
        sentences.append(
            f"{config_text(other['config'])} is as good within noise and trains "
            f"{other['speedup']:.1f}\N{MULTIPLICATION SIGN} faster."
        )
    return [*sentences, *_scaling(report)]


def steps(report: ReportData) -> list[Step]:
    """What to do next, the gravest first."""
    found = report.recommendation
    if not found.config:
        text = "See in the table below how the trials ended, then go on with:"
        return [Step(text, escaped(found.warnings[0].next))]
    if found.warnings:
        return [
            Step(_sentence(escaped(warning.text)), escaped(warning.next))
            for warning in found.warnings
        ]
    where = " The model trained with them is in best/." if _has_model(report) else ""
    where += " Beside it, as best_epoch.safetensors, its best epoch." * has_best_epoch(report.run)
    return [Step(f"Train with these values: nothing in the record speaks against them.{where}", "")]


def _about(report: ReportData, name: str) -> str:
    """What is known about one hyperparameter, or nothing."""
    found = report.recommendation
    if name == "batch_size" and found.batch_size_probability:
        return _batch_size(report)
    interval, plateau = found.intervals.get(name), found.plateau.get(name)
    if interval is None or isinstance(plateau, list):
        return " ".join([*_chance(report, name), *_choices(report, name)])
    between = range_text(interval, " and ")
    text = f"The best {name_text(name)} lies between {between} with 90 % probability"
    if covers_all(report.run, name, interval):
        text += ", which is about all that was searched"
    if isinstance(plateau, Mapping):
        text += f"; {range_text(plateau, ' to ')} is as good within noise"
    return text + "."


def _chance(report: ReportData, name: str) -> list[str]:
    """How probably the recommended choice is the best one, where that is known."""
    found = report.recommendation
    chance = best_chance(found, name)
    if not chance:
        return []
    text = f"{capital(name_text(name))} {value_text(found.config[name])} is the best with {chance}"
    return ["; ".join(filter(None, [text, why_another(found, name, as_good(found, name))])) + "."]


def _choices(report: ReportData, name: str) -> list[str]:
    """Which choices are as good as the recommended one."""
    others = ", ".join(map(value_text, as_good(report.recommendation, name)))
    return [f"As good within noise for {name_text(name)}: {others}."] if others else []


def _batch_size(report: ReportData) -> str:
    found = report.recommendation
    here, chance = value_text(found.config["batch_size"]), best_chance(found, "batch_size")
    text = f"Batch size {here} is the best tried with {chance}"
    return "; ".join(filter(None, [text, why_another(found, "batch_size")])) + "."


def _unsure(report: ReportData) -> str:
    if "no-difference" in report.codes:
        return f"{capital(report.why_unsure)}: this one is as good as any of them."
    return f"Within which range the best values lie cannot be said: {report.why_unsure}."


def _confirmation(report: ReportData) -> str:
    found = report.recommendation
    mean, name = value_text(found.metric), metric_text(report.run.goal)
    if not found.confirmed:
        return (
            f"It was not trained again with fresh seeds: expect somewhat worse than {mean}, "
            f"since the best of many is partly lucky."
        )
    spread = f" \N{PLUS-MINUS SIGN} {found.metric_sd:.2g}" if found.metric_sd else ""
    seeds = found.evidence["fresh_seeds"]
    return f"Trained again with {seeds} fresh seeds its {name} reached {mean}{spread}."


def _folds(report: ReportData) -> list[str]:
    """What other splits of the data showed."""
    found = report.recommendation.evidence.get("folds")
    if not found:
        return []
    spread = f" \N{PLUS-MINUS SIGN} {found['metric_sd']:.2g}" if found["metric_sd"] else ""
    text = f"On {found['splits']} other splits of the data it reached "
    text += f"{value_text(found['metric'])}{spread}"
    rivals = rivals_on_folds(found)
    return [text + (f" (on the same ones {'; '.join(rivals)})." if rivals else ".")]


def _known(report: ReportData) -> list[str]:
    """How it compares with what the user knew."""
    text = known_text(report.recommendation)
    return [f"Of yours: {text}."] if text else []


def _batch_sizes(report: ReportData) -> list[str]:
    """What the recommended batch size and the best others are expected to reach."""
    posterior, config = report.posterior, report.recommendation.config
    if posterior is None or posterior.observations.batch is None or "batch_size" not in config:
        return []
    losses = lowest_by_batch_size(posterior)
    here = losses.pop(config["batch_size"], None)
    main = posterior.observations.main
    if here is None or not losses or main is None:
        return []
    sign = report.run.goal.sign
    others = sorted(losses.items(), key=lambda pair: pair[1])
    rest = first_of(others, lambda loss: f"{sign * loss:.2g}")
    return [
        f"Each at its best {name_text(main.name)}, batch size {value_text(config['batch_size'])} "
        f"is expected to end at {sign * here:.2g} ({rest})."
    ]


def _lowest(report: ReportData) -> str:
    """Why this configuration and no other."""
    if "no-difference" in report.codes:
        return "none of them is better than the others beyond noise"
    if report.recommendation.confirmed:
        best, word = best_word(report.run.goal), metric_word(report.run.goal)
        return f"of those trained again this one has the {best} expected final {word}"
    those = "those" if report.recommendation.evidence["full_length"] else "all"
    other = report.runner_up()
    beside = "" if other is None else f" (the next best: {value_text(other)})"
    return (
        f"of {those} this one ended {best_word(report.run.goal)}, at "
        f"{value_text(report.recommendation.metric)}{beside}"
    )


def _scaling(report: ReportData) -> list[str]:
    """How lr goes with batch size, where the record shows that it grows with it."""
    if report.posterior is None:
        return []
    rule = clear_exponent(scaling_exponent(report.posterior))
    if rule is None:
        return []
    num = len(best_by_batch_size(report.posterior))
    return [
        f"Over {num} batch sizes B the best lr goes as B^{rule.value:.2f} "
        f"(90 %: {rule.low:.2f} to {rule.high:.2f})."
    ]


def _has_model(report: ReportData) -> bool:
    return (report.run.path / BEST_DIR).is_dir()


def _sentence(text: str) -> str:
    """With a capital and a full stop."""
    return capital(text) + ("" if text.endswith((".", "!", "?")) else ".")
