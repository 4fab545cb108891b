"""The order in which names are defined: what is needed first stands first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol


class Ordered(Protocol):
    """What needs other names."""

    @property
    def before(self) -> tuple[str, ...]: ...
    @property
    def after(self) -> tuple[str, ...]: ...


def ordered(items: Mapping[str, Ordered]) -> list[str]:
    """The names of `items`, each after all that it uses; in a circle after those of `before`."""
    seen: set[str] = set()
    placed: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in seen or name not in items:
            return
        seen.add(name)
        for needed in _needed(items, name):
            visit(needed)
        place(name, set())

    def place(name: str, waiting: set[str]) -> None:
        if name in placed or name in waiting or name not in items:
            return
        for needed in items[name].before:  # of a circle, which `visit` has only begun
            place(needed, waiting | {name})
        placed[name] = None

    for name in items:
        visit(name)
    return list(placed)


def _needed(items: Mapping[str, Ordered], name: str) -> Iterable[str]:
    return (*items[name].before, *items[name].after)
