"""What a user brings: a task, found by name, file or module.

`TaskFile` is what can be known without running the file: the command needs no torch to check
it. `Task` is the file run, in a worker.
"""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
import inspect
import sys
import types
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from record.goal import VALIDATION_LOSS, Goal
from trainable.errors import MissingNameError, blaming

if TYPE_CHECKING:
    from trainable.data import Data
    from trainable.splits import Fold

SHIPPED_TASKS = Path(__file__).parent / "tasks"
DEFAULT_EPOCHS = 27
"""Full budget of one trial, for a task that names none."""
CONTRACT = "a task needs data() and model(config), or train(config)"


@dataclass(frozen=True)
class TaskFile:
    """The text of a task, checked as far as that goes without running it."""

    name: str
    path: Path
    source: str
    module: str | None = None
    """Its importable name, for a task that was given as `package.module`."""

    def __post_init__(self) -> None:
        if self.defines("train"):
            return
        for name in ("data", "model"):
            if not self.defines(name):
                call = "model(config)" if name == "model" else "data()"
                raise ValueError(f"{self.path.name} has no {call}: {CONTRACT}")

    @property
    def spec(self) -> str:
        """What finds this task again from anywhere."""
        if self.module is not None:
            return self.module
        return self.name if self.path.parent == SHIPPED_TASKS else str(self.path)

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed source."""
        try:
            return ast.parse(self.source, filename=str(self.path))
        except SyntaxError as error:
            place = f"{self.path.name} line {error.lineno}"
            raise ValueError(f"{place}: {error.msg}: the task file must be valid Python") from None
        except ValueError as error:  # a null byte
            raise ValueError(f"{self.path.name} is not a Python file: {error}") from None

    @cached_property
    def names(self) -> frozenset[str]:
        """Names the file defines at its top level, imported ones included."""
        found: set[str] = set()
        for node in _top_level(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                found.update((alias.asname or alias.name) for alias in node.names)
        return frozenset(found)

    @cached_property
    def strings(self) -> frozenset[str]:
        """Every string in the source but for its space: such a name may be read from `config`."""
        outside = [node for node in self.tree.body if not _assigns(node, "space")]
        return frozenset(
            node.value
            for statement in outside
            for node in ast.walk(statement)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )

    @property
    def description(self) -> str:
        """First line of the file's docstring."""
        return (ast.get_docstring(self.tree) or "").partition("\n")[0]

    @property
    def epochs(self) -> int:
        """Full budget of one trial."""
        epochs = self.setting("epochs")
        if epochs is None:
            return DEFAULT_EPOCHS
        if not isinstance(epochs, int) or isinstance(epochs, bool) or epochs < 1:
            raise ValueError(
                f"{self.path.name}: epochs must be an integer of at least 1, got {epochs!r}"
            )
        return epochs

    @property
    def space(self) -> Any:
        """The task's own search space, as written in the file; None where it has none."""
        return self.setting("space")

    def defines(self, name: str) -> bool:
        """Whether the file has a top-level `name`; a star import may hide it."""
        return name in self.names or "*" in self.names

    def setting(self, name: str) -> Any:
        """The value of a top-level assignment; the file is run only where it is no literal."""
        for node in reversed(self.tree.body):
            if _assigns(node, name):
                assert isinstance(node, ast.Assign)
                try:
                    return ast.literal_eval(node.value)
                except (ValueError, TypeError):
                    return getattr(self._module(), name)
        return None

    def check_required(self, names: Collection[str]) -> None:
        """Raise ValueError where `train` reads config["name"] of a name that is not in `names`.

        Only what it reads in any case counts: a branch, or a `config.get`, may never be reached.
        """
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == "train" and node.args.args:
                for name, line in _required_names(node.body, node.args.args[0].arg):
                    if name not in names:
                        error = MissingNameError(name, names)
                        raise ValueError(f"{self.path.name} line {line}: {error.args[0]}")

    def loop_reads(self, loop_names: tuple[str, ...]) -> frozenset[str]:
        """Which of `loop_names` the training loop reads for this task."""
        if self.defines("train"):
            return frozenset()
        replaced: set[str] = set()
        if self.defines("optimizer"):
            replaced |= {"lr", "optimizer", "momentum", "weight_decay"}
        if self.defines("loss"):
            replaced.add("label_smoothing")
        return frozenset(loop_names) - replaced

    def load(self) -> Task:
        """Run the file. Errors of its own come out as they are: see `trainable.errors`."""
        module = self._module()
        functions: dict[str, Any] = {
            name: getattr(module, name, None)
            for name in ("data", "model", "train", "loss", "metrics", "optimizer", "collate")
        }
        for name, function in functions.items():
            if function is not None and not callable(function) and name != "metrics":
                kind = type(function).__name__
                raise ValueError(f"{self.path.name}: {name} must be a function, got {kind}")
        return Task(name=self.name, **functions)

    def _module(self) -> types.ModuleType:
        return _run_module(self)


