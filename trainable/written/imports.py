"""The import statement for something that a module has."""

from __future__ import annotations

import builtins
import sys
import types
from collections.abc import Collection, Iterator, Mapping
from typing import Any

_NOTEBOOK = ("__main__", "__mp_main__")
"""Modules that another process has not."""


def import_of(value: Any, name: str) -> str | None:
    """The statement that makes `name` mean `value` in another process; None where none does."""
    if isinstance(value, types.ModuleType):
        return _import_module(value, name)
    for attribute in dict.fromkeys((getattr(value, "__name__", name), name)):
        if isinstance(attribute, str) and attribute.isidentifier():
            for home in _homes(value):
                if _has(home, attribute, value):
                    renamed = "" if attribute == name else f" as {name}"
                    return f"from {home} import {attribute}{renamed}"
    return None


def import_block(statements: Collection[str]) -> str:
    """The statements in the order people write them, what comes from one module in one line."""
    plain = sorted(line for line in statements if line.startswith("import "))
    names: dict[str, list[str]] = {}
    for line in sorted(set(statements) - set(plain)):
        home, _, name = line.removeprefix("from ").partition(" import ")
        names.setdefault(home, []).append(name)
    return "\n".join([*plain, *(f"from {home} import {', '.join(n)}" for home, n in names.items())])


def submodule_import(names: list[str], root: Any) -> str | None:
    """What also has to be imported for `a.b.c` where `a` is the module `root`, and `a.b` is one."""
    if not isinstance(root, types.ModuleType):
        return None
    found, module = None, root
    for name in names[1:]:
        inner = getattr(module, name, None)
        path = f"{module.__name__}.{name}"
        if not isinstance(inner, types.ModuleType) or sys.modules.get(path) is not inner:
            break
        found, module = path, inner
    return f"import {found}" if found else None


def looked_up(name: str, namespace: Mapping[str, Any]) -> Any:
    """What a global `name` means; None where every Python has it, or nobody.

    IPython puts its own `open` before Python's, and its `display` among the built-ins.
    """
    everywhere = getattr(builtins, name, None)
    if name in namespace:
        value = namespace[name]
        return None if getattr(value, "__wrapped__", value) is everywhere else value
    is_ipythons = str(getattr(everywhere, "__module__", "")).startswith("IPython.")
    return everywhere if is_ipythons else None


def _import_module(module: types.ModuleType, name: str) -> str | None:
    path = module.__name__
    if not _can_be_imported(path) or sys.modules[path] is not module:
        return None
    if path == name:
        return f"import {path}"
    parent, _, last = path.rpartition(".")
    if last == name:
        return f"from {parent} import {last}"
    return f"import {path} as {name}"


def _homes(value: Any) -> Iterator[str]:
    """Modules that may have it: the one it says, packages above that first; then any, public ones
    first."""
    own = getattr(value, "__module__", None)
    if isinstance(own, str):
        parts = own.split(".")
        yield from (".".join(parts[:num]) for num in range(1, len(parts) + 1))
    if own not in _NOTEBOOK:
        yield from sorted(sys.modules, key=lambda path: ("._" in f".{path}", path.count("."), path))


def _has(home: str, attribute: str, value: Any) -> bool:
    if not _can_be_imported(home):
        return False
    return getattr(sys.modules[home], "__dict__", {}).get(attribute) is value


def _can_be_imported(path: str) -> bool:
    spec = getattr(sys.modules.get(path), "__spec__", None)
    return path not in _NOTEBOOK and spec is not None
