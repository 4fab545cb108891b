"""One trial of a run, trained again: its curve must be the same to the last bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from record import AnyPath, as_path
from record.lines import finite
from record.reader import read_lines
from record.settings import RECORD_FILE
from results import load
from trainable.errors import explain
from trainable.single import train_single
from tuning.runs import saved_plan


@dataclass(frozen=True)
class Reproduction:
    """A trial beside the same trial trained again."""

    trial_id: str
    config: dict[str, Any]
    recorded: pd.Series[float]
    """Validation loss by epoch, from the record."""
    again: pd.Series[float]
    """Validation loss by epoch, trained again."""

    @property
    def matches(self) -> bool:
        """Whether every epoch is the same to the last bit."""
        return self.recorded.equals(self.again)

    def __str__(self) -> str:
        name = f"{self.trial_id} ({', '.join(f'{k} {v}' for k, v in self.config.items())})"
        if self.matches:
            return f"{name}: {len(self.again)} epochs, the same to the last bit"
        differing = self.recorded.compare(self.again.reindex(self.recorded.index))
        epoch, row = differing.index[0], differing.iloc[0]
        return f"{name}: epoch {epoch} was {row['self']!r}, is {row['other']!r}"


def reproduce(path: str | AnyPath, *, rank: int = 1, force: bool = False) -> Reproduction:
    """Train the best trial of the configuration at `rank` again, in this process.

    Raises ValueError where there is no such rank, its trial has no epoch or fails this time, or the
    task or versions have changed.
    """
    path = as_path(path)
    plan = saved_plan(path, force=force)
    run = load(path)
    ranking = run.ranking()
    if not 1 <= rank <= len(ranking):
        raise ValueError(f"--rank must be from 1 to {len(ranking)}, got {rank}")
    trial_id = ranking.iloc[rank - 1]["trial_id"]
    recorded = run.epochs[run.epochs["trial_id"] == trial_id].set_index("epoch")["val_loss"]
    if recorded.empty:
        raise ValueError(f"--rank {rank} ended before its first epoch: choose another")
    lines, _ = read_lines(path / RECORD_FILE)
    start = next(line for line in lines if line["kind"] == "trial" and line["trial_id"] == trial_id)
    try:
        metrics = train_single(
            plan.task,
            start["config"],
            seed=start["seed"],
            split_seed=plan.options.split_seed,
            epochs=plan.epochs,
            steps=plan.options.steps,
            num_epochs=len(recorded),
            num_threads=plan.num_threads,
            gpu_given=plan.options.gpus_per_trial > 0,
            goal=plan.goal,
        )
    except (Exception, SystemExit) as error:  # whatever the task raises
        raise ValueError(explain(error, plan.task.path)) from error
    losses = [finite(found.val_loss) for found in metrics]  # as the record has them
    again = pd.Series(losses, recorded.index[: len(metrics)], dtype=float)
    return Reproduction(trial_id, start["config"], recorded, again)
