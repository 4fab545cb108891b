"""A task's file, run as Python runs it."""

from __future__ import annotations

import argparse
import importlib
import linecache
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NoReturn


@lru_cache(maxsize=8)
def run_module(path: Path, source: str, name: str | None) -> types.ModuleType:
    """The file as a module, run once per process; modules that lie beside it can be imported.

    `name` is that of a task given as `package.module`. Raises what the file raises.
    """
    with _command_line_of(path):
        if name is not None:
            return importlib.import_module(name)
        module = types.ModuleType(f"task_{path.stem}")
        module.__file__ = str(path)
        if str(path.parent) not in sys.path:
            sys.path.insert(0, str(path.parent))
        importlib.invalidate_caches()  # a module there may have the name of one of our packages
        sys.modules[module.__name__] = module
        # a text may have no file, or no longer: tracebacks show it, and torch.jit reads it
        linecache.cache[str(path)] = (len(source), None, source.splitlines(True), str(path))
        exec(compile(source, str(path), "exec"), module.__dict__)
        return module


@contextmanager
def _command_line_of(path: Path) -> Iterator[None]:
    """A file that parses options finds none, and takes its defaults: the command's are ours."""
    ours, end = sys.argv, argparse.ArgumentParser.error
    sys.argv = [str(path)]
    argparse.ArgumentParser.error = _refuse  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        sys.argv, argparse.ArgumentParser.error = ours, end  # type: ignore[method-assign]


def _refuse(parser: argparse.ArgumentParser, message: str) -> NoReturn:
    """In place of a page on how to call the file, and the end of the process."""
    raise ValueError(f"{message}: a task's file is given no options, let each have a default")
