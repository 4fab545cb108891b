"""Which names of its configuration a function reads whatever the configuration is.

A branch, what comes after a `return` in one, or a `config.get`, may never be reached.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

_MAY_BE_SKIPPED = (
    *(ast.If, ast.IfExp, ast.BoolOp, ast.Match, ast.FunctionDef, ast.Lambda),
    *(ast.Try, ast.TryStar, ast.With),
)
"""What is in a `with` may raise, too: it may be one that suppresses a KeyError."""


def required_reads(node: ast.stmt) -> Iterator[tuple[str, int]]:
    """Names and lines of each `config["name"]` that the function `node` reads in any case, where
    `config` is its first argument. None where it is no function, or has no argument."""
    if isinstance(node, ast.FunctionDef) and node.args.args:
        config = node.args.args[0].arg
        yield from _required_names(_always_run(node.body, config), config)


def _always_run(statements: Iterable[ast.stmt], config: str) -> Iterator[ast.stmt]:
    """Those before the first that may end the function, or make `config` another one."""
    for statement in statements:
        for node in ast.walk(statement):
            match node:
                case ast.Return() | ast.Raise():
                    return
                case ast.Name(id=name, ctx=ast.Store()) if name == config:
                    return
        yield statement


def _required_names(nodes: Iterable[ast.AST], config: str) -> Iterator[tuple[str, int]]:
    """Names and lines of each `config["name"]` that runs whatever the configuration is."""
    for node in nodes:
        if isinstance(node, _MAY_BE_SKIPPED):
            continue
        match node:
            case ast.Subscript(value=ast.Name(id=base), slice=ast.Constant(value=str(name))):
                if base == config and isinstance(node.ctx, ast.Load):
                    yield name, node.lineno
        yield from _required_names(ast.iter_child_nodes(node), config)
