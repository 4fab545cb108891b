"""Which names a task's file may read from `config`: the text is followed, not run.

Each place where `config` stands, or a copy of it, is one of three: it reads a name, it hands
`config` on to something of the file, or it is a place from where anything may be read.
"""

from __future__ import annotations

import ast
import fnmatch
from collections.abc import Iterable
from dataclasses import dataclass, field

from trainable.functions import Callee, Functions, Scope
from trainable.keys import names_of_loop, pattern_of
from trainable.source import Source, is_of_torch

_PLACE_OF_CONFIG = {"model": 0, "train": 0, "optimizer": 1, "scheduler": 1, "loss": 2}
"""Which argument of a task's function the configuration is."""
_COPIES = frozenset(
    {"dict", "OrderedDict", "SimpleNamespace", "Namespace", "MappingProxyType"}
    | {"copy", "deepcopy", "vars"}
)
"""What makes of a configuration another one with the same names."""
_KEEPS_NOTHING = frozenset(
    {"print", "pprint", "len", "repr", "str", "isinstance", "bool", "type", "id"}
    | {"debug", "info", "warning", "error"}
)
"""What may be given a configuration, and trains no otherwise for it."""
_BY_NAME = frozenset({"get", "pop", "setdefault", "__getitem__", "__contains__"})
_AS_A_WHOLE = frozenset({"items", "values", "keys", "popitem", "__iter__"})
_HIDDEN_READERS = frozenset(
    {"save_hyperparameters", "locals", "globals", "exec", "eval", "inspect"}
)


@dataclass
class ConfigReads:
    """The names that a file may read from its configuration."""

    names: set[str] = field(default_factory=set)
    """Those that stand in the file."""
    patterns: set[str] = field(default_factory=set)
    """Those that it puts together, such as `width_*`."""
    any_name: bool = False
    """Whether `config` goes where it cannot be followed."""
    defaults: dict[str, list[ast.expr]] = field(default_factory=dict)
    """What stands in for a name that is not there, at each place that says so."""

    def may_read(self, name: str) -> bool:
        """Whether the file may read `name`."""
        return self.any_name or self.reads(name)

    def reads(self, name: str) -> bool:
        """Whether there is a place in the file that reads `name`, if it is reached."""
        return name in self.names or any(fnmatch.fnmatchcase(name, p) for p in self.patterns)


def config_reads(source: Source) -> ConfigReads:
    """What the functions of a task may read from the configuration that they are given."""
    return _Follower(source).follow()


