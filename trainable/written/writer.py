"""The file that functions of a notebook might have been written in.

Each name that is used becomes an item: an import, a constant or a definition. What is not the
notebook's own is imported, what is gets its text as it stands in its cell, and the value of a name
is that of now.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from trainable.hooks import HOOKS, SETTINGS
from trainable.written.constants import NotPlainError, constant, described
from trainable.written.imports import import_block, import_of, looked_up, submodule_import
from trainable.written.names import dotted, names_used
from trainable.written.order import ordered
from trainable.written.overrides import overrides
from trainable.written.search_path import path_block
from trainable.written.sources import Definition, definition_of

_FUTURE = "from __future__ import annotations"


@dataclass(frozen=True)
class Item:
    """What one name needs to have the meaning it has in the notebook."""

    text: str
    before: tuple[str, ...] = ()
    """Names that must be there first."""
    after: tuple[str, ...] = ()
    """Names that may come later."""
    is_definition: bool = False

    @property
    def is_import(self) -> bool:
        return self.text.startswith(("import ", "from "))


class TaskWriter:
    """Collects what a task uses, and makes one file of it.

    `given` are the parts of a task that it has: another thing of such a name is refused, as the
    file would have it for that part.
    """

    def __init__(self, given: Collection[str]) -> None:
        self._given = given
        self._items: dict[str, Item] = {}
        self._meanings: dict[str, Any] = {}
        self._written_as: dict[int, str] = {}
        self._submodules: set[str] = set()
        self._puts_off_annotations = False

    def add(self, name: str, value: Any, user: str | None = None) -> None:
        """Let `name` mean `value` in the file, `user` being what it is for.

        Raises ValueError, in one line, where that cannot be written.
        """
        if name in self._meanings:
            if self._meanings[name] is not value:
                raise ValueError(
                    f"{user or name} and another function mean different things by {name}: "
                    "rename one of them"
                )
            return
        if user is not None and self._is_part(name):
            raise ValueError(
                f"{user} uses {name}, and a task means {HOOKS[name]} by that: give it too, "
                f"search(..., {name}={name}), or rename it"
            )
        self._meanings[name] = value
        self._add_new(name, value, user)

    def add_text(self, name: str, text: str, needs: Mapping[str, Any]) -> None:
        """Let `name` be what the statement `text` makes, which uses `needs`."""
        self._meanings[name] = text
        is_definition = text.startswith(("def ", "class "))
        self._items[name] = Item(text, tuple(needs), (), is_definition)
        for needed, value in needs.items():
            self.add(needed, value, name)

    def text(self, docstring: str) -> str:
        """The whole file: imports, constants, definitions in the order that they need."""
        items = [self._items[name] for name in ordered(self._items)]
        imports = {item.text for item in items if item.is_import} | self._submodules
        constants = [item for item in items if self._is_early(item)]
        others = [item for item in items if not item.is_import and item not in constants]
        blocks = [
            f'"""{docstring}"""',
            _FUTURE if self._puts_off_annotations else "",
            path_block(imports),
            import_block(imports),
            "\n".join(item.text for item in constants),
        ]
        head = "\n\n".join(block for block in blocks if block)
        return "\n\n\n".join([head, *(item.text for item in others)]) + "\n"

    def _is_part(self, name: str) -> bool:
        """Whether a task means something by a name that is not given: beside train() little."""
        means = SETTINGS if "train" in self._given else HOOKS
        return name in means and name not in self._given

    def _is_early(self, item: Item) -> bool:
        """Whether it is a constant that needs nothing of the notebook's own."""
        is_constant = not (item.is_definition or item.is_import)
        return is_constant and all(self._items[name].is_import for name in item.before)

    def _add_new(self, name: str, value: Any, user: str | None) -> None:
        if (first := self._written_as.get(id(value))) is not None:
            self._items[name] = Item(f"{name} = {first}", (first,))
        elif isinstance(value, types.ModuleType | type) or callable(value):
            self._add_callable(name, value, user)
        else:
            self._add_constant(name, value, user)

    def _add_callable(self, name: str, value: Any, user: str | None) -> None:
        if (statement := import_of(value, name)) is not None:
            self._items[name] = Item(statement)
        elif (problem := unwritable(value)) is not None:
            raise _refusal(name, user, *problem)
        elif isinstance(value, type) or _is_function(value):
            self._add_definition(name, value, user)
        else:
            self._add_constant(name, value, user)

    def _add_constant(self, name: str, value: Any, user: str | None) -> None:
        try:
            text, needs = constant(value)
        except NotPlainError:
            if (statement := import_of(value, name)) is not None:
                self._items[name] = Item(statement)
                return
            way_out = f"make it inside {user or name}(), or in a function that it calls"
            raise _refusal(name, user, described(value), way_out) from None
        self._items[name] = Item(f"{name} = {text}", tuple(needs))
        for needed, meaning in needs.items():
            self.add(needed, meaning, name)

    def _add_definition(self, name: str, value: Any, user: str | None) -> None:
        found = definition_of(value)
        if found is None:
            way_out = 'put it into a file, and search(Path("my_task.py"))'
            what = f"{described(value)} whose source is not kept"
            raise _refusal(name, user, what, way_out)
        if _num_wrappers(value) > found.num_decorators:
            what = f"made of {found.name} by a call"
            raise _refusal(name, user, what, f"write that as @decorator above def {name}")
        self._written_as[id(value)] = name
        self._puts_off_annotations |= found.puts_off_annotations
        text = found.named(name)
        more, needs = overrides(value, found, name)
        used = names_used(text)
        at_once = [used_name for used_name in used.at_once if used_name != name]
        self._items[name] = Item(
            "\n\n\n".join([text, *(["\n".join(more)] if more else [])]),
            (*at_once, *needs),
            used.later,
            is_definition=True,
        )
        for used_name in (*at_once, *used.later):
            meaning = looked_up(used_name, found.namespace)
            if meaning is not None or found.namespace.get(used_name, ...) is None:
                self.add(used_name, meaning, name)
        for needed, meaning in needs.items():
            self.add(needed, meaning, name)
        self._add_submodules(text, found)

    def _add_submodules(self, text: str, found: Definition) -> None:
        for names in dotted(text):
            statement = submodule_import(names, found.namespace.get(names[0]))
            if statement is not None:
                self._submodules.add(statement)


