"""A run that goes on in another space: which of its trials count there, and what is refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from record.lines import FAILED, SEARCH, SPACE_CHANGED, Line, mark_line
from search_spaces import Earlier, Function, History
from search_spaces.dimensions import takes
from trainable.defaults import default_of
from tuning.dispatcher import TrialPlan
from tuning.options import OptionError, make_options
from tuning.plan import RunPlan, run_settings


def in_changed_space(plan: RunPlan, settings: Sequence[str], lines: Sequence[Line]) -> RunPlan:
    """The plan with `settings` (of --set) in its space, for a run whose record holds `lines`.

    Raises ValueError where no trial so far would count there, or what one ran with is not known.
    """
    saved = run_settings(plan)
    known = saved["options"].pop("try_first", ())  # tried before, and maybe outside from now on
    options = make_options(saved["options"] | {"space": saved["space"], "set": settings})
    changed = RunPlan.make(options, plan.task, plan.history)
    if changed.space == plan.space:
        return plan
    begun = {
        line["trial_id"]: line["config"]
        for line in lines
        if line["kind"] == "trial" and line.get("stage") == SEARCH
    }
    history = History(
        (*plan.history.earlier, Earlier(plan.space, len(begun))),
        {**plan.history.ran_with, **_ran_with(plan, changed)},
    )
    options = changed.options.model_copy(update={"try_first": tuple(known)})
    changed = replace(changed, history=history, options=options, raised_from=plan.raised_from)
    ended = {line["trial_id"]: line["status"] for line in lines if line["kind"] == "status"}
    configs = [config for trial_id, config in begun.items() if ended.get(trial_id) != FAILED]
    if not any(map(changed.counts, configs)):
        raise OptionError("set", _none_counts(plan, changed))
    return changed


def marks_of_change(plan: RunPlan, lines: Iterable[Line]) -> list[Line]:
    """What the record has yet to say of the changes of the space."""
    said = sum(line.get("name") == SPACE_CHANGED for line in lines)
    return [mark_line(SPACE_CHANGED) for _ in plan.history.earlier[said:]]


def change_text(plan: RunPlan, trials: Sequence[TrialPlan]) -> str:
    """How many of the `trials` so far, in the order they began, lie in the changed space."""
    begun = trials[: plan.history.num_begun]
    num = sum(plan.counts(trial.config) for trial in begun)
    where = "lie in the space as it is now, and count"
    return f"{num} of the {len(begun)} trials before the change of the space {where}"


def _ran_with(plan: RunPlan, changed: RunPlan) -> dict[str, Any]:
    """What trials so far ran with of each hyperparameter that is added."""
    found = {}
    for name, dimension in changed.space.dimensions.items():
        if name in plan.space.dimensions:
            continue
        assert not isinstance(dimension, Function), "--set makes none"
        try:
            found[name] = value = default_of(plan.task, name)
        except ValueError as error:
            way_out = "start a new search with it"
            rule = f"{name}: what the trials so far ran with is not known, since {error}: {way_out}"
            raise OptionError("set", rule) from None
        if not takes(dimension, value):
            rule = f"{name} must hold {value!r}, which the trials so far ran with, or none counts"
            raise OptionError("set", f"{rule}: got {dimension.describe()}")
    return found


def _none_counts(plan: RunPlan, changed: RunPlan) -> str:
    """What is wrong with a space in which nothing lies: the dimensions that are other ones."""
    before = plan.space.dimensions
    lying = ", ".join(
        f"{name} {dimension.describe()}"
        for name, dimension in changed.space.dimensions.items()
        if before.get(name) != dimension
    )
    return f"leaves no trial of the run in the space ({lying}): start a new search instead"