class _Follower:
    """Goes over the file until no further place is found that holds the configuration."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.functions = Functions(source.tree)
        self.found = ConfigReads()
        self.holders: set[tuple[Scope, str]] = set()
        """Variables, each with the function that it is local to."""
        self.attributes: set[str] = set()
        """Attributes that hold it, of whatever object."""
        self.returning: set[ast.AST] = set()
        """Functions that give it back."""

    def follow(self) -> ConfigReads:
        for name, place in _PLACE_OF_CONFIG.items():
            self._enter(name, place)
        nodes = list(ast.walk(self.source.tree))
        self.found.any_name |= any(map(_reads_unseen, nodes))
        known = -1
        while known != (known := self._num_known()):
            for node in nodes:
                if isinstance(node, ast.expr) and self._holds(node):
                    self._use(node, self.functions.parent[node])
        return self.found

    def _num_known(self) -> int:
        return len(self.holders) + len(self.attributes) + len(self.returning)

    def _enter(self, name: str, place: int) -> None:
        """The task's own function is given the configuration."""
        statements = self.source.statements(name)
        if statements is None:
            self.found.any_name = True
        for statement in statements or ():
            value = getattr(statement, "value", None)
            if name == "loss" and is_of_torch(value):
                continue
            if isinstance(statement, ast.ClassDef):
                self._hand(self.functions.constructor(statement), place)
            elif isinstance(value, ast.Lambda):
                self._hand([Callee(value)], place)
            elif isinstance(statement, ast.FunctionDef):
                self._hand([Callee(statement)], place, optional=name == "loss")
            else:
                self.found.any_name = True

    def _hand(self, callees: Iterable[Callee], place: int | str, *, optional: bool = False) -> None:
        """Each of the callees is given the configuration as that argument."""
        callees = list(callees)
        if not callees or any(callee.is_wrapped for callee in callees):
            self.found.any_name = True
        for callee in callees:
            parameter = callee.parameter(place)
            if parameter is not None:
                self.holders.add((callee.function, parameter))
            elif not optional:
                self.found.any_name = True

    def _spread(self, call: ast.Call) -> None:
        """The callees are given each name of the configuration as an argument."""
        callees = self.functions.called(call)
        if not callees or any(callee.is_wrapped for callee in callees):
            self.found.any_name = True
        given = {keyword.arg for keyword in call.keywords}
        for callee in callees:
            for name, default in callee.parameters(after=len(call.args)):
                if name not in given:
                    self._read(name, default)
            if (rest := callee.function.args.kwarg) is not None:
                self.holders.add((callee.function, rest.arg))

    def _holds(self, node: ast.AST) -> bool:
        """Whether the value of an expression is the configuration, or one with its names."""
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                return self._is_held(name, node)
            case ast.Attribute(attr=name, ctx=ast.Load()):
                return name in self.attributes
            case ast.Call(func=ast.Attribute(value=base, attr="copy"), args=[]):
                return self._holds(base)
            case ast.Call(func=called):
                if _name_of(called) in _COPIES:
                    copied = [*node.args, *(k.value for k in node.keywords if k.arg is None)]
                    return any(map(self._holds, copied))
                return any(c.function in self.returning for c in self.functions.called(node))
            case ast.Dict(keys=keys, values=values):
                return any(k is None and self._holds(v) for k, v in zip(keys, values, strict=True))
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return self._holds(left) or self._holds(right)
            case ast.IfExp(body=one, orelse=other):
                return self._holds(one) or self._holds(other)
            case ast.BoolOp(values=values):
                return any(map(self._holds, values))
            case ast.NamedExpr(value=value):
                return self._holds(value)
        return False

    def _is_held(self, name: str, node: ast.AST) -> bool:
        """Whether the variable that `name` is at this node holds the configuration."""
        for scope in self.functions.scopes(node):
            if (scope, name) in self.holders:
                return True
            if name in self.functions.locals_of(scope):
                return False
        return False

    def _use(self, node: ast.expr, place: ast.AST) -> None:
        """What becomes of the configuration in the place where a node that holds it stands."""
        match place:
            case ast.Subscript(value=value) if value is node:
                outside = self.functions.parent[place]
                if isinstance(place.ctx, ast.Load) or isinstance(outside, ast.AugAssign):
                    self._read_key(place.slice)
            case ast.Attribute():
                self._use_attribute(place, self.functions.parent[place])
            case ast.Call(args=arguments) if node in arguments and not self._holds(place):
                self._pass(place, node)
            case ast.keyword(arg=None):
                call = self.functions.parent[place]
                assert isinstance(call, ast.Call)
                if not self._holds(call):
                    self._spread(call)
            case ast.keyword(arg=str(name)):
                call = self.functions.parent[place]
                assert isinstance(call, ast.Call)
                self._hand(self.functions.called(call), name)
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()]) if left is not node:
                self._read_key(left)
            case ast.Assign(targets=targets):
                for target in targets:
                    self._store(target)
            case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
                self._store(target)
            case ast.NamedExpr(target=target):
                self._store(target)
            case ast.Return():
                self._return(next(self.functions.scopes(place)))
            case ast.Compare(ops=[ast.Is() | ast.IsNot()]):
                pass
            case ast.Expr() | ast.FormattedValue() | ast.If() | ast.UnaryOp(op=ast.Not()):
                pass
            case _:
                self.found.any_name |= not self._holds(place)

    def _use_attribute(self, place: ast.Attribute, outside: ast.AST) -> None:
        name = place.attr
        is_called = isinstance(outside, ast.Call) and outside.func is place
        if not isinstance(place.ctx, ast.Load) or name in ("copy", "clear"):
            return
        if isinstance(outside, ast.Call) and is_called and name in _BY_NAME and outside.args:
            self._read_key(outside.args[0], *outside.args[1:2])
        elif name in _BY_NAME or name in _AS_A_WHOLE:
            self.found.any_name = True
        elif name != "update":
            self._read(name)

    def _pass(self, call: ast.Call, node: ast.expr) -> None:
        """The configuration is an argument of a call."""
        name = _name_of(call.func)
        if callees := self.functions.called(call):
            is_plain = not any(isinstance(argument, ast.Starred) for argument in call.args)
            self._hand(callees if is_plain else [], call.args.index(node))
        elif name in ("getattr", "hasattr") and call.args[0] is node:
            self._read_key(*call.args[1:3])
        elif name == "update" and isinstance(call.func, ast.Attribute):
            self._store(call.func.value)
        elif name not in _KEEPS_NOTHING:
            self.found.any_name = True

    def _return(self, function: ast.AST) -> None:
        """A function gives the configuration back; as a property it is then an attribute."""
        self.returning.add(function)
        if isinstance(function, ast.FunctionDef) and function.decorator_list:
            self.attributes.add(function.name)

    def _store(self, target: ast.expr) -> None:
        """The configuration is assigned."""
        scope = next(self.functions.scopes(target), None)
        match target:
            case ast.Name(id=name) if self.functions.is_in_class(target):
                self.attributes.add(name)
            case ast.Name(id=name) if name in self.functions.locals_of(scope):
                assert scope is not None
                self.holders.add((scope, name))
            case ast.Attribute(attr=name) if name != "__dict__":
                self.attributes.add(name)
                self.found.any_name |= self.functions.is_method(name)  # a property's setter
            case _:
                self.found.any_name = True

    def _read(self, name: str, default: ast.expr | None = None) -> None:
        self.found.names.add(name)
        stated = self.found.defaults.setdefault(name, [])
        if default is not None and default not in stated:
            stated.append(default)

    def _read_key(self, key: ast.expr, default: ast.expr | None = None) -> None:
        """A name is read that an expression gives."""
        pattern = pattern_of(key)
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            self._read(key.value, default)
        elif pattern.strip("*"):
            self.found.patterns.add(pattern)
        elif (names := names_of_loop(key, self.functions, self.source)) is not None:
            for name in names:
                self._read(name)
        else:
            self.found.any_name = True


def _name_of(function: ast.expr) -> str | None:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return None


def _reads_unseen(node: ast.AST) -> bool:
    """Whether it may read every variable of a function without naming it."""
    match node:
        case ast.Name(id=name) | ast.alias(name=name):
            return name in _HIDDEN_READERS
        case ast.Attribute(attr=name):  # of Lightning
            return name == "save_hyperparameters"
    return False
