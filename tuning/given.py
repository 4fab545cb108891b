"""What `search` is given in Python: a task or functions, and options."""

from __future__ import annotations

from typing import Any

from trainable.hooks import SETTINGS
from trainable.task import TaskFile
from trainable.written.given import PARTS, task_of, task_of_functions, unknown
from tuning.options import OptionError, SearchOptions, make_options
from tuning.plan import RunPlan


def make_plan(task: Any, values: dict[str, Any]) -> RunPlan:
    """The plan of a search of `task`, or of the functions among `values`; the others are options.

    Raises ValueError for what does not fit.
    """
    functions = {name: values[name] for name in PARTS if _is_part(name, values)}
    options = {name: value for name, value in values.items() if name not in functions}
    for name in options.keys() - SearchOptions.model_fields.keys():
        if hint := unknown(name, list(SearchOptions.model_fields)):
            raise OptionError(name, f"is not an option of a search{hint}")
    if functions and task is not None:
        rule = "and functions are two tasks: give search(task) or"
        named = ", ".join(f"{name}={name}" for name in functions)
        raise OptionError("task", f"{rule} search({named}), not both")
    given: TaskFile | None = None
    if functions:
        settings = {name for name in SETTINGS if options.get(name) is not None}
        given = task_of_functions(functions, settings)
    elif task is not None:
        given = task_of(task)
    return RunPlan.make(make_options(options), given)


def _is_part(name: str, values: dict[str, Any]) -> bool:
    """Whether it is given as a function: `scheduler` is an option as well."""
    return name in values and not (
        name in SearchOptions.model_fields and not callable(values[name])
    )
