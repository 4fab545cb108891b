"""What is wrong with the answer or the curves, each with the command that helps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from results.analysis.coordinates import Axis
from results.analysis.early_stopping import (
    USEFUL_CORRELATION,
    lost_early,
    rank_correlations,
    unselected,
)
from results.analysis.gain import MORE
from results.analysis.profiles import Profile
from results.analysis.scaling import divergence_thresholds
from results.analysis.summary import Summary
from results.analysis.surrogate import share_of
from results.commands import confirm_command, resume_command, search_command, wider_command
from results.diagnosis import Kind, Verdict, common, verdicts_in
from results.format import metric_text, percent, value_text
from results.ranking import BATCH_SIZE, full_length
from results.run_data import RunData
from search_spaces import Choice, setting_of, widened

NEAR_DIVERGENCE = 3.0
"""A learning rate within half a decade of divergence borders on it."""

AT_EDGE = 0.025
"""A value within this share of the range of its end lies at the edge."""

EDGE_CHANCE = 0.2
"""Chance of the best value lying at the edge from which on that is a warning. At the 5 % with
which an interval reaches the edge one in five heavily noisy searches would be warned in vain."""

BEST_CHANCE = 0.5
"""Chance above which the first or last tried batch size is called best ..."""

BEATS_CHANCE = 0.9
"""... given that it beats the next one with this chance. A smooth surface about which nothing is
known has its lowest point at an end more often than not."""

BATCH_SIZE_ENDS = ((0, 1, "smallest", "smaller"), (-1, -2, "largest", "larger"))
"""Places of the first and the last batch size and of their neighbours, and what they are called."""


@dataclass(frozen=True)
class RunWarning:
    """Something wrong with the answer or the curves, and what to type about it."""

    code: str
    text: str
    next: str


def warnings_of(run: RunData, summary: Summary) -> Iterator[RunWarning]:
    """All that apply, the gravest first."""
    rules = (
        imported,
        few_full_length,
        no_difference,
        near_edge,
        near_divergence,
        early_ranks_mislead,
        unequal_steps,
        curve,
    )
    for rule in rules:
        yield from rule(run, summary)


def no_result(run: RunData) -> RunWarning:
    """The one thing to say when no trial ended with a finite loss."""
    ended = run.trials["status"].value_counts()
    counts = ", ".join(f"{num} {status}" for status, num in ended.items())
    name = metric_text(run.goal)
    text = f"no trial ended with a finite {name} ({counts}): there is nothing to recommend"
    if ended.get("diverged", 0) > 0:
        highest = "lower learning rates"
        return RunWarning(
            "few-full-length", f"{text}; try {highest}", search_command(run, _lower_lr(run))
        )
    return RunWarning("few-full-length", text, resume_command(run))


def imported(run: RunData, summary: Summary) -> Iterator[RunWarning]:
    """What cannot be concluded from trials that somebody else chose."""
    if not run.imported:
        return
    parts = ["no fresh seeds, so the best is partly luck"]
    if run.trials["status"].eq("stopped").any():
        parts.append("early stopping chose which trials ran to the end")
    if not run.knows_epochs:
        parts.append("how long trials ran is unknown, and all count as finished")
    if run.imported.get("space") == "inferred":
        parts.append("the space is what was tried, no more")
    text = f"imported from {run.imported.get('kind')}: {'; '.join(parts)}"
    yield RunWarning("imported", text, search_command(run))


def few_full_length(run: RunData, summary: Summary) -> Iterator[RunWarning]:
    """Too few full-length trials for an interval."""
    if summary.is_enough:
        return
    num = int(run.trials["status"].eq("finished").sum())
    plural = "s" * (num != 1)
    text = (
        f"only {num} full-length trial{plural}: too few to say how sure this is; the best of a "
        f"few is partly luck (more full-length runs would tell)"
    )
    yield RunWarning("few-full-length", text, confirm_command(run))


def no_difference(run: RunData, summary: Summary) -> Iterator[RunWarning]:
    """The configuration does not matter, as far as these trials can tell."""
    if not summary.makes_no_difference:
        return
    text = (
        "no difference beyond noise between the configurations that ran to the end: any of them "
        "will do; search something else"
    )
    yield RunWarning("no-difference", text, "python tune_main.py spaces")


def near_edge(run: RunData, summary: Summary) -> Iterator[RunWarning]:
    """The best value may lie beyond what was tried."""
    if not summary.is_sure or summary.posterior is None:
        return
    for line in summary.profiles:
        if line.dimension.is_range:
            yield from _range_edge(run, line)
    yield from _batch_edge(run, summary)


def near_divergence(run: RunData, summary: Summary) -> Iterator[RunWarning]:
    """A somewhat larger learning rate diverges."""
    lr = summary.config.get("lr")
    thresholds = divergence_thresholds(run.trials)
    threshold = thresholds.get(summary.config.get("batch_size"), thresholds.get(None))
    if not isinstance(lr, float) or threshold is None or not lr < threshold <= NEAR_DIVERGENCE * lr:
        return
    text = f"the best lr borders on divergence ({value_text(threshold)} and above)"
    yield RunWarning("near-divergence", text, search_command(run, "--set warmup_epochs=2"))


def early_ranks_mislead(run: RunData, summary: Summary) -> Iterator[RunWarning]:
    """Early stopping compared trials at an epoch that says nothing about the end.

    Both must hold: early ranks surely correlate little with final ones, and most of the best
    trials would have been stopped. In a narrow window the first alone is common and harmless.
    """
    if summary.makes_no_difference or not run.trials["status"].eq("stopped").any():
        return
    free = unselected(run.trials, run.controls)
    full, searched = free[full_length(free)], run.trials[run.trials["stage"].eq("search")]
    rung, factor = run.rungs[0], run.reduction_factor
    found = rank_correlations(full, run.epochs, [rung])
    lost, num = lost_early(full, searched, run.epochs, rung, factor)
    if not found or found[rung][1] >= USEFUL_CORRELATION or 2 * lost <= num:
        return
    text = (
        f"early stopping may have lost the best: {lost} of the {num} best full-length trials would "
        f"have been stopped at {run.unit} {rung} (rank correlation with the end "
        f"{found[rung][0]:.2f})"
    )
    later = min(factor * rung, run.budget)
    yield RunWarning("early-ranks-mislead", text, search_command(run, f"--grace-epochs {later}"))


def unequal_steps(run: RunData, summary: Summary) -> Iterator[RunWarning]:
    """A small batch won at equal epochs, while larger ones, with fewer steps, were still improving.

    Then the steps decide, not the batch size (docs/choosing.md).
    """
    size = summary.config.get("batch_size")
    if run.steps or size is None or BATCH_SIZE not in run.trials or not summary.is_sure:
        return
    full = run.trials[full_length(run.trials)]
    larger = full[full[BATCH_SIZE].astype(float) > size]
    best = larger.sort_values("objective", kind="stable").drop_duplicates(BATCH_SIZE)
    steps = int(summary.trials["steps"].median())
    if best.empty or steps == 0:
        return
    improving = best[best["verdict"].str.startswith(Kind.IMPROVING)]
    if 2 * len(improving) <= len(best):
        return
    sizes = " and ".join(value_text(size) for size in sorted(improving[BATCH_SIZE])[:2])
    text = (
        f"batch sizes were compared at equal epochs: {sizes}, with fewer steps, were still "
        "improving at the end; compare them at equal steps"
    )
    yield RunWarning("unequal-steps", text, search_command(run, f"--steps {steps}"))


def curve(run: RunData, summary: Summary) -> Iterator[RunWarning]:
    """What the recommended configuration's own curves say."""
    verdicts = verdicts_in(summary.trials)
    shared = common(verdicts)
    best = int(summary.trials["best_epoch"].astype(float).median())
    if shared is Kind.IMPROVING:
        text = f"the validation loss is still falling at {run.unit} {run.budget}: train longer"
        yield RunWarning("train-longer", text, search_command(run, _budget(run, 2 * run.budget)))
    if shared is Kind.OVERFITS and best < run.budget:  # another metric may improve all the same
        onset = [v.epoch for v in verdicts if v.kind is Kind.OVERFITS and v.epoch is not None]
        text = f"{Verdict(shared, int(np.median(onset)), run.unit)}: the best was {run.unit} {best}"
        yield RunWarning("overfits", text, search_command(run, _budget(run, max(best, 1))))
    if shared in (Kind.OVERFITS, Kind.TOO_LONG) and best <= max(1, run.budget // 10):
        text = f"{run.budget} {run.unit}s are too long: the best was {run.unit} {best}"
        yield RunWarning("too-long", text, search_command(run, _budget(run, max(3 * best, 3))))
    if shared is Kind.NOISY:
        jumps = f"jumps from {run.unit} to {run.unit}"
        text = f"the validation loss {jumps}: a decaying lr would settle it"
        yield RunWarning("noisy", text, search_command(run, "--set schedule=cosine"))


def _range_edge(run: RunData, line: Profile) -> Iterator[RunWarning]:
    """Only an end that can move out: a share does not lie below 0."""
    axis, dimension = line.dimension, line.dimension.dimension
    assert not isinstance(dimension, Choice), axis
    wider = widened(axis.name, dimension)
    best = axis.coordinates(line.values)[line.difference.argmin(axis=1), 0]
    beyond: dict[str, Any] = {}
    if wider.low < axis.low and (best <= AT_EDGE).mean() >= EDGE_CHANCE:
        beyond["low"] = wider.low
    if wider.high > axis.high and (best >= 1 - AT_EDGE).mean() >= EDGE_CHANCE:
        beyond["high"] = wider.high
    if not beyond:
        return
    places = " and ".join(value_text(getattr(axis, end)) for end in beyond)
    text = f"the best {axis.name} may lie beyond the range searched ({places})"
    setting = setting_of(axis.name, replace(dimension, **beyond))
    yield RunWarning("edge", text, wider_command(run, setting, MORE))


def _batch_edge(run: RunData, summary: Summary) -> Iterator[RunWarning]:
    posterior = summary.posterior
    if posterior is None or posterior.observations.batch is None:
        return
    batch = posterior.observations.batch
    sizes, lowest = posterior.lowest_by_batch_size_drawn()
    shares = share_of(lowest.argmin(axis=1), len(sizes))
    for place, inner, word, further in BATCH_SIZE_ENDS if len(sizes) > 1 else ():
        beats = float((lowest[:, place] < lowest[:, inner]).mean())
        beyond = _with_further(batch, sizes[place], place)
        if shares[place] > BEST_CHANCE and beats >= BEATS_CHANCE and beyond:
            text = (
                f"the {word} batch size tried, {sizes[place]}, is best with "
                f"{percent(shares[place])}: try {further} ones"
            )
            yield RunWarning("edge", text, wider_command(run, beyond, MORE))


def _with_further(batch: Axis, end: int, place: int) -> str:
    """The setting with up to two batch sizes beyond one end; empty where there are none.

    It holds all that were searched: what was tried goes on to count.
    """
    dimension = batch.dimension
    step = getattr(dimension, "step", None) or 1
    wanted = (end // 4, end // 2) if place == 0 else (2 * end, 4 * end)
    on_grid = {end + round((size - end) / step) * step for size in wanted}
    beyond = sorted(size for size in on_grid if size >= 1 and size != end)
    if not beyond:
        return ""
    if not isinstance(dimension, Choice):
        moved: dict[str, Any] = {"low": beyond[0]} if place == 0 else {"high": beyond[-1]}
        return setting_of(batch.name, replace(dimension, **moved))
    return f"{batch.name}=" + ",".join(map(str, sorted({*batch.choices, *beyond})))


def _lower_lr(run: RunData) -> str:
    lowest = run.trials["config/lr"].min() if "config/lr" in run.trials else 1e-4
    return f"--set lr={lowest / 1000:g}..{lowest:g}:log"


def _budget(run: RunData, epochs: int) -> str:
    """Flags for a budget of so many epochs or evaluations, with a grace that fits into it."""
    if run.steps:
        return f"--steps {round(run.steps * epochs / run.budget)}"
    grace = run.grace_epochs
    return f"--epochs {epochs}" + (f" --grace-epochs {epochs}" if grace > epochs else "")
