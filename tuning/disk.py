"""How much disk a run takes at most, and whether it is there."""

from __future__ import annotations

import json
import shutil

from record import AnyPath, RemotePath
from tuning.plan import RunPlan

EPOCH_BYTES, TRIAL_BYTES = 600, 1000
"""Of one epoch and one trial in the record, the frames and the report together, at most, where the
task has up to five metrics of its own; the configuration comes on top."""
PAGE_BYTES = 6 * 2**20
"""Of the report before its first trial: the plots' own program is most of it."""
CHECKPOINTS_EACH = 2
"""Of a running trial: the new one is whole before the old one goes."""
FEWEST_CONFIRMED = 3
"""Trials of a confirmation at least, which otherwise has no more than the search."""
KEPT_MODELS = 3
"""After the last and after the best epoch, and the latter once more in that trial's checkpoint."""
CONFIG_COPIES = 4
"""A configuration is in the record for each attempt, and in the frames twice."""


def most_bytes(plan: RunPlan, checkpoint_bytes: int, at_a_time: int) -> int:
    """What the run's directory holds at most, confirmation included, if no trial fails."""
    confirm = max(plan.most_trials, FEWEST_CONFIRMED) if plan.options.confirm else 0
    trials = plan.most_trials + confirm
    config = len(json.dumps(plan.any_config, default=str))
    per_trial = plan.epochs * EPOCH_BYTES + TRIAL_BYTES + CONFIG_COPIES * config
    page = PAGE_BYTES if plan.options.report else 0
    best = KEPT_MODELS * checkpoint_bytes if plan.options.confirm else 0
    num = CHECKPOINTS_EACH * min(at_a_time, plan.most_trials)
    checkpoints = (num + min(plan.options.keep_checkpoints, plan.most_trials)) * checkpoint_bytes
    settings = 2 * len(json.dumps(plan.space.to_dict(), default=str))  # run.toml and the report
    return trials * per_trial + settings + page + best + checkpoints


def shortage(path: AnyPath, needed: int) -> str | None:
    """A warning where the disk of the run at `path`, made or not yet, is too full for it."""
    if isinstance(path, RemotePath):  # a store does not fill
        return None
    place = next(parent for parent in (path, *path.parents) if parent.exists())
    free = shutil.disk_usage(place).free
    used = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    if free + used >= needed:
        return None
    return (
        f"{place} has {size(free)} free and the run may take {size(needed)}: free some, or choose "
        "another --runs-dir; where it runs full, nothing is lost and resume goes on"
    )


def size(num_bytes: float) -> str:
    """`512 KiB`, `1.5 GiB`."""
    units = ["B", "KiB", "MiB", "GiB", "TiB"]
    while num_bytes >= 1000 and len(units) > 1:
        num_bytes /= 1024
        units.pop(0)
    return f"{num_bytes:.3g} {units[0]}"
