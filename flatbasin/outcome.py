"""How a command ends: its exit code, what it shows, or one line on stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from search_spaces.messages import one_line

if TYPE_CHECKING:
    from results import Run

DONE, NOTHING_FINISHED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

MOST_CHARACTERS = 1000
"""Of an error message: values that users give may be of any length."""


def show(run: Run) -> int:
    """Print the ranking and the answer; the exit code."""
    from results.shown import run_text

    print(run_text(run))
    return DONE if (run.trials["status"] == "finished").any() else NOTHING_FINISHED


def complain(message: str, code: int = BAD_INPUT) -> int:
    """Print one line on stderr, cut in the middle where it is endless; the exit code."""
    print(f"tune_main.py: {one_line(message, MOST_CHARACTERS)}", file=sys.stderr)
    return code