def _assigns(node: ast.stmt, name: str) -> bool:
    """Whether this is `name = ...`."""
    targets = node.targets if isinstance(node, ast.Assign) else ()
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


_MAY_BE_SKIPPED = (ast.If, ast.IfExp, ast.BoolOp, ast.Try, ast.FunctionDef, ast.Lambda)


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


@functools.lru_cache(maxsize=8)
def _run_module(file: TaskFile) -> types.ModuleType:
    """The file as a module; modules that lie beside it can be imported."""
    if file.module is not None:
        return importlib.import_module(file.module)
    module = types.ModuleType(f"task_{file.path.stem}")
    module.__file__ = str(file.path)
    if str(file.path.parent) not in sys.path:
        sys.path.insert(0, str(file.path.parent))
    importlib.invalidate_caches()  # a module there may have the name of one of our packages
    sys.modules[module.__name__] = module
    exec(compile(file.source, str(file.path), "exec"), module.__dict__)
    return module


@dataclass(frozen=True)
class Task:
    """A task, run: the functions of its file."""

    name: str
    data: Callable[..., Any] | None = None
    model: Callable[..., Any] | None = None
    train: Callable[..., Any] | None = None
    loss: Callable[..., Any] | None = None
    metrics: Any = None
    """A function of outputs and targets, or torchmetrics objects: see `trainable.metrics`."""
    optimizer: Callable[..., Any] | None = None
    collate: Callable[[list[Any]], Any] | None = None
    goal: Goal = VALIDATION_LOSS
    """What its trials are compared by."""

    def loss_of(self, config: Mapping[str, Any]) -> Callable[[Any, Any], Any] | None:
        """Its loss of outputs and targets under `config`, which `loss` may take as a third."""
        loss = self.loss
        if loss is None or not _takes_config(loss):
            return loss
        return lambda outputs, targets: loss(outputs, targets, config)

    def load_data(self, split_seed: int, fold: Fold | None = None) -> Data | None:
        """The parts of its data; None for a task with a generator, which has its own.

        In a `fold` other examples are validated; raises ValueError where the task splits its data
        itself.

        The random generators are seeded first, so that all workers have the same data.
        """
        if self.train is not None:
            return None
        from trainable.data import prepare
        from trainable.randomness import seed_everything
        from trainable.splits import split_indices

        assert self.data is not None
        seed_everything(split_seed)
        with blaming(self.data):
            if inspect.signature(self.data).parameters:
                splits: list[Any] = []

                def split(*given: Any, **how: Any) -> Any:
                    splits.append(split_indices(*given, seed=split_seed, fold=fold, **how))
                    return splits[-1]

                loaded = self.data(split)
                return prepare(loaded, split_seed=split_seed, fold=None if splits else fold)
            return prepare(self.data(), split_seed=split_seed, fold=fold)

    def build_model(self, config: Mapping[str, Any]) -> Any:
        """The model for one configuration."""
        from torch import nn

        assert self.model is not None
        model = self.model(config)
        if not isinstance(model, nn.Module):
            kind = type(model).__name__
            raise ValueError(f"model(config) must return a torch.nn.Module, got {kind}")
        return model


def _takes_config(function: Callable[..., Any]) -> bool:
    """Whether a function of outputs and targets needs a third argument, or names it `config`."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # of a built-in
        return False
    third = parameters[2:3]
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return any(
        p.name == "config" or (p.default is p.empty and p.kind not in variadic) for p in third
    )


def _top_level(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a file outside its functions and classes, these themselves included."""
    for node in ast.iter_child_nodes(tree):
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from _top_level(node)
