"""The pictures of the trials: curves, overfitting, early stopping, what more would gain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from record.goal import VALIDATION_LOSS
from results.analysis.best_of_k import gain_of_doubling
from results.analysis.early_stopping import (
    FEWEST_RANKED,
    USEFUL_CORRELATION,
    rank_correlations,
    unselected,
)
from results.analysis.gain import MORE
from results.diagnosis import Kind, verdicts_in
from results.format import metric_text, metric_word, value_text
from results.plots import (
    plot_best_of_k,
    plot_curves,
    plot_gap,
    plot_rank_audit,
    plot_survival,
)
from results.plots.curves import EFFORTS, MOST_CURVES
from results.plots.overfitting import widest_gap
from results.plots.palette import Heights
from results.ranking import full_length
from results.report.picture import Picture, beyond
from results.report.report_data import ReportData


def curves(report: ReportData) -> Iterator[Picture]:
    """Learning curves against epochs, steps and seconds."""
    run = report.run
    if run.epochs.empty:
        yield Picture("curves", "Learning curves", f"No trial has finished an {run.unit}.", None)
        return
    if not run.has_curves:
        sentence = "There are none: of each trial the end alone is known."
        yield Picture("curves", "Learning curves", sentence, None)
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
        f"measured after the last {report.run.unit}.{beyond(losses, 'are left out')}"
    )
    limit = widest_gap(trials["gap"])
    if (trials["gap"].abs() > limit).any():
        sentence += f" Gaps beyond {value_text(limit)} stand at the edge."
    if trials["gap"].notna().any():
        figure = plot_gap(report.run, frozenset(report.recommended))
        yield Picture("gap", "Overfitting", sentence, figure)


def survival(report: ReportData) -> Iterator[Picture]:
    """How many trials ran how long."""
    run = report.run
    if not run.knows_epochs:
        return
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
    title = "Could early ranks be trusted?"
    free = unselected(run.trials, run.controls)
    found = rank_correlations(free[full_length(free)], run.epochs, run.rungs[:-1])
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
        f"The expected best {metric_word(report.run.goal)} of k configurations, up to the "
        f"{len(losses)} that have one."
    )
    gain = gain_of_doubling(report.run.trials)
    if gain is not None:
        sentence += (
            f" The last doubling bettered it by {100 * gain:.1f} %; as many samples again would "
            f"gain about as much or less."
        )
    expected = report.recommendation.evidence.get("gain_of_20_more")
    if expected is not None:
        sentence += (
            f" From the surface fitted to all trials, {MORE} more configurations are expected to "
            f"gain {100 * expected:.1f} % at most."
        )
    yield Picture("best-of-k", "Would more samples help?", sentence, plot_best_of_k(report.run))


def _curves_sentence(report: ReportData) -> str:
    goal = report.run.goal
    text = f"One line per trial: its {metric_text(goal)} after each {report.run.unit}."
    if report.recommended:
        verdict = report.recommendation.evidence.get("verdict")
        is_known = report.run.trials["train_loss"].notna().any()
        dotted = ", training loss dotted" if goal.is_loss and is_known else ""
        about = f"; it {verdict}" if verdict == Kind.OVERFITS else ""
        text += f" In colour the recommended configuration{dotted}{about}."
    if len(report.run.trials) > MOST_CURVES:
        text += f" Only the longest {MOST_CURVES} are drawn."
    return text + beyond(Heights(goal, goal.sign * report.run.epochs["objective"]))
