"""What was searched and how it went: the lines above the answer."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from record.settings import BEST_DIR, BEST_EPOCH_FILE
from results.format import duration, endings, escaped
from results.run_data import RunData
from results.run_frames import EPOCH_COLUMNS

LONGEST_ERROR = 300
"""Characters of why a trial failed, in a record that somebody else may have written."""


def title(run: RunData) -> str:
    """What was searched: `digits, 50 configurations of lr-batch, ASHA 3-9-27, seed 0`."""
    task = escaped(Path(run.task).stem)
    num = int((run.trials["stage"] == "search").sum())
    space = run.options.get("space")
    of_space = f" of {escaped(space)}" if isinstance(space, str) else ""
    if run.imported:
        of_space = f" from {escaped(run.imported.get('kind'))}"
    seed = "" if run.imported else f", seed {run.options.get('seed', 0)}"
    of_runs = f", {len(run.parts)} runs together" if run.parts else ""
    return (
        f"{task}, {num} configuration{'s' * (num != 1)}{of_space}, {_scheduler(run)}{seed}{of_runs}"
    )


def counts(run: RunData) -> str:
    """How the trials ended, and the epochs spent against those of no stopping."""
    search = run.trials[run.trials["stage"] == "search"]
    spent = int(search["epochs"].sum())
    ended = "  ".join(endings(search["status"].value_counts().to_dict()))
    if not run.knows_epochs:
        return f"  {ended}"
    cost = f"{spent} of {len(search) * run.budget} {run.unit}s"
    extra = int(run.trials["epochs"].sum()) - spent
    if extra:
        cost += f", {extra} more to confirm"
    if len(run.folds):
        cost += f", {int(run.folds['epochs'].sum())} on other splits"
    if not run.imported:
        cost += f", {duration(run.wall_seconds)}"
    return f"  {ended}     {cost}"


def failures(run: RunData) -> str:
    """Why trials failed, the most frequent reason in full; empty where none has."""
    frames = [frame for frame in (run.trials, run.folds) if len(frame)]
    errors = pd.concat([frame.loc[frame["status"] == "failed", "error"] for frame in frames])
    if errors.empty:
        return ""
    reasons = errors.fillna("no reason in the record").astype(str).value_counts()
    others = len(reasons) - 1
    more = f" (and {others} other reason{'s' * (others != 1)})" if others else ""
    times = f"{reasons.iloc[0]} of them with: " if others else ""
    reason = escaped(reasons.index[0][:LONGEST_ERROR])[:LONGEST_ERROR]
    return f"{len(errors)} failed: {times}{reason}{more}"


def undefined_text(run: RunData) -> str:
    """Which metrics have no value where trials ended, as a sentence; empty where all have one."""
    names = {name for name in run.epochs if name not in EPOCH_COLUMNS} | {run.goal.metric}
    ended = run.trials[(run.trials["epochs"] > 0) & run.trials["status"].ne("diverged")]
    last = run.epochs.drop_duplicates("trial_id", keep="last").set_index("trial_id")
    last = last.reindex(ended["trial_id"])
    missing = {str(n): int(last[n].isna().sum()) if n in last else len(last) for n in names}
    parts = [
        f"{escaped(name)} has no value at the end of {missing[name]} of {len(ended)} trials"
        for name in sorted(missing)
        if missing[name]
    ]
    return "; ".join(parts)


def has_best_epoch(run: RunData) -> bool:
    """Whether the weights of an earlier epoch, better than the last, are kept with the model."""
    return bool((run.path / BEST_DIR / BEST_EPOCH_FILE).is_file())


def damage_text(run: RunData) -> str:
    """What was left out of the record, as a sentence; empty where nothing was."""
    num = run.damaged_lines
    if not num:
        return ""
    return f"{num} damaged line{'s' * (num != 1)} of the record left out"


def _scheduler(run: RunData) -> str:
    if not run.knows_epochs:
        return "final values alone"
    if run.imported and "scheduler" not in run.options:
        return f"some stopped early, {budget_text(run)}"
    name = str(run.options.get("scheduler", "none"))
    if name == "none":
        return f"no stopping, {budget_text(run)}"
    if name != "asha":
        return f"{escaped(name)} stopping, {budget_text(run)}"

    of_steps = f" of {run.steps} steps" if run.steps else ""
    return "ASHA " + "-".join(str(level) for level in run.rungs) + of_steps


def budget_text(run: RunData) -> str:
    """What a full-length trial takes: `27 epochs`, or `2000 steps`."""
    return f"{run.steps} steps" if run.steps else f"{run.budget} epochs"
