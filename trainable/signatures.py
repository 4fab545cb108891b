"""Whether the functions of a task can be called as we call them, told from the text of its file."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator

from trainable.hooks import HOOKS, hook_of
from trainable.source import Source

_NUM_ARGUMENTS = {
    "data": (0, 1),
    "model": (1,),
    "loss": (2, 3),
    "metrics": (2,),
    "optimizer": (2,),
    "scheduler": (2,),
    "collate": (1,),
}
"""With how many arguments each may be called."""
_NO_SPLIT = frozenset({"config", "cfg", "hparams", "args", "batch_size"})
"""What a parameter of `data` is called where it is meant to be something else."""


_TARGETS = re.compile(r"_?(labels?|targets?|ys?|classes)(_|$)", re.IGNORECASE)
"""What targets are called."""


def check_signatures(source: Source) -> None:
    """Raise ValueError where one of a task's functions is none, or takes other arguments."""
    for name in (*_NUM_ARGUMENTS, "train"):
        for statement in source.statements(name) or ():
            if (problem := _problem(name, statement)) is not None:
                raise ValueError(f"{source.path.name} line {statement.lineno}: {problem}")
    for function in ast.walk(source.tree) if source.statements("train") == [] else ():
        if isinstance(function, ast.FunctionDef) and _gives_examples(function.name):
            _check_order(source, function)


def _gives_examples(name: str) -> bool:
    """Whether a function of this name returns inputs and targets."""
    return name == "__getitem__" or hook_of(name) == "collate"


def _check_order(source: Source, function: ast.FunctionDef) -> None:
    """Raise ValueError where what is called targets comes first: the last of an example is them."""
    for node in _own_nodes(function):
        match node:
            case ast.Return(value=ast.Tuple(elts=[ast.Name(id=first), *_, ast.Name(id=last)])):
                if _TARGETS.match(first) and not _TARGETS.match(last):
                    raise ValueError(
                        f"{source.path.name} line {node.lineno}: {function.name} returns {first} "
                        f"first and {last} last: the last is taken for the targets, so return "
                        f"{first} last"
                    )


def _problem(name: str, statement: ast.stmt) -> str | None:
    value = getattr(statement, "value", None)
    if isinstance(value, ast.Constant) and value.value is not None and name != "train":
        way_out = ": for one of the loop's add it to the space" * (name == "optimizer")
        return f"{name} must be a function, {HOOKS[name]}, got {value.value!r}{way_out}"
    if isinstance(statement, ast.AsyncFunctionDef):
        return f"{name} must be a plain function, {HOOKS[name]}, got an async one"
    if not isinstance(statement, ast.FunctionDef) or statement.decorator_list:
        return None
    return _problem_of_train(statement) if name == "train" else _problem_of_others(statement)


def _problem_of_others(function: ast.FunctionDef) -> str | None:
    name, (needed, taken) = function.name, _arguments(function)
    if name == "data" and taken and taken[0] in _NO_SPLIT:
        return (
            f"data is given no {taken[0]}: take nothing, or split; where the batches depend on the "
            "batch size, return functions of it"
        )
    most = math.inf if function.args.vararg else len(taken)
    if any(len(needed) <= num <= most for num in _NUM_ARGUMENTS[name]) and not _named(function):
        is_lost = name == "scheduler" and not any(map(_returns, _own_nodes(function)))
        return f"{HOOKS[name]} has to return the scheduler, or None" if is_lost else None
    return f"{name} must be {HOOKS[name]}, got {name}({', '.join([*taken, *_named(function)])})"


def _problem_of_train(train: ast.FunctionDef) -> str | None:
    needed, taken = _arguments(train)
    others = {*needed[1:], *_named(train)} - {"checkpoint"}
    if others or not (taken or train.args.vararg):
        got = ", ".join([*needed, *_named(train)])
        return (
            f"train must be train(config) or train(config, checkpoint=None), got train({got}): "
            "rename it where it is a part of the loop, which is ours with data() and model(config)"
        )
    made = {
        node.targets[0].id: node.value
        for node in _own_nodes(train)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    if not any(_gives_something(node, made) for node in _own_nodes(train)):
        return "train yields nothing: yield a dict with train_loss and val_loss after each epoch"
    return None


def _arguments(function: ast.FunctionDef) -> tuple[list[str], list[str]]:
    """The positional parameters that must be given, and all of them."""
    given = function.args
    taken = [argument.arg for argument in (*given.posonlyargs, *given.args)]
    return taken[: len(taken) - len(given.defaults)], taken


def _named(function: ast.FunctionDef) -> list[str]:
    """The parameters that must be given by their names."""
    given = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    return [argument.arg for argument, default in given if default is None]


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """What a function holds, but for functions within it."""
    for node in ast.iter_child_nodes(function):
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _own_nodes(node)


def _returns(node: ast.AST) -> bool:
    """Whether it returns, or stands for what is still to be written."""
    is_stub = isinstance(node, ast.Constant) and node.value is ...
    return is_stub or isinstance(node, ast.Return | ast.Raise)


def _gives_something(node: ast.AST, made: dict[str, ast.expr]) -> bool:
    """Whether it yields, or returns what may be a generator; `made` is what variables hold."""
    if isinstance(node, ast.Return):
        value = made.get(node.value.id) if isinstance(node.value, ast.Name) else node.value
        value = node.value if value is None else value
        return value is not None and not isinstance(value, ast.Constant | ast.Dict | ast.JoinedStr)
    return isinstance(node, ast.Yield | ast.YieldFrom)
