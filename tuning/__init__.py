"""The search: which trial is next, which one stops, what is confirmed; Ray."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from results import Run

__all__ = ["search"]


def search(**options: Any) -> "Run":
    """Run a search and return its results; options are those of the command, with underscores.

    Blocks until the search ends, showing progress. Raises ValueError for bad options.
    """
    from tuning.runs import search as run_search

    return run_search(**options)
