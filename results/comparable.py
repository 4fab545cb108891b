"""Whether the losses of two runs can be compared: one task, one split, one budget, one metric."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from record.settings import TASK_FILE
from results.format import escaped
from results.run_data import RunData


def run_names(runs: Sequence[RunData]) -> list[str]:
    """What each run is called in a sentence: its directory's name, the path where two share it."""
    names = [run.path.resolve().name for run in runs]  # of `.`, too
    times = Counter(names)
    return [
        escaped(name if times[name] == 1 else run.path)
        for run, name in zip(runs, names, strict=True)
    ]


def what_differs(one: RunData, other: RunData) -> str:
    """What forbids to compare them: `the split seed (0 and 1), the budget (27 epochs and 9
    epochs)`; empty where nothing does.

    The task is the same where its source is, as the runs keep it; without a source the name
    stands for it. What a task reads from elsewhere is not seen.
    """
    facts = zip(_facts(one), _facts(other), strict=True)
    parts = [f"{name} ({mine} and {its})" for (name, mine), (_, its) in facts if mine != its]
    if task_source(one) != task_source(other):
        names = [escaped(run.task) for run in (one, other)]
        also = " and ".join(names) if names[0] != names[1] else f"their {TASK_FILE} differ"
        parts.insert(0, f"the task ({also})")
    return ", ".join(parts)


def _facts(run: RunData) -> list[tuple[str, object]]:
    budget = f"{run.budget} epochs" if run.knows_epochs else "unknown"
    if run.steps:
        budget = f"{run.steps} steps in {run.budget} evaluations"
    return [
        ("the split seed", run.options.get("split_seed", 0)),
        ("the budget", budget),
        ("the metric", f"{run.goal.mode} of {escaped(run.goal.metric)}"),
    ]


def task_source(run: RunData) -> str:
    """The text of the task's file, or the task's name where the run keeps none.

    Of imported trials nobody knows the task: those of one source have the same.
    """
    try:
        return (run.base / TASK_FILE).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return run.task
