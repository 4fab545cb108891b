"""The catalogue: a task from whatever a user names it by."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

from trainable.errors import did_you_mean
from trainable.task import SHIPPED_TASKS, TaskFile


def find_task(spec: str | Path) -> TaskFile:
    """The task called `spec`: a shipped name, `path/to/file.py` or `package.module`."""
    text = str(spec)
    if text in shipped_tasks():
        path = SHIPPED_TASKS / f"{text}.py"
        return TaskFile(text, path, path.read_text(encoding="utf-8"))
    if text.endswith((".py", ".ipynb")) or "/" in text or isinstance(spec, Path):
        return _read_file(Path(text).expanduser())
    if "." in text and text.replace(".", "").isidentifier():
        return _find_module(text)
    raise ValueError(
        f"task must be one of {', '.join(shipped_tasks())}, a file or a module, "
        f"got {_short(text)}{did_you_mean(text, shipped_tasks())}"
    )


def shipped_tasks() -> list[str]:
    """Names of the tasks that ship."""
    return sorted(path.stem for path in SHIPPED_TASKS.glob("*.py") if path.stem != "__init__")


def _read_file(path: Path) -> TaskFile:
    if not path.is_file():
        raise ValueError(f"task file {_short(str(path))} does not exist: give a path to a .py file")
    if path.suffix == ".ipynb":
        way_out = "search from a cell of it, search(data=data, model=model), or give a .py file"
        raise ValueError(f"task file {_short(str(path))} is a notebook: {way_out}")
    try:
        source = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"task file {_short(str(path))} is not UTF-8 text") from None
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        raise ValueError(f"task file {_short(str(path))} {problem}") from None
    return TaskFile(path.stem, path.resolve(), source)


def _find_module(name: str) -> TaskFile:
    if "" not in sys.path:
        sys.path.insert(0, "")
        importlib.invalidate_caches()
    try:
        found = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        found = None
    if found is None or found.origin is None:
        raise ValueError(
            f"task module {_short(name)} cannot be imported: check the name and PYTHONPATH"
        )
    path = Path(found.origin)
    return TaskFile(name.rpartition(".")[2], path, path.read_text(encoding="utf-8"), module=name)


def _short(text: str) -> str:
    """`text` on one line, at most 80 characters of it."""
    shown = repr(text)
    return shown if len(shown) <= 80 else shown[:77] + "..."
