"""A task from what Python code gives: a name, a path, a module, a class, or functions."""

from __future__ import annotations

import inspect
import os
import re
import sys
import types
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from record.settings import TASK_FILE, WRITTEN_TASK
from trainable.catalogue import find_task
from trainable.errors import did_you_mean
from trainable.hooks import HOOKS, SETTINGS, hook_of
from trainable.task import TaskFile
from trainable.written.constants import described
from trainable.written.task_class import add_task_class, model_function, parts_of
from trainable.written.writer import TaskWriter, unwritable

PARTS = tuple(name for name in HOOKS if name not in SETTINGS)
"""What `search` takes as functions."""
_LINE = re.compile(rf"\b{re.escape(TASK_FILE)} line (\d+)")


def task_of(given: Any) -> TaskFile:
    """The task that `given` is. Raises ValueError where it is none."""
    if isinstance(given, str | Path):
        return find_task(given)
    if isinstance(given, types.ModuleType):
        return find_task(_name_of(given))
    if isinstance(given, type):
        return _task_of_class(given)
    if inspect.isroutine(given):
        way_out = "give it by its name, search(data=..., model=...) or search(train=...)"
        raise ValueError(f"task is a function, {given.__name__}: {way_out}")
    what = described(given)
    way_out = "give a shipped name, a path, a module, a class, or functions: search(data=...)"
    hint = f"search({type(given).__name__})" if parts_of(type(given)) else way_out
    raise ValueError(f"task is {what}, and cannot be written into a run: {hint}")


def task_of_functions(functions: Mapping[str, Any], settings: Collection[str]) -> TaskFile:
    """The task of `functions`, by the names that they have in a file.

    `settings` are epochs and space where they are given: the file's would not count. Raises
    ValueError, in one line, for what cannot be written out.
    """
    writer = TaskWriter({*functions, *settings})
    for name, function in functions.items():
        if name == "model" and isinstance(function, type):
            needs = {function.__name__: function}
            writer.add_text(name, model_function(function), needs)
            continue
        _check(name, function)
        writer.add(name, function)
    return _written(writer, "functions")


def written_before(spec: str, source: str) -> TaskFile | None:
    """A run's task that was written from functions; None for a `spec` that names another.

    It imports from where the notebook was, as long as that is there.
    """
    if not spec.endswith(WRITTEN_TASK):
        return None
    path = Path(spec)
    return TaskFile(path.stem, path.parent / TASK_FILE, source, written_from=path)


@contextmanager
def showing_lines(source: str) -> Iterator[None]:
    """Add to a ValueError that names a line of `source` what stands there: nobody has seen it."""
    try:
        yield
    except ValueError as error:
        lines = source.splitlines()
        for number in {int(found) for found in _LINE.findall(str(error))}:
            if number <= len(lines):
                error.add_note(f"line {number} of {TASK_FILE}: {lines[number - 1].strip()}")
        raise


def unknown(name: str, options: list[str]) -> str:
    """A hint at what an argument that `search` does not have is meant to be."""
    part = hook_of(name)
    return f": did you mean {part}?" if part else did_you_mean(name, [*options, *PARTS])


def _name_of(module: types.ModuleType) -> str:
    """What finds a module: its name where it is in a package, which it may import from."""
    file = getattr(module, "__file__", None)
    if file is None or not file.endswith(".py"):
        raise ValueError(
            f"task is the module {module.__name__}, which has no file: give its functions, "
            "search(data=..., model=...)"
        )
    is_in_package = "." in module.__name__ and module.__spec__ is not None
    return module.__name__ if is_in_package else os.path.abspath(file)


def _task_of_class(made: type) -> TaskFile:
    if any(base.__module__.startswith("torch.") for base in made.__mro__):
        name = made.__name__
        raise ValueError(f"task is a class of torch, {name}: is it model={name}?")
    if not parts_of(made):
        raise ValueError(
            f"task is the class {made.__name__}, which has none of {', '.join(PARTS)}: a task "
            "class has data() and model(config), or train(config)"
        )
    writer = TaskWriter(parts_of(made))
    add_task_class(writer, made)
    return _written(writer, f"class {made.__name__}")


def _check(name: str, function: Any) -> None:
    """Raise ValueError where it is no function, with what to give in its place."""
    if isinstance(function, type):
        way_out = f"give a function that makes one and calls it, {HOOKS[name]}"
        raise ValueError(f"{name} is the class {function.__name__}: {way_out}")
    is_builtin = isinstance(function, types.BuiltinFunctionType)
    is_function = inspect.isroutine(function) or hasattr(function, "__wrapped__")
    if not is_builtin and (is_function or unwritable(function)):
        return  # the writer takes it, or says why not
    kind = "a built-in function" if is_builtin else described(function)
    what = f"{name} is {kind}, which cannot be written into a task file"
    made = {"model": "builds", "data": "returns"}.get(name, "calls")
    raise ValueError(f"{what}: give a function that {made} it, def {HOOKS[name]}: ...")


def _written(writer: TaskWriter, what: str) -> TaskFile:
    origin = _origin()
    path = Path.cwd() / f"{origin.stem}{WRITTEN_TASK}"
    source = writer.text(f"Written by flatbasin.search from the {what} of {origin.name}.")
    with showing_lines(source):
        return TaskFile(path.stem, path.parent / TASK_FILE, source, written_from=path)


def _origin() -> Path:
    """The notebook or script that runs, as far as that is known."""
    main = sys.modules["__main__"]
    names = (
        getattr(main, "__vsc_ipynb_file__", None),
        os.environ.get("JPY_SESSION_NAME"),
        None if hasattr(main, "In") else getattr(main, "__file__", None),
    )
    return Path(next(filter(None, names), "notebook.ipynb"))
