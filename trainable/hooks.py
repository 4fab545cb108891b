"""Functions and settings that nothing in a task's file uses, and that look like one of ours.

Other libraries call a loss `criterion` and a data set `train_dataloader`. Nobody would call such a
function here, and the trial would train with something else than the file says.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Callable, Iterator

from trainable.source import Source

CONTRACT = "a task needs data() and model(config), or train(config)"
HOOKS = {
    "data": "data()",
    "model": "model(config)",
    "loss": "loss(outputs, targets)",
    "metrics": "metrics(outputs, targets)",
    "optimizer": "optimizer(model, config)",
    "scheduler": "scheduler(optimizer, config)",
    "collate": "collate(examples)",
    "train": "train(config)",
    "epochs": "epochs",
    "space": "space",
}
"""What a task may define, with what it is given."""
_ELSEWHERE = {
    "data": "dataset datasets dataloader dataloaders loader loaders train_loader train_dataloader "
    "val_loader val_dataloader train_dataset val_dataset train_data val_data",
    "model": "net network module models forward",
    "loss": "criterion criteria losses lossfn lossfunc",
    "metrics": "metric validation_step val_step eval_step evaluation_step",
    "optimizer": "optim optimizers optimiser optimisers",
    "scheduler": "schedule schedulers schedules lr_scheduler lr_schedulers lr_schedule",
    "collate": "collatefn collator collation collate_batch",
    "train": "training train_step training_step train_loop training_loop train_model fit trainable "
    "train_epoch train_one_epoch",
    "epochs": "epoch num_epochs n_epochs max_epochs total_epochs num_train_epochs",
    "space": "search_space param_space parameter_space config_space hyperparameter_space "
    "param_grid parameter_grid param_distributions",
}
_OURS = {name: ours for ours, names in _ELSEWHERE.items() for name in [ours, *names.split()]}
_FIRST_WORDS = frozenset(
    {"get", "make", "build", "create", "compute", "calc", "calculate", "configure", "load"}
    | {"prepare", "setup", "init", "define", "my", "custom", "default"}
)
_LAST_WORDS = frozenset({"fn", "func", "function", "factory"})
_METHODS = {
    "configure_optimizers": "optimizer",
    "training_step": "loss",
    "compute_loss": "loss",
    "validation_step": "metrics",
    "compute_metrics": "metrics",
    "train_dataloader": "data",
}
"""What other trainers call of a model."""
SETTINGS = ("epochs", "space")
_WORD_BEGINS = re.compile("(?<=[a-z0-9])(?=[A-Z])")
_CLOSE = 0.85


def missing(source: Source, hook: str) -> str:
    """What to say of a file without a function that every task needs."""
    names = [s.name for s in source.tree.body if isinstance(s, ast.FunctionDef | ast.ClassDef)]
    meant = [n for n in names if hook_of(n) in (hook, "train") or n.startswith("train_")]
    hint = f"did you mean {meant[0]} (line {source.line(meant[0])})? " if meant else ""
    return f"{source.path.name} has no {HOOKS[hook]}: {hint}{CONTRACT}"


def check_unused(source: Source, defines: Callable[[str], bool]) -> None:
    """Raise ValueError for a function or setting that no trial uses and that should be ours.

    `defines` tells whether the file has one of our functions: then the other one may belong to a
    script that the file is as well. A loop of the user's own calls what it likes.
    """
    if source.reaches_any_name:
        return
    used = _used(source.tree)
    for statement in source.tree.body:
        name = _defined(statement)
        if name is None or name in used or name in HOOKS or (hook := hook_of(name)) is None:
            continue
        if hook not in SETTINGS and (_is_constant(statement) or defines("train")):
            continue
        is_mentioned = _is_mentioned(name, statement, source.tree)
        is_function = isinstance(statement, ast.FunctionDef)
        is_there = source.statements(hook) != [] if hook in SETTINGS else defines(hook)
        is_replaced = is_there or hook == "train"
        if not (is_replaced and (is_mentioned or not is_function)):
            what = "called" if is_function else "used"
            raise _unused(source, statement, name, hook, what, is_mentioned)
    for made in (s for s in source.tree.body if isinstance(s, ast.ClassDef) and s.name in used):
        for method in (m for m in made.body if isinstance(m, ast.FunctionDef)):
            hook = _METHODS.get(method.name)
            if hook and method.name not in used and not defines(hook) and not defines("train"):
                raise _unused(source, method, f"{made.name}.{method.name}", hook, "called")


def _unused(
    source: Source, node: ast.stmt, name: str, hook: str, what: str, is_mentioned: bool = False
) -> ValueError:
    by = "by anything that a trial runs" if is_mentioned else "by anyone"
    return ValueError(
        f"{source.path.name} line {node.lineno}: {name} is not {what} {by}: did you mean "
        f"{HOOKS[hook]}? rename it, call it from there, or remove it"
    )


def hook_of(name: str) -> str | None:
    """Which of ours a name stands for; None where it stands for none."""
    if name.startswith("_"):
        return None
    words = _WORD_BEGINS.sub("_", name).lower().split("_")
    while len(words) > 1 and words[0] in _FIRST_WORDS:
        del words[0]
    while len(words) > 1 and words[-1] in _LAST_WORDS:
        del words[-1]
    if (ours := _OURS.get("_".join(words))) is not None:
        return ours
    return next(iter(difflib.get_close_matches(name.lower(), HOOKS, 1, _CLOSE)), None)


def unused_constants(source: Source) -> dict[str, int]:
    """Names that the top level assigns and nothing uses, with their lines."""
    if source.reaches_any_name:
        return {}
    used = _used(source.tree)
    assigned = [s for s in source.tree.body if isinstance(s, ast.Assign | ast.AnnAssign)]
    names = [(_defined(s), s.lineno) for s in assigned]
    return {name: line for name, line in names if name is not None and name not in used}


def _used(tree: ast.Module) -> set[str]:
    """Names that are used by what runs: the top level and our own functions, and what they use."""
    definitions: dict[str, list[ast.stmt]] = {}
    waiting: list[ast.AST] = []
    for statement in tree.body:
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef):
            waiting += [] if _is_main_guard(statement) else [statement]
        elif statement.name in HOOKS or statement.decorator_list:
            waiting.append(statement)
        else:
            definitions.setdefault(statement.name, []).append(statement)
    used: set[str] = set()
    while waiting:
        for name in _names(waiting.pop()):
            used.add(name)
            waiting += definitions.pop(name, [])
    return used


def _is_mentioned(name: str, definition: ast.stmt, tree: ast.Module) -> bool:
    """Whether anything in the file but its definition has to do with `name`."""
    return any(name in _names(statement) for statement in tree.body if statement is not definition)


def _names(node: ast.AST) -> Iterator[str]:
    """Names and attributes that are read somewhere in a node."""
    for inner in ast.walk(node):
        match inner:
            case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name, ctx=ast.Load()):
                yield name


def _defined(statement: ast.stmt) -> str | None:
    """The name that a function without a decorator, or an assignment to one name, defines."""
    match statement:
        case ast.FunctionDef(name=name, decorator_list=[]):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return None


def _is_constant(statement: ast.stmt) -> bool:
    """Whether it assigns a number or a text, as no function can be."""
    return isinstance(getattr(statement, "value", None), ast.Constant)


def _is_main_guard(statement: ast.stmt) -> bool:
    """Whether it is `if __name__ == "__main__":`, which holds for no task."""
    return isinstance(statement, ast.If) and "__name__" in _names(statement.test)
