"""The pictures of the report, each with its sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import plotly.graph_objects as go

from record.goal import MIN, VALIDATION_LOSS, Goal
from results.analysis.best_of_k import gain_of_doubling
from results.analysis.coordinates import Axis, axes_of
from results.analysis.early_stopping import (
    FEWEST_RANKED,
    USEFUL_CORRELATION,
    rank_correlations,
    unselected,
)
from results.analysis.gain import MORE
from results.analysis.observations import observe
from results.analysis.scaling import divergence_thresholds
from results.analysis.warnings import AT_EDGE, BEST_CHANCE
from results.diagnosis import Kind, verdicts_in
from results.format import final_text, metric_text, name_text, range_text, value_text
from results.plots import (
    plot_basin,
    plot_best_of_k,
    plot_curves,
    plot_dimension,
    plot_gap,
    plot_importance,
    plot_parallel,
    plot_rank_audit,
    plot_survival,
)
from results.plots.curves import EFFORTS, MOST_CURVES
from results.plots.overfitting import widest_gap
from results.plots.palette import Heights
from results.plots.parallel import MOST_LINES
from results.report.report_data import ReportData
from search_spaces import Choice, widened

FEWEST_PARALLEL = 3
"""Hyperparameters from which on they are also drawn side by side."""

MOST_DIMENSIONS = 12
"""Hyperparameters that get a picture of their own."""


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


def basin(report: ReportData) -> Picture | None:
    """The map for the first screen; None without a numeric range in the space or any loss."""
    run, summary = report.run, report.summary
    observations = observe(run)
    if observations.main is None or run.trials["metric"].isna().all():
        return None
    batch = observations.batch
    is_map = batch is not None and batch.name != observations.main.name
    title = f"{_where(run.goal)}: {name_text(observations.main.name)}"
    if batch is not None and is_map:
        title += f" and {name_text(batch.name)}"
    figure = plot_basin(run, summary)
    return Picture("basin", title, _basin_sentence(report, is_map), figure)


def pictures(report: ReportData) -> Iterator[Picture]:
    """All others, in the order of the page: those without a figure come last."""
    rules: tuple[Callable[[ReportData], Iterator[Picture]], ...] = (
        curves,
        overfitting,
        which_matter,
        all_dimensions,
        each_dimension,
        survival,
        rank_audit,
        best_of_k,
    )
    found = [picture for rule in rules for picture in rule(report)]
    yield from sorted(found, key=lambda picture: picture.figure is None)


def curves(report: ReportData) -> Iterator[Picture]:
    """Learning curves against epochs, steps and seconds."""
    run = report.run
    if run.epochs.empty:
        yield Picture("curves", "Learning curves", f"No trial has finished an {run.unit}.", None)
        return
    highlight = report.recommended or None
    figure = plot_curves(run, "epochs", highlight)
    other: dict[str, list[Any]] = {
        effort: [list(trace.x) for trace in plot_curves(run, effort, highlight).data]
        for effort in EFFORTS
    }
    yield Picture("curves", "Learning curves", _curves_sentence(report), figure, other)


def overfitting(report: ReportData) -> Iterator[Picture]:
    """Gap against loss."""
    trials = report.run.trials
    full = trials[trials["status"] == "finished"]
    num = sum(verdict.kind is Kind.OVERFITS for verdict in verdicts_in(full))
    losses = Heights(VALIDATION_LOSS, trials["val_loss"])
    sentence = (
        f"{num or 'None'} of {len(full)} full-length trials overfit{'s' * (num == 1)}: validation "
        f"loss rising while training loss falls. The gap is validation minus training loss, both "
        f"measured after the last {report.run.unit}.{_beyond(losses, 'are left out')}"
    )
    limit = widest_gap(trials["gap"])
    if (trials["gap"].abs() > limit).any():
        sentence += f" Gaps beyond {value_text(limit)} stand at the edge."
    if trials["gap"].notna().any():
        figure = plot_gap(report.run, frozenset(report.recommended))
        yield Picture("gap", "Overfitting", sentence, figure)


def which_matter(report: ReportData) -> Iterator[Picture]:
    """Importance of each hyperparameter."""
    title = "What matters"
    if len(axes_of(report.run.space)) < 2:
        return
    if report.posterior is None:
        why = (
            "the configurations that ran to the end do not differ beyond noise"
            if "no-difference" in report.codes
            else "there are too few full-length trials"
        )
        yield Picture("importance", title, f"Nothing can be said about importance: {why}.", None)
        return

    evidence = report.recommendation.evidence
    shares = evidence["importance"]
    order = sorted(shares, key=lambda name: -shares[name])
    ranks = ", ".join(f"{place}. {name_text(name)}" for place, name in enumerate(order, start=1))
    sentence = (
        f"In order of importance: {ranks}. Sobol total indices of the fitted surface (bad values "
        f"damped): the share of its variation that goes with each hyperparameter."
    )
    if evidence["no_effect"]:
        seen = ", ".join(map(name_text, evidence["no_effect"]))
        sentence += f" Beyond noise no effect was seen of {seen}, anywhere in what was searched."
    yield Picture("importance", title, sentence, plot_importance(shares))


def all_dimensions(report: ReportData) -> Iterator[Picture]:
    """Every trial through all hyperparameters, where three or more vary."""
    run = report.run
    values = run.trials["metric"].dropna()
    if len(axes_of(run.space)) < FEWEST_PARALLEL or values.empty:
        return
    sentence = (
        f"A line per trial through its values to its last {metric_text(run.goal)}, the best tenth "
        "in colour. Where a hyperparameter has no value the line passes below its axis."
    )
    if len(values) > MOST_LINES:
        sentence += f" Only the best {MOST_LINES} are drawn."
    yield Picture(
        "parallel",
        "All hyperparameters",
        sentence + _beyond(Heights(run.goal, values)),
        plot_parallel(run),
    )


def each_dimension(report: ReportData) -> Iterator[Picture]:
    """Every hyperparameter that varies against the loss."""
    found = report.recommendation
    for place, dimension in enumerate(axes_of(report.run.space)[:MOST_DIMENSIONS]):
        if f"config/{dimension.name}" not in report.run.trials:
            continue
        interval = found.intervals.get(dimension.name)
        ends = _open_ends(report, dimension)
        figure = plot_dimension(
            report.run,
            dimension.name,
            found.config.get(dimension.name),
            (interval["low"], interval["high"]) if interval else None,
            ends,
        )
        title = f"{_capital(_short(report.run.goal))} against {name_text(dimension.name)}"
        yield Picture(
            f"dimension-{place}", title, _dimension_sentence(report, dimension, ends), figure
        )


def survival(report: ReportData) -> Iterator[Picture]:
    """How many trials ran how long."""
    run = report.run
    search = run.trials[run.trials["stage"] == "search"]
    whole = len(search) * run.budget
    saved = whole - int(search["epochs"].sum())
    stopped = int(search["status"].eq("stopped").sum())
    sentence = (
        f"{stopped} of {len(search)} trials were stopped early, which saved {saved} of {whole} "
        f"{run.unit}s ({100 * saved / max(whole, 1):.0f} %)."
    )
    if run.options.get("scheduler") == "asha" and run.rungs[:-1]:
        rungs = ", ".join(str(rung) for rung in run.rungs[:-1])
        sentence += f" ASHA compares trials at {run.unit}s {rungs} (dotted)."
    yield Picture("survival", "Early stopping", sentence, plot_survival(run))


def rank_audit(report: ReportData) -> Iterator[Picture]:
    """Whether early losses predict final ones."""
    run = report.run
    if not run.trials["status"].eq("stopped").any():
        return
    title = "Could early losses be trusted?"
    free = unselected(run.trials, run.controls)
    found = rank_correlations(free[free["status"] == "finished"], run.epochs, run.rungs[:-1])
    if not found:
        sentence = (
            f"That cannot be judged here: it takes {FEWEST_RANKED} full-length trials which no "
            f"early stopping chose, as the confirmation gives."
        )
        yield Picture("audit", title, sentence, None)
        return
    rung, (correlation, _) = next(iter(found.items()))
    sentence = (
        f"At {run.unit} {rung} the ranks of the trials correlate with their final ranks by "
        f"{correlation:.2f} (1 is perfect; below {USEFUL_CORRELATION} early stopping is a gamble). "
        f"The bars reach up to what it may be at most, with 95 % probability."
    )
    yield Picture("audit", title, sentence, plot_rank_audit(found, run.unit))


def best_of_k(report: ReportData) -> Iterator[Picture]:
    """What more samples would gain."""
    losses = report.run.trials.loc[report.run.trials["stage"] == "search", "metric"].dropna()
    if len(losses) < 2:
        return
    sentence = (
        f"The expected best {_short(report.run.goal)} of k configurations, up to the {len(losses)} "
        f"that have one."
    )
    gain = gain_of_doubling(report.run.trials)
    if gain is not None:
        sentence += (
            f" The last doubling lowered it by {100 * gain:.1f} %; as many samples again would "
            f"gain about as much or less."
        )
    expected = report.recommendation.evidence.get("gain_of_20_more")
    if expected is not None:
        sentence += (
            f" From the surface fitted to all trials, {MORE} more configurations are expected to "
            f"gain {100 * expected:.1f} % at most."
        )
    yield Picture("best-of-k", "Would more samples help?", sentence, plot_best_of_k(report.run))


def _basin_sentence(report: ReportData, is_map: bool) -> str:
    goal = report.run.goal
    if report.posterior is None:
        text = "Each point is a trial. "
        if "no-difference" in report.codes:
            return text + "Those that ran to the end differ by no more than noise."
        return text + "There are too few full-length trials to fit a surface through them."
    text = (
        f"Coloured where the expected {final_text(goal)} is {_good(goal)}"
        if is_map
        else f"The fitted {final_text(goal)}"
    )
    if len(report.posterior.observations.dimensions) > 1 + is_map:
        text += ", the other hyperparameters at their recommended values"
    thresholds = divergence_thresholds(report.run.trials)
    lowest = min(thresholds.values(), default=None)
    if lowest is not None:
        text += f". Training diverges from lr {value_text(lowest)} on"
    return text + "."


def _curves_sentence(report: ReportData) -> str:
    goal = report.run.goal
    text = f"One line per trial: its {metric_text(goal)} after each {report.run.unit}."
    if report.recommended:
        verdict = report.recommendation.evidence.get("verdict")
        dotted = ", training loss dotted" if goal.is_loss else ""
        about = f"; it {verdict}" if verdict == Kind.OVERFITS else ""
        text += f" In colour the recommended configuration{dotted}{about}."
    if len(report.run.trials) > MOST_CURVES:
        text += f" Only the longest {MOST_CURVES} are drawn."
    return text + _beyond(Heights(goal, goal.sign * report.run.epochs["objective"]))


def _beyond(heights: Heights, fate: str = "are drawn there") -> str:
    """A sentence about values too bad to tell apart, where there are any."""
    what = "Losses" if heights.goal.is_loss else "Values"
    side = "above" if heights.goal.mode == MIN else "below"
    return f" {what} {side} {value_text(heights.limit)} {fate}." if heights.has_more else ""


def _short(goal: Goal) -> str:
    """What trials are compared by, in a word: `loss`, or the metric's name."""
    return "loss" if goal.is_loss else name_text(goal.metric)


