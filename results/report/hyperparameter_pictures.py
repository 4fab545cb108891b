"""The pictures of the hyperparameters: the basin, which matter, each against the metric."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import plotly.graph_objects as go

from record.goal import MIN
from results.analysis.coordinates import MISSING, Axis, axes_of
from results.analysis.edge_warnings import open_ends
from results.analysis.observations import Observations, observe
from results.analysis.scaling import divergence_thresholds
from results.format import (
    capital,
    good_word,
    metric_text,
    metric_word,
    name_text,
    range_text,
    value_text,
)
from results.plots import (
    plot_basin,
    plot_dimension,
    plot_importance,
    plot_map,
    plot_parallel,
)
from results.plots.palette import Heights
from results.plots.parallel import MOST_LINES
from results.report.picture import Picture, beyond
from results.report.report_data import ReportData

FEWEST_PARALLEL = 3
"""Hyperparameters from which on they are also drawn side by side."""

MOST_MAPPED = 4
"""Hyperparameters of which each two get a map, those that matter most."""

MOST_DIMENSIONS = 12
"""Hyperparameters that get a picture of their own."""


def basin(report: ReportData) -> Picture | None:
    """The map for the first screen; None where a single choice varies that has no order, or no
    trial has a loss.

    Where three or more hyperparameters vary, of the two that matter most, with others to choose.
    """
    run, summary = report.run, report.summary
    observations = observe(run, summary.config if summary else None)
    own = _own(observations)
    if not own or run.trials["metric"].isna().all():
        return None

    def drawn(names: tuple[str, ...]) -> go.Figure:
        """The figure of `own` tells more where it has a number."""
        if names == own and observations.main is not None:
            return plot_basin(run, summary)
        return plot_map(run, summary, *names)

    where = f"Where the {metric_word(run.goal)} is {good_word(run.goal)}"
    maps = {" and ".join(map(name_text, pair)): drawn(pair) for pair in _pairs(report, own)}
    if maps:
        first = next(iter(maps.values()))
        return Picture("basin", where, _basin_sentence(report, True), first, versions=maps)
    title = f"{where}: {' and '.join(map(name_text, own))}"
    sentence = _basin_sentence(report, is_map=len(own) == 2)
    return Picture("basin", title, sentence, drawn(own))


def _own(observations: Observations) -> tuple[str, ...]:
    """What is drawn where nobody chooses: lr and batch size, or what stands for them."""
    main, batch = observations.main, observations.batch
    if main is None:
        first = tuple(axis.name for axis in observations.dimensions[:2])
        return first if len(first) == 2 else ()
    return (main.name,) if batch is None or batch == main else (main.name, batch.name)


def _pairs(report: ReportData, own: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Pairs of hyperparameters that get a map, the pair that matters most first.

    That of `own`, lr and batch size, tells more. Empty where fewer than three vary, or nobody
    knows which matter.
    """
    shares = report.recommendation.evidence.get("importance") or {}
    if report.posterior is None or len(shares) < FEWEST_PARALLEL:
        return []
    names = list(dict.fromkeys([*own, *shares]))
    most = sorted(shares, key=lambda name: -shares[name])[:MOST_MAPPED]
    pairs = [tuple(sorted(pair, key=names.index)) for pair in combinations(most, 2)]
    if len(own) == 2 and own not in pairs:
        pairs.append(own)
    return pairs


def which_matter(report: ReportData) -> Iterator[Picture]:
    """Importance of each hyperparameter."""
    title = "What matters"
    if len(axes_of(report.run.space)) < 2:
        return
    if report.posterior is None:
        why = f"Nothing can be said about importance: {report.why_unsure}."
        yield Picture("importance", title, why, None)
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
        sentence + beyond(Heights(run.goal, values)),
        plot_parallel(run),
    )


def each_dimension(report: ReportData) -> Iterator[Picture]:
    """Every hyperparameter that varies against the loss."""
    found, summary = report.recommendation, report.summary
    beyond_ends = open_ends(report.run, summary) if summary else {}
    for place, dimension in enumerate(axes_of(report.run.space)[:MOST_DIMENSIONS]):
        if f"config/{dimension.name}" not in report.run.trials:
            continue
        interval = found.intervals.get(dimension.name)
        ends = beyond_ends.get(dimension.name, [])
        figure = plot_dimension(
            report.run,
            dimension.name,
            found.config.get(dimension.name, MISSING),
            (interval["low"], interval["high"]) if interval else None,
            ends,
        )
        title = f"{capital(metric_word(report.run.goal))} against {name_text(dimension.name)}"
        yield Picture(
            f"dimension-{place}", title, _dimension_sentence(report, dimension, ends), figure
        )


def _basin_sentence(report: ReportData, is_map: bool) -> str:
    goal = report.run.goal
    if report.posterior is None:
        return f"Each point is a trial. No surface is drawn: {report.why_unsure}."
    text = (
        f"Coloured where the expected final {metric_word(goal)} is {good_word(goal)}"
        if is_map
        else f"The fitted final {metric_word(goal)}"
    )
    if len(report.posterior.observations.dimensions) > 1 + is_map:
        text += ", the other hyperparameters at their recommended values"
    thresholds = divergence_thresholds(report.run.trials)
    lowest = min(thresholds.values(), default=None)
    if lowest is not None:
        sizes = " at some batch sizes" * (len(set(thresholds.values())) > 1)
        text += f". Training diverges from lr {value_text(lowest)} on{sizes}"
    return text + "."


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
    return " ".join(sentences) + beyond(Heights(report.run.goal, trials["metric"]))
