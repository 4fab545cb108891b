"""Errors in a user's file, told in one line that points there."""

from __future__ import annotations

import traceback
from pathlib import Path

MAX_LENGTH = 300


def explain(error: BaseException, task_path: Path) -> str:
    """What went wrong, and where in the task's file, on one line of at most 300 characters."""
    message = _message(error)
    line = line_in(error, task_path)
    if line is not None:
        message = f"{task_path.name} line {line}: {message}"
    message = " ".join("".join(c if c.isprintable() else " " for c in message).split())
    return message if len(message) <= MAX_LENGTH else message[: MAX_LENGTH - 3] + "..."


def line_in(error: BaseException, task_path: Path) -> int | None:
    """The deepest line of the task's file that `error` passed through."""
    if isinstance(error, SyntaxError) and error.filename == str(task_path):
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(task_path)]
    return lines[-1] if lines else None


def _message(error: BaseException) -> str:
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    if isinstance(error, ValueError) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
