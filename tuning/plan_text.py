"""What a run is going to do, in the words that are shown before it begins."""

from __future__ import annotations

from record.goal import MAX
from search_spaces.messages import one_line
from tuning.plan import RunPlan


def plan_lines(plan: RunPlan) -> list[str]:
    """Lines that say what is going to be done, and what it will cost at most."""
    options = plan.options
    distinct = plan.space.num_configurations
    name = one_line(plan.task.name)
    lines = [f"{name}: {options.samples} configurations of", *plan.space.describe()]
    if distinct is not None and distinct < options.samples:
        lines.append(f"the space has only {distinct} distinct configurations")
    if distinct is not None and options.searcher == "grid" and distinct > options.samples:
        lines.append(f"the grid has {distinct}: {options.samples} spread over it are tried")
    if num := len(options.try_first):
        lines.append(f"first the {num} known: never stopped early")
    rungs = ", ".join(map(str, sorted(plan.stopping.ask_at)[:5])) or "none"
    most = f"{plan.epochs} epochs"
    if options.steps is not None:
        most = f"{options.steps} optimizer steps, measured {plan.epochs} times,"
    lines.append(f"up to {most} each; {options.scheduler} may stop after {rungs}")
    if not plan.goal.is_loss:
        better = "higher" if plan.goal.mode == MAX else "lower"
        lines.append(f"compared by {one_line(plan.goal.metric)}, the {better} the better")
    if options.confirm:
        from results.analysis.confirmation_size import SEEDS, confirmation_size

        num = confirmation_size(plan.most_trials * plan.epochs, plan.epochs)
        most = f"{num} trials of {plan.epochs} {plan.unit}s at most"
        lines.append(f"then a confirmation: {most}, and no more than the search or {SEEDS} of them")
    if options.folds:
        from results.analysis.folds import MOST_FOLDED

        num = MOST_FOLDED * options.folds
        lines.append(f"then up to {num} trials on {options.folds} splits of the data")
    return lines
