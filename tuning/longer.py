"""A run whose trials are trained longer: which go on, and where that would not be the same."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from record import AnyPath
from record.lines import (
    BUDGET_RAISED,
    FINISHED,
    INTERRUPTED,
    STOPPED,
    Line,
    raise_line,
    status_line,
)
from search_spaces import Function
from search_spaces.dimensions import takes
from tuning import run_directory
from tuning.dispatcher import TrialPlan
from tuning.options import OptionError
from tuning.plan import RunPlan
from tuning.progress import Progress, TrialState
from tuning.scheduler import NeverStop


def made_longer(plan: RunPlan, epochs: int, path: AnyPath, *, force: bool) -> RunPlan:
    """The plan of the run at `path` with trials of so many epochs.

    Raises OptionError where that are not more, or where the epochs that trials have run would have
    come out otherwise; of what only the user can know, `force` says that they would not.
    """
    if plan.options.steps is not None:
        rule = "cannot make trials longer whose budget is in --steps: search again with more"
        raise OptionError("epochs", f"{rule}, and --try {path}")
    if epochs <= plan.epochs:
        rule = f"must be more than the run's {plan.epochs}, got {epochs}: trials can only go on"
        raise OptionError("epochs", rule)
    instead = f"search again with --config {path}/run.toml --epochs {epochs} --try {path}"
    if _may_decay(plan):
        rule = (
            "cannot go on where schedule may be cosine: it ends at the last epoch, so that longer"
        )
        raise OptionError("epochs", f"{rule} trials differ from the first on; {instead}")
    if not force and (reader := _reader_of_epochs(plan)):
        rule = f"{reader} may read config['epochs']: add --force if no epoch depends on how many"
        raise OptionError("epochs", f"cannot be changed for sure: {rule} follow, else {instead}")
    return replace(
        plan,
        options=plan.options.model_copy(update={"epochs": epochs}),
        raised_from=(*plan.raised_from, plan.epochs),
    )


def raise_lines(plan: RunPlan, lines: Sequence[Line]) -> list[Line]:
    """What the record has yet to say of the budgets that were raised.

    Of the trials of the search that ran their full budget the best one in so many goes on, as ASHA
    would choose had it waited for all of them; so do those that are never stopped. The others now
    count as stopped there, those of a confirmation too.
    """
    said = sum(line.get("name") == BUDGET_RAISED for line in lines)
    if not plan.raised_from[said:]:
        return []
    progress = Progress(NeverStop, plan.options.max_failures, plan.goal, plan.counts)
    for line in lines:
        progress.apply(line)
    found: list[Line] = []
    for place, before in enumerate(plan.raised_from[said:], start=said + 1):
        epochs = [*plan.raised_from, plan.epochs][place]
        # a crash while these lines were written leaves some of them
        at_end = {
            trial_id: state
            for trial_id, state in progress.trials.items()
            if state.epoch == before and state.status in (FINISHED, STOPPED, INTERRUPTED)
        }
        go_on = _that_go_on(plan, at_end)
        found += [
            status_line(trial_id, INTERRUPTED if trial_id in go_on else STOPPED)
            for trial_id in at_end
        ]
        found.append(raise_line(epochs, go_on))
    return found


def longer_text(
    plan: RunPlan, raises: Sequence[Line], searched: Sequence[TrialPlan], path: AnyPath
) -> str:
    """How many of the `searched` trials go on, and how many of them from the start."""
    go_on = [trial_id for line in raises for trial_id in line.get("go_on", [])]
    num = len({line.get("trial_id") for line in raises} & {t.trial_id for t in searched})
    before, now = plan.raised_from[-1], plan.epochs
    text = f"{len(go_on)} of the {num} trials that ran {before} epochs go on to {now}"
    again = sum(not run_directory.checkpoint_dir(path, trial_id).is_dir() for trial_id in go_on)
    if not again:
        return text
    which = "all" if again == len(go_on) else f"{again} of them"
    return f"{text}, {which} from the start: --keep-checkpoints of a search saves that"


def _that_go_on(plan: RunPlan, at_end: Mapping[str, TrialState]) -> list[str]:
    compared = {
        trial_id: state.objective
        for trial_id, state in at_end.items()
        if state.is_compared and state.objective is not None
    }
    one_in = 1 if plan.options.scheduler == "none" else plan.options.reduction_factor
    ranked = sorted(compared, key=lambda trial_id: compared[trial_id])
    best = set(ranked[: math.ceil(len(ranked) / one_in)])
    return [t for t in at_end if t in best or (t in compared and at_end[t].control)]


def _may_decay(plan: RunPlan) -> bool:
    """Whether the loop's learning rate may depend on how many epochs there are in all."""
    dimension = plan.space.dimensions.get("schedule")
    if dimension is None or "schedule" not in plan.task.loop_reads(("schedule",)):
        return False
    return isinstance(dimension, Function) or takes(dimension, "cosine")


def _reader_of_epochs(plan: RunPlan) -> str | None:
    """What may train otherwise where there are more epochs to come; None where nothing does."""
    for name in ("train", "scheduler"):
        if plan.task.defines(name):
            return f"{name}() of {plan.task.path.name}"
    return plan.task.path.name if plan.task.reads.may_read("epochs") else None
