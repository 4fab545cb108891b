"""The stacks of a worker's threads, for whoever asks by a signal: also where it hangs.

Workers import this file, and none of what the driver asks with (silence.py).
"""

from __future__ import annotations

import faulthandler
import os
import signal
from pathlib import Path


def answer_with_stacks(place: str) -> None:
    """From now on this process writes its threads' stacks to `stack_file` on SIGUSR2."""
    path = stack_file(place, os.getpid())
    path.parent.mkdir(parents=True, exist_ok=True)
    faulthandler.register(signal.SIGUSR2, file=path.open("w"), all_threads=True)


def stack_file(place: str, pid: int) -> Path:
    """Where the process with this id answers, in the directory `place`."""
    return Path(place) / f"{pid}.stacks"
