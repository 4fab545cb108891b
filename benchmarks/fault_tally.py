"""What searches have lost whose processes were killed, each beside the same search left alone."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, fields
from pathlib import Path

from flatbasin import Run, load
from tests.tuning import faults


@dataclass
class Tally:
    """What a campaign came to."""

    kills: int = 0
    epochs_lost: int = 0
    trials_lost: int = 0
    curves_changed: int = 0
    searches_aborted: int = 0

    def __add__(self, other: Tally) -> Tally:
        names = [field.name for field in fields(Tally)]
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in names})

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost."""
        lost = self.epochs_lost + self.trials_lost + self.curves_changed + self.searches_aborted
        return lost == 0

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.epochs_lost} epochs lost, "
            f"{self.trials_lost} trials lost, {self.curves_changed} curves changed, "
            f"{self.searches_aborted} searches aborted"
        )


def judge(path: Path, alone: Run, returncode: int) -> Tally:
    """What differs, at its end, from the same search left alone."""
    try:
        run = load(path)
    except ValueError:  # not even a trial
        return Tally(trials_lost=len(alone.trials), searches_aborted=1)
    unended = int((~run.trials["status"].isin(["finished", "stopped"])).sum())
    return Tally(
        trials_lost=unended + max(0, len(alone.trials) - len(run.trials)),
        epochs_lost=int(not faults.every_epoch_once(run)),
        curves_changed=int(not faults.same_as_far_as_both_ran(run, alone)),
        searches_aborted=int(returncode != 0),
    )


def leave(path: Path, tally: Tally) -> Tally:
    """Remove a clean run; say where another one is."""
    output = path.with_suffix(".txt")
    if tally.is_clean:
        shutil.rmtree(path, ignore_errors=True)
        output.unlink(missing_ok=True)
    else:
        print(f"not clean: {path} ({tally}); what it printed: {output}", flush=True)
    return tally
