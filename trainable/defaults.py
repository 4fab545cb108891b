"""What a trial runs with where its configuration does not have a name."""

from __future__ import annotations

import ast
from typing import Any

from trainable.config import LOOP_NAMES, LoopConfig
from trainable.task import TaskFile


def default_of(task: TaskFile, name: str) -> Any:
    """The default of the training loop, or the task's own `config.get(name, default)`.

    Raises ValueError where the task has none, or several, or one that only running it would tell.
    """
    if name in task.loop_reads(LOOP_NAMES):
        return getattr(LoopConfig(), name)
    try:
        found = [ast.literal_eval(default) for default in task.reads.defaults.get(name, [])]
    except ValueError:
        found = []
    if len(found) == 0 or any(value != found[0] for value in found):
        raise ValueError(f'{task.path.name} has no one config.get("{name}", default)')
    return found[0]
