"""Which global names a statement uses: what Python's own symbol tables say, not its text."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator
from dataclasses import dataclass

_RUN_AT_ONCE = frozenset({"listcomp", "setcomp", "dictcomp", "genexpr"})


@dataclass(frozen=True)
class NamesUsed:
    """The global names of a statement, in alphabetical order."""

    at_once: tuple[str, ...]
    """While it is run: decorators, defaults, bases, the body of a class."""
    later: tuple[str, ...]
    """When a function in it is called."""


def names_used(text: str) -> NamesUsed:
    """The global names that the statement `text` uses."""
    top = symtable.symtable(text, "<statement>", "exec")
    at_once = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    later: set[str] = set()
    for table in top.get_children():
        _collect(table, at_once, later)
    return NamesUsed(tuple(sorted(at_once)), tuple(sorted(later - at_once)))


def dotted(text: str) -> Iterator[list[str]]:
    """Every `a.b.c` in a statement, as its names."""
    for node in ast.walk(ast.parse(text)):
        names = []
        while isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        if names and isinstance(node, ast.Name):
            yield [node.id, *reversed(names)]


def _collect(table: symtable.SymbolTable, at_once: set[str], later: set[str]) -> None:
    """Add the global names of a scope, and of those within it, where they belong."""
    is_function = table.get_type() == "function" and table.get_name() not in _RUN_AT_ONCE
    found = later if is_function else at_once
    found |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
    for inner in table.get_children():
        _collect(inner, later if is_function else at_once, later)