def _where(goal: Goal) -> str:
    """`Where the loss is low`."""
    return f"Where the {_short(goal)} is {_good(goal)}"


def _good(goal: Goal) -> str:
    return "low" if goal.mode == MIN else "high"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _dimension_sentence(report: ReportData, dimension: Axis, ends: list[str]) -> str:
    found, trials = report.recommendation, report.run.trials
    sentences = []
    if dimension.name in found.config:
        sentences.append(f"The line is the recommended {value_text(found.config[dimension.name])}.")
    interval = found.intervals.get(dimension.name)
    if ends:
        places = " and ".join(value_text(getattr(dimension, end)) for end in ends)
        sentences.append(f"The best may lie beyond what was searched ({places}, shaded red).")
    elif interval is not None and dimension.is_range:
        between = range_text(interval, " and ")
        sentences.append(f"The best lies between {between} with 90 % probability (shaded).")
    if trials["status"].eq("diverged").any():
        end = "top" if report.run.goal.mode == MIN else "bottom"
        sentences.append(f"Diverged trials stand at the {end}.")
    return " ".join(sentences) + _beyond(Heights(report.run.goal, trials["metric"]))


def _open_ends(report: ReportData, dimension: Axis) -> list[str]:
    """The ends that its best value may lie beyond, where there is an edge warning."""
    found = report.recommendation
    interval, chances = found.intervals.get(dimension.name), found.batch_size_probability
    if "edge" not in report.codes:
        return []
    if dimension.name == "batch_size" and chances:
        likely = [size for size in chances if chances[size] > BEST_CHANCE]
        return ["low"] * (min(chances) in likely) + ["high"] * (max(chances) in likely)
    if interval is None or isinstance(dimension.dimension, Choice):
        return []
    wider = widened(dimension.name, dimension.dimension)
    low, high = np.ravel(dimension.coordinates([interval["low"], interval["high"]]))
    return ["low"] * bool(low <= AT_EDGE and wider.low < dimension.low) + ["high"] * bool(
        high >= 1 - AT_EDGE and wider.high > dimension.high
    )
