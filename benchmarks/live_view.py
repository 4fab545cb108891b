"""What the live view costs the search at 100 results a second.

    python -m benchmarks.live_view [--seconds 20] [--rate 100]

Feeds a made-up record to the view at the given rate and compares the process's CPU time inside
`update` with the time that passed. Run it in a terminal; without one it draws to a pseudo-terminal.
"""

from __future__ import annotations

import argparse
import math
import os
import pty
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, TextIO

from tuning.live.view import LiveView

EPOCHS = 27


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=100.0)
    options = parser.parse_args()
    stream = sys.stderr if sys.stderr.isatty() else pseudo_terminal()
    spent = cost(stream, options.seconds, options.rate)
    share = 100 * spent / options.seconds
    print(f"live view: {share:.2f} % of the time at {options.rate:g} results/s")


def cost(stream: TextIO, seconds: float, rate: float) -> float:
    """CPU seconds spent in `update`."""
    spent, lines = 0.0, made_up_lines()
    start = time.monotonic()
    with LiveView("made up, 1000 configurations", 1000, EPOCHS, stream=stream) as view:
        for number in range(int(seconds * rate)):
            time.sleep(max(0.0, start + number / rate - time.monotonic()))
            batch = next(lines)
            before = time.process_time()
            view.update(batch)
            spent += time.process_time() - before

    return spent


def made_up_lines(width: int = 8) -> Iterator[list[dict[str, Any]]]:
    """One result at a time of `width` trials side by side, for ever."""
    first = 0
    while True:
        names = [f"s{first + place:05d}" for place in range(width)]
        yield [{"kind": "trial", "trial_id": name, "config": config(name)} for name in names]
        for epoch in range(1, EPOCHS + 1):
            for place, name in enumerate(names):
                loss = 0.1 + 0.01 * place + math.exp(-epoch / 5)
                line = {"kind": "epoch", "trial_id": name, "epoch": epoch}
                yield [line | {"val_loss": loss, "train_loss": 0.9 * loss}]
        yield [{"kind": "status", "trial_id": name, "status": "finished"} for name in names]
        first += width


def config(name: str) -> dict[str, Any]:
    return {"lr": 10 ** (-4 * (hash(name) % 997) / 997), "batch_size": 64}


def pseudo_terminal() -> TextIO:
    """A terminal of 80 by 24 that nobody looks at."""
    import fcntl
    import struct
    import termios

    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    threading.Thread(target=lambda: drained(leader), daemon=True).start()
    os.environ.setdefault("TERM", "xterm-256color")
    return os.fdopen(follower, "w")


def drained(descriptor: int) -> None:
    """Read and forget."""
    while os.read(descriptor, 1 << 16):
        pass


if __name__ == "__main__":
    main()
