"""What is wrong with the answer or the curves, each with the command that helps."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import numpy as np

from results.analysis.early_stopping import (
    USEFUL_CORRELATION,
    lost_early,
    rank_correlations,
    unselected,
)
from results.analysis.edge_warnings import near_edge
from results.analysis.never_trained import never_trained_in
from results.analysis.run_warning import RunWarning
from results.analysis.scaling import divergence_thresholds
from results.analysis.summary import Summary
from results.commands import confirm_command, resume_command, search_command
from results.comparable import task_source
from results.diagnosis import Kind, Verdict, common, verdicts_in
from results.format import metric_text, name_text, value_text
from results.ranking import BATCH_SIZE, CONFIG_PREFIX, full_length
from results.run_data import RunData
from search_spaces import Choice, choices_setting
from search_spaces.values import identity

NEAR_DIVERGENCE = 3.0
"""A learning rate within half a decade of divergence borders on it."""

MOST_NAMED, LONGEST_ERROR = 3, 120
"""Values that a note names, and characters of why they failed."""

OWN_SCHEDULE = re.compile(r"^(def scheduler\b|scheduler\s*=|from .* import .*\bscheduler\b)", re.M)
"""A task's own scheduler(), however it comes by it."""


def warnings_of(run: RunData, summary: Summary) -> Iterator[RunWarning]:
    """All that apply, the gravest first."""
    rules = (
        imported,
        few_full_length,
        few_examples,
        no_difference,
        values_that_never_trained,
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
    if _lack_training_loss(run):
        text = f"no trial ended: their training loss is not finite ({counts}), only their {name} is"
        return RunWarning(
            "few-full-length", f"{text}; train() must yield both", search_command(run)
        )
    if ended.get("diverged", 0) > 0:
        highest = "lower learning rates"
        return RunWarning(
            "few-full-length", f"{text}; try {highest}", search_command(run, _lower_lr(run))
        )
    return RunWarning("few-full-length", text, resume_command(run))


def _lack_training_loss(run: RunData) -> bool:
    """Whether all that diverged did so in the training loss alone."""
    diverged = run.trials.loc[run.trials["status"] == "diverged", "trial_id"]
    if diverged.empty:
        return False
    last = run.epochs[run.epochs["trial_id"].isin(diverged)].groupby("trial_id").tail(1)
    return bool((np.isfinite(last["val_loss"]) & ~np.isfinite(last["train_loss"])).all())


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
    if summary.has_enough_trials:
        return
    num = int(full_length(run.trials).sum())
    plural = "s" * (num != 1)
    text = (
        f"only {num} full-length trial{plural}: too few to say how sure this is; the best of a "
        f"few is partly luck (more full-length runs would tell)"
    )
    yield RunWarning("few-full-length", text, confirm_command(run))


def few_examples(run: RunData, summary: Summary) -> Iterator[RunWarning]:
    """A validation part so small that which examples it holds may decide."""
    if summary.has_enough_examples:
        return
    num = run.num_validation
    text = (
        f"validated on {num} example{'s' * (num != 1)}: which ones were held out may decide what "
        "is best, so how sure this is cannot be said (hold out more, or see how splits differ)"
    )
    folds = "--folds 5" if run.options.get("confirm", True) else "--confirm --folds 5"
    yield RunWarning("few-examples", text, search_command(run, folds))


def no_difference(run: RunData, summary: Summary) -> Iterator[RunWarning]:
    """The configuration does not matter, as far as these trials can tell."""
    if not summary.makes_no_difference:
        return
    text = (
        "no difference beyond noise between the configurations that ran to the end: any of them "
        "will do; search something else"
    )
    yield RunWarning("no-difference", text, "python tune_main.py spaces")


def values_that_never_trained(run: RunData, summary: Summary) -> Iterator[RunWarning]:
    """Choices with which every trial failed: the answer knows nothing of them."""
    for name, values in never_trained_in(run).items():
        dimension = run.space.dimensions[name]
        assert isinstance(dimension, Choice)
        gone = set(map(identity, values))
        failed = run.trials[[identity(v) in gone for v in run.trials[CONFIG_PREFIX + name]]]
        num, error = len(failed), failed["error"].dropna().mode()
        reason = f" ({error.iloc[0][:LONGEST_ERROR]})" if len(error) else ""
        shown = [value_text(value) for value in values]
        text = (
            f"{name_text(name)} {', '.join(shown[:MOST_NAMED])} never trained: "
            f"{'all' if num > 1 else 'its'} {num} trial{'s' * (num != 1)} failed{reason}"
        )
        left = [value for value in dimension.choices if identity(value) not in gone]
        setting = shlex.quote(choices_setting(name, left))
        yield RunWarning("never-trained", text, search_command(run, f"--set {setting}"))


def near_divergence(run: RunData, summary: Summary) -> Iterator[RunWarning]:
    """A somewhat larger learning rate diverges."""
    lr = summary.config.get("lr")
    thresholds = divergence_thresholds(run.trials)
    threshold = thresholds.get(summary.config.get("batch_size"), thresholds.get(None))
    if not isinstance(lr, float) or threshold is None or not lr < threshold <= NEAR_DIVERGENCE * lr:
        return
    text = f"the best lr borders on divergence ({value_text(threshold)} and above)"
    yield RunWarning("near-divergence", text, _scheduled(run, "--set warmup_epochs=2"))


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
        yield RunWarning("train-longer", text, _longer(run, 2 * run.budget))
    if shared is Kind.OVERFITS:  # said of those that do: the others' best epochs are later
        do = summary.trials["verdict"].str.startswith(Kind.OVERFITS)
        best = int(summary.trials.loc[do, "best_epoch"].astype(float).median())
    is_much_too_long = best <= max(1, run.budget // 10)
    shorter = _budget(run, max(3 * best, 3) if is_much_too_long else best)
    if shared is Kind.OVERFITS and best < run.budget:  # another metric may improve all the same
        onset = [v.epoch for v in verdicts if v.kind is Kind.OVERFITS and v.epoch is not None]
        text = f"{Verdict(shared, int(np.median(onset)), run.unit)}: the best was {run.unit} {best}"
        yield RunWarning("overfits", text, search_command(run, shorter))
    if shared in (Kind.OVERFITS, Kind.TOO_LONG) and is_much_too_long:
        text = f"{run.budget} {run.unit}s are too long: the best was {run.unit} {best}"
        yield RunWarning("too-long", text, search_command(run, shorter))
    if shared is Kind.NOISY:
        jumps = f"jumps from {run.unit} to {run.unit}"
        text = f"the validation loss {jumps}: a decaying lr would settle it"
        yield RunWarning("noisy", text, _scheduled(run, "--set schedule=cosine"))


def _lower_lr(run: RunData) -> str:
    lowest = run.trials["config/lr"].min() if "config/lr" in run.trials else 1e-4
    return f"--set lr={lowest / 1000:g}..{lowest:g}:log"


def _scheduled(run: RunData, change: str) -> str:
    """A new search with another schedule; more full-length trials where nobody reads it."""
    is_read = _is_our_loop(run) and not _has_own_schedule(run)
    return search_command(run, change) if is_read else confirm_command(run)


def _is_our_loop(run: RunData) -> bool:
    """Whether the training loop is ours, which measures the training loss after the epoch."""
    return bool(run.epochs["train_eval_loss"].notna().any())


def _has_own_schedule(run: RunData) -> bool:
    """Whether the task has a scheduler(): `schedule` is then read by nobody.

    Its text is searched, not parsed: it may have been changed, to no program even.
    """
    return OWN_SCHEDULE.search(task_source(run)) is not None


def _longer(run: RunData, epochs: int) -> str:
    """The command that trains up to so many: on from here, where that gives the same curves.

    Of a loop or a schedule of the user's own nobody knows.
    """
    schedule = run.space.dimensions.get("schedule")
    may_decay = schedule not in (None, Choice(("constant",))) or _has_own_schedule(run)
    if run.parts or run.imported or run.steps or may_decay or not _is_our_loop(run):
        return search_command(run, _budget(run, epochs))
    return f"{resume_command(run)} --epochs {epochs}"


def _budget(run: RunData, epochs: int) -> str:
    """Flags for a budget of so many epochs or evaluations, with a grace that fits into it."""
    if run.steps:
        return f"--steps {round(run.steps * epochs / run.budget)}"
    grace = run.grace_epochs
    return f"--epochs {epochs}" + (f" --grace-epochs {epochs}" if grace > epochs else "")
