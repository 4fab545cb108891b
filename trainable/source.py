"""What the text of a task says of its names, as far as nothing but running it could say otherwise.

Python's own symbol tables tell what binds a name: an augmented assignment, a walrus, a target of
`for` or `with`, an import, a `del`, or a `global` of some function.
"""

from __future__ import annotations

import ast
import symtable
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

_REACHES_ANY_NAME = frozenset({"globals", "locals", "vars", "exec", "eval", "setattr", "delattr"})
"""What can bind a name of the module without naming it."""

ANYTHING = object()
"""In place of a value that only running the file tells."""

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Source:
    """The text of a task's file, which is not run."""

    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed text. Raises ValueError where it is not Python."""
        try:
            with warnings.catch_warnings(action="ignore"):  # they are shown where the file is run
                tree = ast.parse(self.text, filename=str(self.path))
                compile(tree, str(self.path), "exec")  # a `return` outside a function shows here
        except SyntaxError as error:
            place = f"{self.path.name} line {error.lineno}"
            raise ValueError(f"{place}: {error.msg}: the task file must be valid Python") from None
        except (ValueError, RecursionError, MemoryError) as error:  # a null byte, endless brackets
            raise ValueError(f"{self.path.name} is not a Python file: {error}") from None
        return tree

    def value(self, name: str) -> Any:
        """The value of the module's `name`; None where nothing binds it; or `ANYTHING`.

        It is known where one statement at the top level assigns a literal to that name alone, and
        nothing else binds it; a list or a dict must not be mentioned a second time.
        """
        if self.statements(name) == []:
            return None
        statement = self._only_statement(name)
        if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
            return ANYTHING
        try:
            value = ast.literal_eval(statement.value)
        except (ValueError, TypeError):
            return ANYTHING
        may_change = isinstance(value, list | dict | set) and self._mentions(name, statement)
        return ANYTHING if may_change else value

    def defines(self, name: str) -> bool | None:
        """Whether the module has a function `name`; None where only running it tells."""
        if self.statements(name) == []:
            return False
        statement = self._only_statement(name)
        if isinstance(statement, _Definition):
            return None if statement.decorator_list else True
        if isinstance(statement, ast.ImportFrom):
            return True
        value = getattr(statement, "value", None)
        if isinstance(value, ast.Constant):
            return False
        return True if isinstance(value, ast.Lambda | ast.Dict) or is_of_torch(value) else None

    def line(self, name: str) -> int | None:
        """Where the first statement at the top level that binds `name` alone begins."""
        found = (s.lineno for s in self.tree.body if _binds_alone(s, name))
        return next(found, None)

    @cached_property
    def reaches_any_name(self) -> bool:
        """Whether something in the file may bind or read names that it does not name."""
        return any(map(_reaches_any_name, ast.walk(self.tree)))

    @cached_property
    def _table(self) -> symtable.SymbolTable:
        return symtable.symtable(self.text, str(self.path), "exec")

    def statements(self, name: str) -> list[ast.stmt] | None:
        """The statements of the top level that bind `name` alone; None where others may bind it."""
        return _statements(self, name)

    def _find_statements(self, name: str) -> list[ast.stmt] | None:
        if self.reaches_any_name:
            return None
        found = [s for s in self.tree.body if _binds_alone(s, name)]
        if not found:
            return None if _binds(self._table, name) else []
        return None if _binds(self._without(found), name) else found

    def _only_statement(self, name: str) -> ast.stmt | None:
        found = self.statements(name)
        return found[0] if found and len(found) == 1 else None

    def _mentions(self, name: str, statement: ast.stmt) -> bool:
        """Whether anything but `statement` has to do with the module's `name`."""
        return any(True for _ in _symbols(self._without([statement]), name))

    def _without(self, statements: list[ast.stmt]) -> symtable.SymbolTable:
        rest = ast.Module([s for s in self.tree.body if s not in statements], [])
        try:
            return symtable.symtable(ast.unparse(rest), str(self.path), "exec")
        except ValueError:  # an f-string that Python cannot write: as if others bound the name
            return self._table


@lru_cache(maxsize=64)
def _statements(source: Source, name: str) -> list[ast.stmt] | None:
    """Found once for each name: it takes as long as reading the file."""
    return source._find_statements(name)


def is_of_torch(value: ast.expr | None) -> bool:
    """Whether it is `nn.functional.mse_loss`, `torch.nn.MSELoss()` or the like."""
    if not isinstance(value, ast.Call | ast.Attribute):
        return False
    names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    return bool(names) and names <= {"torch", "nn", "F", "functional"}


def _binds_alone(statement: ast.stmt, name: str) -> bool:
    """Whether it is `name = ...`, `name: ... = ...`, a definition or an import of `name`."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=bound)]):
            return bound == name
        case ast.AnnAssign(target=ast.Name(id=bound), value=value):
            return bound == name and value is not None
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return statement.name == name
        case ast.ImportFrom(names=aliases):
            return any((alias.asname or alias.name) == name for alias in aliases)
    return False


def _binds(top: symtable.SymbolTable, name: str) -> bool:
    """Whether anything may bind the module's `name`, or delete it."""
    return any(symbol.is_assigned() or symbol.is_imported() for symbol in _symbols(top, name))


def _symbols(top: symtable.SymbolTable, name: str) -> Iterator[symtable.Symbol]:
    """The module's `name` in each scope of the file that knows it."""
    if name in top.get_identifiers():
        yield top.lookup(name)
    waiting = list(top.get_children())
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        if name in table.get_identifiers() and table.lookup(name).is_global():
            yield table.lookup(name)


def _reaches_any_name(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(names=[ast.alias(name="*")]):
            return True
        case ast.Attribute(value=ast.Name(id="sys"), attr="modules"):
            return True
        case ast.ImportFrom(module="sys", names=aliases):
            return any(alias.name == "modules" for alias in aliases)
        case ast.Attribute(attr=name):  # not `eval`: that of a model is another one
            return name in ("__dict__", "__globals__", "f_globals")
        case ast.Module(body=statements):  # a class may have a __getattr__ of its own
            return any(getattr(s, "name", None) == "__getattr__" for s in statements)
        case ast.Name(id=name) | ast.FunctionDef(name=name):
            return name in _REACHES_ANY_NAME
    return False