def unwritable(value: Any) -> tuple[str, str] | None:
    """What a function is that cannot be written out, and the way out; None where it is none."""
    if isinstance(value, types.MethodType):
        owner = type(value.__self__).__name__
        return f"a method of an object ({owner})", "write a def that makes the object and calls it"
    if isinstance(value, functools.partial):
        return "a functools.partial", "write a def that calls it"
    if isinstance(value, types.BuiltinFunctionType):
        return "a built-in function, which has no source", "write a def that calls it"
    if not (isinstance(value, type) or _is_function(value)):
        return None
    function = inspect.unwrap(value) if _is_function(value) else value
    if function.__name__ == "<lambda>":
        return "a lambda", "write it as a def"
    if closed := getattr(getattr(function, "__code__", None), "co_freevars", ()):
        return (
            f"a closure over {', '.join(closed)}",
            "define it at the top of a cell and make that inside it (a decorator: with "
            "functools.wraps)",
        )
    if "<locals>" in function.__qualname__:
        return "defined inside a function", "define it at the top of a cell"
    if "." in function.__qualname__:
        owner = function.__qualname__.partition(".")[0]
        return f"a part of the class {owner}", f"search({owner}), or write a def that calls it"
    return None


def _is_function(value: Any) -> bool:
    """Whether it is a function, or something that a decorator made of one and says so."""
    try:
        return isinstance(inspect.unwrap(value), types.FunctionType)
    except ValueError:
        return False


def _num_wrappers(value: Any) -> int:
    num = 0
    while (value := getattr(value, "__wrapped__", None)) is not None:
        num += 1
    return num


def _refusal(name: str, user: str | None, what: str, way_out: str) -> ValueError:
    subject = f"{user} uses {name}, which is" if user else f"{name} is"
    return ValueError(f"{subject} {what}, and cannot be written into a task file: {way_out}")
