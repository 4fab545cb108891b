"""What a task says while it trains, kept in the run's directory: a file per trial.

A worker's stdout and stderr are Ray's, in its temporary directory, and go with it.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any, TextIO

from record import AnyPath, as_path

LOADING = "loading"
"""The name of what is said before the first trial: that of one worker, for all say the same."""
LOG_BYTES = 2**16
"""Kept of a trial: its beginning."""
MOST_CHARACTERS = 200
"""Of a warning that is told."""
CUT = b"\n... more was said than is kept\n"


class TaskOutput:
    """Where this process's stdout and stderr go while the task's code runs."""

    def __init__(self, directory: str | None, scratch: str | None = None) -> None:
        """Files go into `directory`; nothing is kept without one.

        What is said before there is a run, and all that goes to a store in the end, waits in
        `scratch`, a directory of this node.
        """
        self._place: AnyPath | None = None if directory is None else as_path(directory)
        self._waiting = None if scratch is None else Path(scratch) / f"logs-{os.getpid()}"
        self._full: set[str] = set()
        self._warning: str | None = None
        # over the descriptors, not over a file: a logging handler may keep such a stream for good
        self._streams = [_stream(number) for number in (1, 2)]

    @contextmanager
    def kept(self, name: str) -> Iterator[None]:
        """Within the block what is written to stdout and stderr, by children too, is kept."""
        is_direct = isinstance(self._place, Path) and name != LOADING
        directory = self._place if is_direct else self._waiting
        if not isinstance(directory, Path) or self._place is None:
            yield
            return
        if name != LOADING:
            self._bring(LOADING)
        path = directory / f"{name}.txt"
        with ExitStack() as stack:
            file = _opened(path, above=not is_direct) if name not in self._full else _opened_none()
            stack.callback(self._end, name, path, file, os.fstat(file).st_size)
            for number in (1, 2):
                stack.callback(self._restore, number, os.dup(number))
                os.dup2(file, number)
            stack.enter_context(redirect_stdout(self._streams[0]))
            stack.enter_context(redirect_stderr(self._streams[1]))
            stack.enter_context(self._noting_warnings())
            yield

    def take_warning(self) -> str | None:
        """The first warning since the last call, on one line."""
        found, self._warning = self._warning, None
        return found

    @contextmanager
    def _noting_warnings(self) -> Iterator[None]:
        show: Callable[..., Any] = warnings.showwarning

        def note(message: Any, category: Any, filename: str, lineno: int, *more: Any) -> None:
            if self._warning is None:
                where = f"{Path(filename).name} line {lineno}"
                text = f"{where}: {category.__name__}: {message}"
                self._warning = " ".join(text.split())[:MOST_CHARACTERS]
            show(message, category, filename, lineno, *more)

        warnings.showwarning = note  # type: ignore[assignment]
        try:
            yield
        finally:
            if warnings.showwarning is note:
                warnings.showwarning = show

    def _restore(self, number: int, saved: int) -> None:
        for stream in (*self._streams, sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os.dup2(saved, number)
        os.close(saved)

    def _end(self, name: str, path: Path, file: int, before: int) -> None:
        """Cut what is too long, and leave no empty file; what is new goes to its place."""
        size = os.fstat(file).st_size if name not in self._full else 0
        with suppress(OSError):
            if size > LOG_BYTES:
                self._full.add(name)
                os.truncate(path, LOG_BYTES)
                os.write(file, CUT)
            if not size and name not in self._full:
                path.unlink(missing_ok=True)
        os.close(file)
        if size > before and name != LOADING:
            self._bring(name)

    def _bring(self, name: str) -> None:
        """Bring what waits to its place; of the loading that of the first worker counts."""
        if self._waiting is None or self._place is None:
            return
        path = self._waiting / f"{name}.txt"
        with suppress(OSError):
            if path.exists() and not (name == LOADING and (self._place / path.name).exists()):
                if isinstance(self._place, Path):
                    self._place.mkdir(exist_ok=True)
                (self._place / path.name).write_bytes(path.read_bytes())
            if name == LOADING:
                path.unlink(missing_ok=True)


def _opened(path: Path, above: bool) -> int:
    """A file to append to; nothing is kept where there can be none.

    Directories `above` its own are made only in the scratch: a run that was moved away stays so.
    """
    with suppress(OSError):
        path.parent.mkdir(parents=above, exist_ok=True)
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    return _opened_none()


def _opened_none() -> int:
    return os.open(os.devnull, os.O_WRONLY)


def _stream(number: int) -> TextIO:
    """Python's stream of a descriptor, whatever that is at the time."""
    return os.fdopen(number, "w", buffering=1, closefd=False)
