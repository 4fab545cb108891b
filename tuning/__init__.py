"""The search: which trial is next, which one stops, what is confirmed; Ray."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from results import Run

__all__ = ["search"]


def search(*, on_record: Callable[[dict[str, Any]], object] | None = None, **options: Any) -> "Run":
    """Run a search and return its results; options are those of the command, with underscores.

    `on_record` is called with each line of the record, a dict as `epochs.jsonl` has it, in their
    order and one at a time, from a thread of its own: it may be slow. If it raises, that is told
    in a line, it is called no more, and the search goes on.

    Blocks until the search ends and `on_record` has seen every line, showing progress. Raises
    ValueError for bad options.
    """
    from tuning.runs import search as run_search

    return run_search(on_record=on_record, **options)
