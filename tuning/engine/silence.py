"""A worker that says nothing for long: which, since when, and where its threads are."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from results.format import duration
from tuning.dispatcher import Dispatcher
from tuning.engine.stacks import stack_file

FIRST_SECONDS = 300.0
"""Silence before the first epoch of a search after which it is worth a word."""
LEAST_SECONDS = 60.0
MANY_EPOCHS = 20.0
"""The same later: so many times what an epoch has taken, but LEAST_SECONDS at least."""
LOOK_SECONDS = 2.0
"""Between two looks at who is silent."""
ANSWER_SECONDS = 0.3
"""What a worker is given to write its stack: that needs no Python."""
_FRAME = re.compile(r'File "([^"\n]+)", line (\d+) in (\S+)')
_LOADER = (
    "; a DataLoader's workers may lack shared memory: set num_workers=0, or give the container "
    "more (--shm-size)"
)


class SilenceWatch:
    """Tells of each silent worker once, as long as it is on the same trial."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        place: str,
        tell: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`place` is that of `answer_with_stacks`, `tell` shows a line to the user."""
        self._dispatcher, self._place, self._tell, self._clock = dispatcher, place, tell, clock
        self._told: dict[str, str] = {}
        self._next_look = 0.0

    def look(self, processes: Mapping[int, str]) -> None:
        """Tell of who has become silent; `processes` are the workers by process id."""
        if self._clock() < self._next_look:
            return
        self._next_look = self._clock() + LOOK_SECONDS
        for worker, plan in list(self._dispatcher.running.items()):
            silent = self._dispatcher.silence_of(worker)
            if silent < self._limit(worker) or self._told.get(worker) == plan.trial_id:
                continue
            self._told[worker] = plan.trial_id
            pids = [pid for pid, of in processes.items() if of == worker]
            where = where_of(_stacks_of(self._place, pids[-1])) if pids else ""
            self._tell(f"{plan.trial_id} has said nothing for {duration(silent)}{where}")

    def _limit(self, worker: str) -> float:
        epoch = self._dispatcher.epoch_seconds_of(worker)
        return FIRST_SECONDS if epoch is None else max(LEAST_SECONDS, MANY_EPOCHS * epoch)


def where_of(stacks: str) -> str:
    """`: in dataloader.py line 10 (get), from my_task.py line 30`; empty where nothing is known."""
    threads = stacks.split("\n\n")
    frames = next((_FRAME.findall(thread) for thread in threads if _WORKER in thread), [])
    if not frames:
        return ""
    path, line, name = frames[0]
    text = f": in {Path(path).name} line {line} ({name})"
    ours = Path(__file__).parents[2]
    own = [f for f in frames[1:] if "site-packages" not in f[0] and ours not in Path(f[0]).parents]
    text += f", from {Path(own[0][0]).name} line {own[0][1]}" if own else ""
    return text + (_LOADER if "dataloader.py" in stacks else "")


_WORKER = os.path.join("engine", "worker.py")
"""The file in the stack of the thread that trains."""


def _stacks_of(place: str, pid: int) -> str:
    """What the process answers; empty where it is on another node, or does not."""
    path = stack_file(place, pid)
    with suppress(OSError):
        before = path.stat().st_size
        os.kill(pid, signal.SIGUSR2)
        time.sleep(ANSWER_SECONDS)
        return path.read_text(errors="replace")[before:]
    return ""
