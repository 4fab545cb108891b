"""Errors in a user's file, told in one line that points there."""

from __future__ import annotations

import difflib
import re
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MAX_LENGTH = 300
_WORKER_ERROR = re.compile(r"Caught \w+ in DataLoader worker process")
_WORKER_FRAME = re.compile(r'File "([^"\n]+)", line (\d+)')


class OutOfMemoryError(RuntimeError):
    """A batch did not fit into memory; the message is complete as it is."""

    def __init__(self, batch_size: int, doing: str = "") -> None:
        super().__init__(f"out of memory {doing}at batch size {batch_size}")


class ContractError(ValueError):
    """A task does not do what it has to, whatever the configuration: no trial can succeed."""


class MissingNameError(KeyError):
    """A task reads a name that its configuration does not have."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        hint = did_you_mean(name, list(known)).removeprefix(": ")
        way_out = f"add it to the space or use config.get({name!r}, default)"
        super().__init__(
            f"the configuration has no {name!r}: {hint + ' ' if hint else ''}{way_out}"
        )


def did_you_mean(name: str, known: list[str]) -> str:
    """A hint at the nearest known name, to end an error message with."""
    close = difflib.get_close_matches(name, known, n=1)
    return f": did you mean {close[0]}?" if close else ""


def explain(error: BaseException, task_path: Path) -> str:
    """What went wrong, and where in the task's file, on one line of at most 300 characters."""
    message = _message(error)
    if (file := _file_of(error, task_path)) and file not in message:
        message = f"{message} ({file})"
    place = None if isinstance(error, OutOfMemoryError) else _place(error, task_path)
    if place is not None:
        message = f"{place}: {message}"
    message = " ".join("".join(c if c.isprintable() else " " for c in message).split())
    return message if len(message) <= MAX_LENGTH else message[: MAX_LENGTH - 3] + "..."


@contextmanager
def blaming(function: Callable[..., Any] | None, situation: str = "") -> Iterator[None]:
    """What is raised within, far from any line of the user's, is told as `function`'s doing."""
    try:
        yield
    except Exception as error:
        code = getattr(function, "__code__", None)
        if code is not None:
            error.add_note(f"{Path(code.co_filename).name} line {code.co_firstlineno}{situation}")
        elif function is not None and situation:
            error.add_note(f"{type(function).__name__}{situation}")
        raise


def _place(error: BaseException, task_path: Path) -> str | None:
    """The deepest line of the task's file, or of a module beside it, that `error` went through."""
    if isinstance(error, SyntaxError) and error.filename is not None:
        frames = [(error.filename, error.lineno)]
    else:
        frames = [(f.filename, f.lineno) for f in traceback.extract_tb(error.__traceback__)]
        if _WORKER_ERROR.match(str(error)):
            frames += [(name, int(line)) for name, line in _WORKER_FRAME.findall(str(error))]
    lines = [(Path(name), line) for name, line in frames if Path(name).parent == task_path.parent]
    if lines:
        return f"{lines[-1][0].name} line {lines[-1][1]}"
    return next(iter(getattr(error, "__notes__", ())), None)


def _file_of(error: BaseException, task_path: Path) -> str | None:
    """The file that could not be read: the first argument of what a line of the task's called.

    pandas does not say which one it is.
    """
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    of_task = [Path(f.f_code.co_filename).parent == task_path.parent for f in frames]
    for frame, after_task in zip(frames[1:], of_task, strict=False):
        if after_task and (names := frame.f_code.co_varnames[: frame.f_code.co_argcount]):
            given = frame.f_locals.get(names[0])
            if isinstance(given, str | Path) and Path(given).suffix and "\n" not in str(given):
                return str(given)
    return None


def _message(error: BaseException) -> str:
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    if _WORKER_ERROR.match(text):
        return text.strip().splitlines()[-1].removeprefix("ValueError: ")
    if isinstance(error, ValueError | MissingNameError | OutOfMemoryError) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
