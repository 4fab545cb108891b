"""A class with the parts of a task as its methods: functions that call them."""

from __future__ import annotations

import ast
import inspect
from typing import Any

from trainable.hooks import HOOKS, SETTINGS, hook_of
from trainable.written.constants import NotPlainError, constant
from trainable.written.sources import definition_of
from trainable.written.writer import TaskWriter

_INSTANCE = "task"
_WHOLE = frozenset({"config", "cfg", "hparams", "hyperparameters"})
"""What a parameter is called that takes the whole configuration."""


def add_task_class(writer: TaskWriter, made: type) -> None:
    """Write `made`, one object of it, and a function for each of its methods that is a task's.

    Raises ValueError where it is no such class.
    """
    _check(made)
    name = made.__name__
    writer.add(name, made)
    writer.add_text(_INSTANCE, f"{_INSTANCE} = {name}()", {name: made})
    for part in parts_of(made):
        value = inspect.getattr_static(made, part)
        if part in SETTINGS:
            text, needs = _setting(getattr(made, part), f"{name}.{part}", {name: made})
            writer.add_text(part, f"{part} = {text}", needs)
        elif inspect.isroutine(value) or isinstance(value, staticmethod | classmethod):
            writer.add_text(part, _calling(made, part), {})
        else:
            writer.add_text(part, f"{part} = {_INSTANCE}.{part}", {name: made})


def parts_of(made: type) -> list[str]:
    """The parts of a task that a class has."""
    return [part for part in HOOKS if getattr(made, part, None) is not None]


def model_function(made: type) -> str:
    """`model(config)` of a class: its arguments are read from the configuration by their names."""
    name = made.__name__
    given = []
    for parameter in inspect.signature(made).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.name in _WHOLE:
            given.append(f"{parameter.name}=config")
        elif parameter.default is parameter.empty:
            given.append(f'{parameter.name}=config["{parameter.name}"]')
        elif (default := _literal(parameter.default)) is not None:
            given.append(f'{parameter.name}=config.get("{parameter.name}", {default})')
    return f"def model(config):\n    return {name}({', '.join(given)})"


def _check(made: type) -> None:
    needed = [
        p.name
        for p in inspect.signature(made).parameters.values()
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    if needed:
        raise ValueError(
            f"{made.__name__}() must need no arguments, and takes {', '.join(needed)}: a task "
            "class is made once, and model(config) is given the configuration"
        )
    found = definition_of(made)
    tree = ast.parse(found.text) if found else ast.Module([], [])
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for method in vars(made):
        part = None if method in HOOKS or method in used else hook_of(method)
        if part is not None and not hasattr(made, part):
            raise ValueError(
                f"{made.__name__}.{method} is not called by anyone: did you mean {HOOKS[part]}? "
                "rename it, call it from there, or remove it"
            )


def _setting(value: Any, otherwise: str, needs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A value as its text where it has one: the file need not be run to know it."""
    try:
        return constant(value)
    except NotPlainError:
        return otherwise, needs


def _calling(made: type, part: str) -> str:
    """A function with the parameters of a method, which calls that."""
    signature = inspect.signature(getattr(made, part))
    parameters = list(signature.parameters.values())
    if inspect.isfunction(inspect.getattr_static(made, part)):
        if not parameters:
            raise ValueError(
                f"{made.__name__}.{part}() takes nothing, not even self: add self, or "
                "@staticmethod above it"
            )
        del parameters[0]
    plain = [
        p.replace(annotation=p.empty)
        for p in parameters
        if p.default is p.empty or _literal(p.default) == repr(p.default)
    ]
    arguments = ", ".join(_passed(parameter) for parameter in plain)
    shown = inspect.Signature(plain)
    if part == "train":
        return f"def train{shown}:\n    yield from {_INSTANCE}.train({arguments})"
    return f"def {part}{shown}:\n    return {_INSTANCE}.{part}({arguments})"


def _passed(parameter: inspect.Parameter) -> str:
    match parameter.kind:
        case parameter.VAR_POSITIONAL:
            return f"*{parameter.name}"
        case parameter.VAR_KEYWORD:
            return f"**{parameter.name}"
        case parameter.KEYWORD_ONLY:
            return f"{parameter.name}={parameter.name}"
    return parameter.name


def _literal(value: Any) -> str | None:
    try:
        text, needs = constant(value)
    except NotPlainError:
        return None
    return None if needs else text
