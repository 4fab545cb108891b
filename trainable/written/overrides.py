"""What was set on a class after its definition: the value of now counts."""

from __future__ import annotations

import ast
from contextlib import suppress
from typing import Any

from trainable.written.constants import Needs, NotPlainError, constant
from trainable.written.sources import Definition


def overrides(made: Any, found: Definition, name: str) -> tuple[list[str], Needs]:
    """Assignments that follow the class `made`, and what they need; nothing for a function."""
    needs: Needs = {}
    if not isinstance(made, type):
        return [], needs
    lines = []
    written = _literals(found.text)
    for attribute, value in vars(made).items():
        if attribute.startswith("_"):
            continue
        try:
            text, needed = constant(value)
        except NotPlainError:
            continue
        if written.get(attribute) != text:
            lines.append(f"{name}.{attribute} = {text}")
            needs |= needed
    return lines, needs


def _literals(text: str) -> dict[str, str]:
    """Attributes that the body assigns a literal to, each as it would be written."""
    (made,) = ast.parse(text).body
    found = {}
    for statement in getattr(made, "body", []):
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                with suppress(ValueError, TypeError):
                    found[name] = constant(ast.literal_eval(value))[0]
    return found
