"""Whose `results` is meant: ours in our own code, the user's own in the user's.

The packages of this product have plain names at the top level, and a user may have a `results.py`
or a `trainable/` of their own beside a task. Python knows one module of a name, and takes the first
on its path. So ours are found beside this package whatever the path says; and where a directory on
the path has a module of one of these names, imports in the code of that directory are turned to it,
under the name `users_modules.results`. Where there is no such directory nothing is changed.
"""

from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGES = ("record", "results", "search_spaces", "trainable", "tune_main", "tuning")
ROOT = str(Path(__file__).resolve().parent.parent)
SENT = str(Path(__file__).resolve().parent)
"""Where they are on the node of a cluster, which is sent a single package: within this one."""
USERS = "users_modules"
"""The package that holds the user's modules of our names: their classes are pickled by it."""

_python_import = builtins.__import__


def find_ours_first() -> None:
    """Find our packages beside this one from now on, and keep the user's own apart.

    Ray calls it in each worker process before anything of ours is unpickled there.
    """
    if OwnPackages not in sys.meta_path:
        sys.meta_path.insert(0, OwnPackages)
    _keep_apart()
    _set_aside_imported()


class OwnPackages:
    """A finder for `sys.meta_path`."""

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Our package of that name; None for all other names, which Python finds as ever."""
        if name in PACKAGES:
            return PathFinder.find_spec(name, [ROOT, SENT])
        if name != USERS:
            return None
        spec = ModuleSpec(USERS, None, is_package=True)
        spec.submodule_search_locations = _directories()
        return spec

    @classmethod
    def invalidate_caches(cls) -> None:
        """`importlib.invalidate_caches()` says that the path, or what lies on it, has changed."""
        _keep_apart()


def _keep_apart() -> None:
    """Turn imports of the user's code to the user's modules, where there are any."""
    if _directories():
        sys.modules.pop(USERS, None)  # found anew, with the directories of now
        builtins.__import__ = _import


def _directories() -> list[str]:
    """Directories on the path that hold a module of one of our names, but for our own."""
    places = dict.fromkeys(os.path.realpath(entry) for entry in sys.path)
    return [place for place in places if place != ROOT and any(_holds(place, n) for n in PACKAGES)]


def _holds(directory: str, name: str) -> bool:
    package = Path(directory, name)
    return package.with_suffix(".py").is_file() or (package / "__init__.py").is_file()


def _import(
    name: str,
    globals: Mapping[str, Any] | None = None,
    locals: Mapping[str, Any] | None = None,
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    """Python's `__import__`, but for imports of our names in the user's code."""
    top = name.partition(".")[0]
    if level or top not in PACKAGES or not _is_users(globals or {}, top):
        return _python_import(name, globals, locals, fromlist or (), level)
    found = _python_import(f"{USERS}.{name}", globals, locals, fromlist or ("__name__",), 0)
    return found if fromlist else sys.modules[f"{USERS}.{top}"]


def _is_users(importer: Mapping[str, Any], name: str) -> bool:
    """Whether code with these globals lies in a directory that has a module `name` of its own.

    The innermost directory counts: an environment may lie in the user's, and the other way round.
    """
    file = importer.get("__file__")
    if file is None and importer.get("__name__") != "__main__":
        return False
    place = os.path.realpath(file or os.path.join(os.getcwd(), "<stdin>"))
    around = [d for d in (*_directories(), ROOT) if place.startswith(d.rstrip(os.sep) + os.sep)]
    innermost = max(around, key=len, default=ROOT)
    return innermost != ROOT and _holds(innermost, name)


def _set_aside_imported() -> None:
    """Rename what the user's program has imported before us, so that ours can be imported."""
    for name in list(sys.modules):
        top = name.partition(".")[0]
        if top in PACKAGES and not _is_ours(sys.modules[top]):
            sys.modules[f"{USERS}.{name}"] = sys.modules[name]
    for name in [name for name in sys.modules if name.startswith(f"{USERS}.")]:
        ours = name.removeprefix(f"{USERS}.")
        if sys.modules.get(ours) is sys.modules[name]:
            del sys.modules[ours]


def _is_ours(module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and os.path.realpath(file).startswith(os.path.join(ROOT, ""))
