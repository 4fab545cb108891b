"""Constraints: comparisons such as `hidden * layers <= 1024`, evaluated without `eval`."""

import ast
import operator
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from search_spaces.messages import one_line, shown

_MAX_CHARACTERS = 200
"""Keeps an expression shallow enough to be walked recursively."""


def _power(base: float, exponent: float) -> Any:
    """In floats, so that a large exponent overflows at once instead of filling the memory."""
    return float(base) ** float(exponent)


_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_SIGNS: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {"min": min, "max": max}

_ALLOWED = "names, numbers, strings, + - * / // % **, comparisons, and, or, not, min(), max()"


@dataclass(frozen=True)
class Constraint:
    """A comparison of dimensions that every configuration must satisfy."""

    expression: str

    def __post_init__(self) -> None:
        if not isinstance(self.expression, str):
            raise ValueError(f"must be a string, got {shown(self.expression)}")
        if len(self.expression) > _MAX_CHARACTERS:
            raise ValueError(
                f"must have at most {_MAX_CHARACTERS} characters, got {len(self.expression)}: "
                "split it into several"
            )
        _check_statement(self._tree)
        if not self.names:
            raise ValueError("must name at least one dimension")

    @cached_property
    def names(self) -> frozenset[str]:
        """The dimensions it compares."""
        nodes = list(ast.walk(self._tree))
        functions = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
        return frozenset(
            node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in functions
        )

    def holds(self, config: Mapping[str, Any]) -> bool:
        """Whether the configuration satisfies it; one that lacks a dimension of it does."""
        if not self.names <= config.keys():
            return True
        try:
            return _truth(self._tree, config)
        except (ArithmeticError, TypeError, ValueError) as error:
            values = {name: config[name] for name in sorted(self.names)}
            raise ValueError(
                f"cannot be computed: {one_line(str(error))}, got {shown(values)}"
            ) from None

    @cached_property
    def _tree(self) -> ast.expr:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", SyntaxWarning)  # 1and a < 2
                return ast.parse(self.expression.strip(), mode="eval").body
        except (SyntaxError, ValueError) as error:
            problem = error.msg if isinstance(error, SyntaxError) else error
            raise ValueError(f"is not a Python expression: {problem}") from None


def _check_statement(node: ast.expr) -> None:
    """Raise unless it is true or false: a number in its place would always count as true."""
    match node:
        case ast.BoolOp(values=parts):
            for part in parts:
                _check_statement(part)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            _check_statement(operand)
        case ast.Compare(left=left, ops=ops, comparators=others) if _known(ops, _COMPARISONS):
            for side in [left, *others]:
                _check_value(side)
        case _:
            raise ValueError(
                f'must be a comparison such as "hidden * layers <= 1024", got {_text(node)}'
            )


def _check_value(node: ast.expr) -> None:
    match node:
        case ast.Name() | ast.Constant(value=bool() | int() | float() | str()):
            return
        case ast.UnaryOp(op=op, operand=operand) if _known([op], _SIGNS):
            _check_value(operand)
        case ast.BinOp(left=left, op=op, right=right) if _known([op], _ARITHMETIC):
            _check_value(left)
            _check_value(right)
        case ast.Call(func=ast.Name(id="min" | "max"), args=[_, _, *_] as values, keywords=[]):
            for value in values:
                _check_value(value)
        case _:
            raise ValueError(f"may hold only {_ALLOWED}, got {_text(node)}")


def _known(operators: Sequence[ast.AST], table: Mapping[Any, Any]) -> bool:
    return all(type(op) in table for op in operators)


def _text(node: ast.expr) -> str:
    return one_line(ast.unparse(node), 60)


def _truth(node: ast.expr, config: Mapping[str, Any]) -> bool:
    match node:
        case ast.BoolOp(op=op, values=parts):
            combine = all if isinstance(op, ast.And) else any
            return combine(_truth(part, config) for part in parts)
        case ast.UnaryOp(operand=operand):
            return not _truth(operand, config)
        case ast.Compare(left=left, ops=ops, comparators=others):
            values = [_value(side, config) for side in [left, *others]]
            return all(
                _COMPARISONS[type(op)](*pair)
                for op, pair in zip(ops, pairwise(values), strict=True)
            )

    raise AssertionError(node)


def _value(node: ast.expr, config: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return config[name]
        case ast.UnaryOp(op=op, operand=operand):
            return _SIGNS[type(op)](_number(operand, config))
        case ast.BinOp(left=left, op=op, right=right):
            return _ARITHMETIC[type(op)](_number(left, config), _number(right, config))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _FUNCTIONS[name](*(_number(argument, config) for argument in arguments))

    raise AssertionError(node)


def _number(node: ast.expr, config: Mapping[str, Any]) -> Any:
    value = _value(node, config)
    if not isinstance(value, int | float):
        raise TypeError(f"{shown(value)} is not a number")

    return value
