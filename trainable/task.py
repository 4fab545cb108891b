"""What a user brings: a task, found by name, file or module.

`TaskFile` is what can be known without running the file: the command needs no torch to check
it. `Task` is the file run, in a worker.
"""

from __future__ import annotations

import ast
import inspect
import sys
import types
from collections.abc import Callable, Collection, Mapping
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from functools import lru_cache
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

from record.goal import VALIDATION_LOSS, Goal
from trainable.config_reads import ConfigReads, config_reads
from trainable.errors import MissingNameError, blaming, explain
from trainable.hooks import HOOKS, check_unused, missing
from trainable.required_reads import required_reads
from trainable.run_file import run_module
from trainable.signatures import check_signatures
from trainable.source import ANYTHING, Source

if TYPE_CHECKING:
    from trainable.data import Data
    from trainable.splits import Fold

SHIPPED_TASKS = Path(__file__).parent / "tasks"
DEFAULT_EPOCHS = 27
"""Full budget of one trial, for a task that names none."""
_FUNCTIONS = ("data", "model", "train", "loss", "metrics", "optimizer", "scheduler", "collate")


@dataclass(frozen=True)
class TaskFile:
    """The text of a task, checked as far as that goes without running it."""

    name: str
    path: Path
    source: str
    module: str | None = None
    """Its importable name, for a task that was given as `package.module`."""
    written_from: Path | None = None
    """What names the notebook or script that its text was written from: see `trainable.written`.
    Nothing finds it again but the copy in a run."""

    def __post_init__(self) -> None:
        for name in () if self.defines("train") else ("data", "model"):
            if not self.defines(name):
                raise ValueError(missing(self.written, name))
        check_signatures(self.written)
        check_unused(self.written, self.defines)

    @property
    def spec(self) -> str:
        """What finds this task again from anywhere."""
        if self.module is not None:
            return self.module
        if self.written_from is not None:
            return str(self.written_from)
        return self.name if self.path.parent == SHIPPED_TASKS else str(self.path)

    @property
    def written(self) -> Source:
        """What its text says."""
        return _read(self.path, self.source)

    @property
    def reads(self) -> ConfigReads:
        """Which names it may read from its configuration."""
        return _follow(self.written)

    @property
    def description(self) -> str:
        """First line of the file's docstring."""
        return (ast.get_docstring(self.written.tree) or "").partition("\n")[0]

    @property
    def epochs(self) -> int:
        """Full budget of one trial."""
        epochs = self.setting("epochs")
        if epochs is None:
            return DEFAULT_EPOCHS
        if not isinstance(epochs, Integral) or isinstance(epochs, bool) or epochs < 1:
            raise ValueError(
                f"{self.path.name}: epochs must be an integer of at least 1, got {epochs!r}"
            )
        return int(epochs)

    @property
    def space(self) -> Any:
        """The task's own search space; None where it has none."""
        return self.setting("space")

    def defines(self, name: str) -> bool:
        """Whether the file has a top-level function `name`, or metrics in its place.

        `train, test = random_split(...)` is none.
        """
        known = self.written.defines(name)
        return _has(self._module(), name) if known is None else known

    def setting(self, name: str) -> Any:
        """The value of the file's top-level `name`, None where it has none.

        The file is run unless one plain assignment of a literal tells. Raises ValueError, in one
        line, for what goes wrong there.
        """
        value = self.written.value(name)
        return getattr(self._module(), name, None) if value is ANYTHING else value

    def check_required(self, names: Collection[str]) -> None:
        """Raise ValueError where `train` reads config["name"] of a name that is not in `names`.

        Only what it reads in any case counts.
        """
        for node in self.written.statements("train") or ():
            for name, line in required_reads(node):
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
        if self.defines("scheduler"):
            replaced |= {"schedule", "warmup_epochs"}
        return frozenset(loop_names) - replaced

    def load(self) -> Task:
        """Run the file. Errors of its own come out as they are: see `trainable.errors`."""
        module = run_module(self.path, self.source, self.module)
        functions: dict[str, Any] = {
            name: getattr(module, name) if _has(module, name) else None for name in _FUNCTIONS
        }
        for name, function in functions.items():
            if (problem := _problem_of(name, function)) is not None:
                line = self.written.line(name)
                place = self.path.name + (f" line {line}" if line else "")
                raise ValueError(f"{place}: {name} must be a function, {HOOKS[name]}, {problem}")
        assert functions["train"] or (functions["data"] and functions["model"]), "was checked"
        return Task(name=self.name, **functions)

    def _module(self) -> types.ModuleType:
        """The file, run to be asked: what it raises is told in one line, as a ValueError.

        What it prints is no part of the command's answer, nor is the directory that it goes to.
        """
        try:
            with redirect_stdout(sys.stderr), chdir("."):
                return run_module(self.path, self.source, self.module)
        except (Exception, SystemExit) as error:
            raise ValueError(explain(error, self.path)) from error


def _problem_of(name: str, function: Any) -> str | None:
    """What is wrong with what a file has in the place of one of our functions; None if nothing."""
    kind = type(function).__name__
    if function is None or name == "metrics":
        return None
    if not callable(function):
        return f'got {kind}: rename it, or put a script under if __name__ == "__main__":'
    if name == "model" and hasattr(function, "parameters") and not isinstance(function, type):
        return f"got one that is made, {kind}: each trial needs one of its own"
    if isinstance(function, type) and function.__module__.startswith("torch."):
        return f"got the class {function.__name__}: call it in a function of that name"
    return None


def _has(module: types.ModuleType, name: str) -> bool:
    value = getattr(module, name, None)
    return value is not None and (callable(value) or name != "train")


@lru_cache(maxsize=8)
def _read(path: Path, source: str) -> Source:
    """The same for all who ask: what it has found out is not found again, nor sent to workers."""
    return Source(path, source)


@lru_cache(maxsize=8)
def _follow(source: Source) -> ConfigReads:
    return config_reads(source)


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
    scheduler: Callable[..., Any] | None = None
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
