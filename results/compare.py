"""Runs side by side, and whether their answers really differ."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from results.comparable import run_names, what_differs
from results.format import config_text
from results.run import Run
from search_spaces.values import identity

DIFFERENCE_COLUMNS = (
    "better",
    "worse",
    "is_real",
    "difference",
    "low",
    "high",
    "is_share",
    "metric",
    "seeds",
    "seeds_worse",
    "unknown",
)


def compare(runs: Iterable[Run]) -> pd.DataFrame:
    """One row per run, best metric of the recommended configuration first.

    Metrics of different tasks or splits cannot be compared: `task` and `split_seed` stand
    beside them, and so does what each run calls best. Runs without any result come last.
    """
    return pd.DataFrame([_row(run) for run in _best_first(runs)])


def differences(runs: Iterable[Run]) -> pd.DataFrame:
    """One row per further run: by how much the best one's answer is better than its answer.

    From the fresh seeds of both recommended configurations alone, with a 90 % interval `low` to
    `high`; `results.analysis.difference` says how. A share of the loss where `is_share`, else in
    units of the metric. Where there is no figure, `unknown` says why. The best is that of the runs
    with fresh seeds, if any has them: the others are partly lucky.
    """
    ordered = _best_first(runs)
    named = list(zip(ordered, run_names(ordered), strict=True))
    best = next((pair for pair in named if _fresh(pair[0])), named[0] if named else None)
    rows = [_difference(best, other) for other in named if best and other is not best]
    found = pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS))
    return found.astype({"seeds": "Int64", "seeds_worse": "Int64"})


def _best_first(runs: Iterable[Run]) -> list[Run]:
    """By the metric of their answers; those without any come last."""

    def place(run: Run) -> float:
        metric = run.recommendation().metric
        return math.inf if metric is None else run.goal.sign * metric

    return sorted(runs, key=place)


def _difference(best: tuple[Run, str], other: tuple[Run, str]) -> dict[str, Any]:
    """A row of `differences`."""
    from results.analysis.difference import difference  # scipy: not for the table alone

    (mine, name), (its, other_name) = best, other
    row = {"better": name, "worse": other_name, "metric": mine.goal.metric}
    if unknown := _unknown(best, other):
        return row | {"is_real": False, "unknown": unknown}
    seeds, its_seeds = _fresh(mine), _fresh(its)
    found = difference(seeds, its_seeds)
    if found.high < 0:  # means of losses and of their logarithms may disagree about the best
        return _difference(other, best)
    return row | {
        "is_real": found.low > 0,
        "difference": found.value,
        "low": found.low,
        "high": found.high,
        "is_share": found.is_share,
        "seeds": len(seeds),
        "seeds_worse": len(its_seeds),
        "unknown": None,
    }


def _unknown(best: tuple[Run, str], other: tuple[Run, str]) -> str:
    """Why there is no figure; empty where there is one."""
    mine, its = best[0], other[0]
    if differs := what_differs(mine, its):
        return f"cannot be compared: they differ in {differs}"
    without = [run_name for run, run_name in (best, other) if not _fresh(run)]
    if without:
        return f"cannot be told apart: no fresh seeds of the answer of {' and '.join(without)}"
    if identity(mine.recommendation().config) == identity(its.recommendation().config):
        return f"recommend the same: {config_text(mine.recommendation().config)}"
    return ""


def _fresh(run: Run) -> Sequence[float]:
    """What is minimised, of the recommended configuration's fresh seeds."""
    summary = run.summary
    if summary is None or not summary.confirmed:
        return []
    return [float(value) for value in summary.trials["objective"]]


def _row(run: Run) -> dict[str, Any]:
    found = run.recommendation()
    unknown = "-" if run.imported else 0
    return {
        "run": run.path.name,
        "task": Path(run.task).name if run.imported else run.task,
        "split_seed": run.options.get("split_seed", unknown),
        "seed": run.options.get("seed", unknown),
        "configurations": int((run.trials["stage"] == "search").sum()),
        "full_length": found.evidence["full_length"],
        "epochs": found.evidence["epochs"],
        "seconds": found.evidence["seconds"],
        "config": config_text(found.config),
        "compared_by": run.goal.metric,
        "mode": run.goal.mode,
        "metric": found.metric,
        "metric_sd": found.metric_sd,
        "val_loss": found.val_loss,
        "val_loss_sd": found.val_loss_sd,
        "test_metric": found.test_metric,
        "test_loss": found.test_loss,
        "confirmed": found.confirmed,
        "warnings": " ".join(warning.code for warning in found.warnings),
    }
