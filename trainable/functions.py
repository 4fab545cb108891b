"""The functions and classes of a file: who calls whom, with which arguments, in which scope."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

_WRAPS_NOTHING = frozenset(
    {"staticmethod", "classmethod", "property", "no_grad", "inference_mode", "enable_grad"}
    | {"cache", "lru_cache", "override", "contextmanager"}
)
"""Decorators that hand on the arguments as they are."""


@dataclass(frozen=True)
class Callee:
    """A function as it is called."""

    function: Scope
    is_bound: bool = False
    """Whether its first parameter is the object or the class."""

    @property
    def is_wrapped(self) -> bool:
        """Whether a decorator may do anything with what it is given."""
        decorators = getattr(self.function, "decorator_list", [])
        return any(_decorator(d) not in _WRAPS_NOTHING for d in decorators)

    def parameter(self, place: int | str) -> str | None:
        """The parameter that a positional or a named argument becomes; None where there is none."""
        names = [name for name, _ in self.parameters()]
        if isinstance(place, str):
            return place if place in names else None
        positional = names[: len(names) - len(self.function.args.kwonlyargs)]
        return positional[place] if place < len(positional) else None

    def parameters(self, *, after: int = 0) -> list[tuple[str, ast.expr | None]]:
        """Its parameters with their defaults, without `after` that are given by their place."""
        given = self.function.args
        positional = [*given.posonlyargs, *given.args]
        missing: list[ast.expr | None] = [None] * (len(positional) - len(given.defaults))
        found = list(zip(positional, [*missing, *given.defaults], strict=True))
        found = found[after + self.is_bound :]
        found += zip(given.kwonlyargs, given.kw_defaults, strict=True)
        return [(argument.arg, default) for argument, default in found]


class Functions:
    """The functions and classes of one file."""

    def __init__(self, tree: ast.Module) -> None:
        self.parent: dict[ast.AST, ast.AST] = {
            child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)
        }
        nodes = list(ast.walk(tree))
        self._functions = [
            n for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        self._classes = {node.name: node for node in nodes if isinstance(node, ast.ClassDef)}
        self._bound: dict[Scope | None, dict[str, list[tuple[ast.AST, ast.expr | None]]]] = {}
        for node in nodes:
            self._note(node)
        self.locals_of = cache(self._locals_of)

    def called(self, call: ast.Call) -> list[Callee]:
        """What of the file a call may run; nothing where that is not known."""
        match call.func:
            case ast.Name(id=name) if name in self._classes:
                return self.constructor(self._classes[name])
            case ast.Name(id=name):
                return [Callee(f) for f in self._functions if f.name == name and not self._of(f)]
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"):
                made = next((p for p in self._around(call) if isinstance(p, ast.ClassDef)), None)
                return self._inherited(made) if made is not None else []
            case ast.Attribute(value=base, attr=name):
                of_class = isinstance(base, ast.Name) and base.id in self._classes
                found = [f for f in self._functions if f.name == name and self._of(f)]
                return [Callee(f, is_bound=_is_bound(f, of_class=of_class)) for f in found]
        return []

    def is_method(self, name: str) -> bool:
        """Whether a class of the file has a method, or a property, of this name."""
        return any(f.name == name and self._of(f) for f in self._functions)

    def constructor(self, made: ast.ClassDef) -> list[Callee]:
        """The `__init__` of a class, its own or of a class of the file that it inherits from."""
        if made.decorator_list:
            return []
        own = [f for f in self._functions if f.name == "__init__" and self._of(f) is made]
        return [Callee(f, is_bound=True) for f in own] or self._inherited(made)

    def scopes(self, node: ast.AST) -> Iterator[Scope]:
        """The functions around a node, from the inside out."""
        return (parent for parent in self._around(node) if isinstance(parent, Scope))

    def is_in_class(self, node: ast.AST) -> bool:
        """Whether a node is one of a class, and not of a function in it."""
        inner = (p for p in self._around(node) if isinstance(p, Scope | ast.ClassDef))
        return isinstance(next(inner, None), ast.ClassDef)

    def _around(self, node: ast.AST) -> Iterator[ast.AST]:
        while (parent := self.parent.get(node)) is not None:
            yield parent
            node = parent

    def bindings(self, scope: Scope | None, name: str) -> list[tuple[ast.AST, ast.expr | None]]:
        """Each target that binds a local variable, with what it goes through if it is a loop's."""
        return self._bound.get(scope, {}).get(name, [])

    def _locals_of(self, scope: Scope | None) -> frozenset[str]:
        """The variables of a function, but for those of functions within it."""
        if scope is None:
            return frozenset()
        given = scope.args
        parameters = [*given.posonlyargs, *given.args, *given.kwonlyargs]
        parameters += [a for a in (given.vararg, given.kwarg) if a is not None]
        outer = {
            name
            for node in ast.walk(scope)
            if isinstance(node, ast.Global | ast.Nonlocal)
            for name in node.names
        }
        names = {parameter.arg for parameter in parameters} | set(self._bound.get(scope, {}))
        return frozenset(names - outer)

    def _note(self, node: ast.AST) -> None:
        """Keep what a node binds."""
        match node:
            case (
                ast.For(target=target, iter=values) | ast.comprehension(target=target, iter=values)
            ):
                for name in (n for n in ast.walk(target) if isinstance(n, ast.Name)):
                    self._bind(name.id, name if name is target else target, values)
            case ast.Name(id=bound, ctx=ast.Store()) if not self._is_loop_target(node):
                self._bind(bound, node, None)

    def _bind(self, name: str, target: ast.AST, values: ast.expr | None) -> None:
        scope = next(self.scopes(target), None)
        self._bound.setdefault(scope, {}).setdefault(name, []).append((target, values))

    def _is_loop_target(self, node: ast.AST) -> bool:
        outside = self.parent[node]
        while isinstance(outside, ast.Tuple | ast.List | ast.Starred):
            node, outside = outside, self.parent[outside]
        return isinstance(outside, ast.For | ast.comprehension) and outside.target is node

    def _of(self, function: ast.AST) -> ast.ClassDef | None:
        """The class that a function is a method of."""
        parent = self.parent[function]
        return parent if isinstance(parent, ast.ClassDef) else None

    def _inherited(self, made: ast.ClassDef) -> list[Callee]:
        bases = [base.id for base in made.bases if isinstance(base, ast.Name)]
        known = [self._classes[name] for name in bases if name in self._classes]
        return [callee for base in known if base is not made for callee in self.constructor(base)]


def _decorator(decorator: ast.expr) -> str | None:
    match decorator:
        case ast.Call(func=function):
            return _decorator(function)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return None


def _is_bound(method: ast.FunctionDef | ast.AsyncFunctionDef, *, of_class: bool) -> bool:
    """Whether the object, or the class, is given to a method that is called on it."""
    decorators = [_decorator(d) for d in method.decorator_list]
    return "staticmethod" not in decorators and (not of_class or "classmethod" in decorators)
