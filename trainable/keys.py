"""The keys that an expression may give, as far as the text of a file tells."""

from __future__ import annotations

import ast
import glob

from trainable.functions import Functions
from trainable.source import ANYTHING, Source


def pattern_of(key: ast.expr) -> str:
    """The texts that an expression may give, as a pattern of `fnmatch`."""
    match key:
        case ast.Constant(value=value):
            return glob.escape(str(value))
        case ast.JoinedStr(values=values):
            return "".join(map(pattern_of, values))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return pattern_of(left) + pattern_of(right)
    return "*"


def names_of_loop(key: ast.expr, functions: Functions, source: Source) -> list[str] | None:
    """The names that `key` goes through, where it is the variable of loops over literals."""
    if not isinstance(key, ast.Name):
        return None
    scope = next(functions.scopes(key), None)
    found: list[str] = []
    for target, values in functions.bindings(scope, key.id):
        if not isinstance(target, ast.Name) or values is None:
            return None
        try:
            literal = ast.literal_eval(values)
        except ValueError:
            literal = source.value(values.id) if isinstance(values, ast.Name) else None
        if literal is ANYTHING or not isinstance(literal, list | tuple | set | dict):
            return None
        found += [name for name in literal if isinstance(name, str)]
    return found or None
