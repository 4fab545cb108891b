"""Directories that the notebook has added to Python's search path, where imports are from."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path


def path_block(imports: Iterable[str]) -> str:
    """Statements that add to `sys.path` what these imports need; empty where that is nothing."""
    roots = {statement.split()[1].partition(".")[0] for statement in imports}
    found = sorted({str(place) for root in roots if (place := _added(root)) is not None})
    return f"import sys\n\nsys.path += {found!r}" if found else ""


def _added(root: str) -> Path | None:
    """Where a module is from, if only this process looks there.

    Every other one looks where packages are installed, and beside the task.
    """
    file = getattr(sys.modules.get(root), "__file__", None)
    if file is None:
        return None
    place = Path(file).resolve().parent
    if Path(file).name == "__init__.py":
        place = place.parent
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    known = [Path.cwd(), *(Path(entry).resolve() for entry in given if entry)]
    if place in known or any(place.is_relative_to(installed) for installed in _installed()):
        return None
    return place if place in {Path(entry).resolve() for entry in sys.path} else None


def _installed() -> set[Path]:
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    paths = {sysconfig.get_paths()[name] for name in names}
    paths |= {*site.getsitepackages(), site.getusersitepackages()}
    return {Path(path).resolve() for path in paths}
