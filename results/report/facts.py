"""The figures of the first screen: what was reached, how many trials and how long it took."""

from __future__ import annotations

from dataclasses import dataclass

from results.format import (
    best_word,
    duration,
    endings,
    metric_text,
    metric_word,
    value_text,
)
from results.report.report_data import ReportData
from results.run_data import RunData


@dataclass(frozen=True)
class Fact:
    """One figure with its name and what stands behind it."""

    name: str
    value: str
    note: str


def facts(report: ReportData) -> list[Fact]:
    """The figures of the first screen."""
    found, run = report.recommendation, report.run
    known = [_trials(run), *_time(report)]
    if found.metric is None:
        return known
    return [_validation(report), *_test(report), *_epochs(report), *known]


def _time(report: ReportData) -> list[Fact]:
    """How long it took, where that is known."""
    run = report.run
    if run.imported:
        return []
    note = f"{report.recommendation.evidence['epochs']} {run.unit}s in all"
    return [Fact("time", duration(run.wall_seconds), note)]


def _epochs(report: ReportData) -> list[Fact]:
    """The budget, and what the curves show."""
    found, run = report.recommendation, report.run
    if not run.knows_epochs:
        return []
    best = f"{best_word(run.goal)} at {run.unit} {found.best_epoch}" if found.best_epoch else ""
    curve = ", ".join(filter(None, [found.evidence.get("verdict"), best]))
    name = "steps" if run.steps else "epochs"
    return [Fact(name, str(run.steps or run.budget), curve if run.has_curves else "")]


def _trials(run: RunData) -> Fact:
    """How many trials there were and how they ended."""
    is_search = run.trials["stage"] == "search"
    more = int((~is_search).sum())
    notes = endings(run.trials.loc[is_search, "status"].value_counts().to_dict()) + (
        [f"{more} to confirm"] if more else []
    )
    return Fact("trials", str(len(run.trials)), ", ".join(notes))


def _validation(report: ReportData) -> Fact:
    found = report.recommendation
    seeds = found.evidence["fresh_seeds"]
    note = f"mean of {seeds} fresh seeds" if found.confirmed else "not confirmed by fresh seeds"
    return Fact(metric_text(report.run.goal), value_text(found.metric), note)


def _test(report: ReportData) -> list[Fact]:
    found = report.recommendation
    if found.test_metric is None:
        return []
    seeds, num_reads = found.evidence["fresh_seeds"], found.test_looks
    note = "of the same trials"
    if num_reads > seeds:
        note = f"of the same trials; test split read {num_reads} times"
    return [Fact(f"test {metric_word(report.run.goal)}", value_text(found.test_metric), note)]
