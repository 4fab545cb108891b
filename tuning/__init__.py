"""The search: which trial is next, which one stops, what is confirmed; Ray."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from record import AnyPath
    from results import Run

__all__ = ["resume", "search"]


def search(
    task: Any = None,
    *,
    on_record: Callable[[dict[str, Any]], object] | None = None,
    **options: Any,
) -> "Run":
    """Run a search and return its results; options are those of the command, with underscores.

    `task` is a shipped name, a path, a module, or a class with the functions of a task as its
    methods. In its place functions may be given by the names that they have in a task's file:
    `search(data=data, model=model)`, `search(train=train)`. Their text goes into the run.

    `on_record` is called with each line of the record, a dict as `epochs.jsonl` has it, in their
    order and one at a time, from a thread of its own: it may be slow. If it raises, that is told
    in a line, it is called no more, and the search goes on.

    Blocks until the search ends and `on_record` has seen every line, showing progress. Raises
    ValueError for bad options, and for a function that cannot be written out; KeyboardInterrupt,
    with the way on, after Ctrl-C.
    """
    from tuning.runs import search as run_search

    return run_search(task, on_record=on_record, **options)


def resume(path: "str | AnyPath", **options: Any) -> "Run":
    """Go on with the run at `path` and return its results.

    Options are those of the command: `samples` more, `settings` of a changed space, `epochs`,
    `force`; and `on_record`, which sees the new lines. Raises ValueError as the command does.
    """
    from tuning.runs import resume as resume_run

    return resume_run(path, **options)
