"""The text of a function or class as it stands in a cell or a script."""

from __future__ import annotations
import __future__

import ast
import inspect
import linecache
import re
import sys
import textwrap
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Defining = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Definition:
    """A `def` or `class` statement."""

    name: str
    text: str
    num_decorators: int
    namespace: Mapping[str, Any]
    """Where its global names are looked up."""
    puts_off_annotations: bool
    """Whether it was compiled under `from __future__ import annotations`."""

    def named(self, name: str) -> str:
        """Its text with another name."""
        if name == self.name:
            return self.text
        head = rf"^(\s*(?:async\s+def|def|class)\s+){re.escape(self.name)}\b"
        return re.sub(head, rf"\g<1>{name}", self.text, count=1, flags=re.MULTILINE)


def definition_of(made: Any) -> Definition | None:
    """The statement that made a function, decorated or not, or a class; None where none is kept.

    `made` is a class or something that `inspect.unwrap` makes a function of.
    """
    if isinstance(made, type):
        return _of_class(made)
    function = inspect.unwrap(made)
    code = function.__code__
    for node, lines in _definitions(linecache.getlines(code.co_filename)):
        is_there = node.name == code.co_name and _first_line(node) == code.co_firstlineno
        if is_there and not isinstance(node, ast.ClassDef):
            return _definition(node, lines, function.__globals__, _is_put_off(code))
    return None


def _of_class(made: type) -> Definition | None:
    """Found by one of its methods; one that has none by its name, in the cells from the last on."""
    for function in filter(None, map(_function_in, vars(made).values())):
        code = function.__code__
        for node, lines in _definitions(linecache.getlines(code.co_filename)):
            if _is_of(node, made) and _first_line(node) <= code.co_firstlineno <= _end(node):
                return _definition(node, lines, function.__globals__, _is_put_off(code))
    module = sys.modules.get(made.__module__)
    if module is None or inspect.isbuiltin(module):
        return None
    namespace = vars(module)
    script = linecache.getlines(namespace.get("__file__") or "")
    cells = [str(cell).splitlines(keepends=True) for cell in namespace.get("In", ())]
    for lines in [*reversed(cells), script]:
        for node, _ in _definitions(lines):
            if _is_of(node, made):
                annotations = vars(made).get("__annotations__", {}).values()
                is_put_off = any(isinstance(annotation, str) for annotation in annotations)
                return _definition(node, lines, namespace, is_put_off)
    return None


def _is_of(node: Defining, made: type) -> bool:
    return isinstance(node, ast.ClassDef) and node.name == made.__name__


def _function_in(member: Any) -> types.FunctionType | None:
    """The function behind a method of any kind."""
    if isinstance(member, property):
        member = member.fget
    if isinstance(member, staticmethod | classmethod):
        member = member.__func__
    try:
        member = inspect.unwrap(member)
    except (TypeError, ValueError):
        return None
    return member if isinstance(member, types.FunctionType) else None


def _definitions(lines: list[str]) -> Iterator[tuple[Defining, list[str]]]:
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, Defining):
            yield node, lines


def _first_line(node: Defining) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _end(node: Defining) -> int:
    assert node.end_lineno is not None, "it was parsed"
    return node.end_lineno


def _is_put_off(code: types.CodeType) -> bool:
    return bool(code.co_flags & __future__.annotations.compiler_flag)


def _definition(
    node: Defining, lines: list[str], namespace: Mapping[str, Any], puts_off_annotations: bool
) -> Definition:
    text = "".join(lines[_first_line(node) - 1 : _end(node)]).rstrip()
    if node.col_offset:  # only there: it also changes the empty lines of a text
        text = textwrap.dedent(text)
    return Definition(node.name, text, len(node.decorator_list), namespace, puts_off_annotations)
