"""What options decide together: the budget of a trial, the mode of a metric, what must be there."""

from __future__ import annotations

from importlib.util import find_spec

from record.goal import LOSS, MAX, MIN, MODES, Mode, known_mode
from record.lines import LINE_FIELDS
from search_spaces.messages import one_line
from trainable.errors import did_you_mean
from trainable.task import DEFAULT_EPOCHS, TaskFile
from tuning.options import OptionError, SearchOptions

PACKAGES = {"tpe": ["optuna"], "gp": ["optuna"], "cmaes": ["optuna", "cmaes"]}
"""What a searcher imports that is not installed with us."""
NOT_COMPARED = LINE_FIELDS | {"train_loss", "train_eval_loss", "seconds", "steps", "metric", ""}
"""Names in the lines of a record that are no metrics of the validation part."""


def check_installed(searcher: str) -> None:
    """Raise OptionError, with the way to install it, where a searcher's package is missing."""
    missing = [name for name in PACKAGES.get(searcher, []) if find_spec(name) is None]
    if missing:
        rule = f"{searcher} needs {' and '.join(missing)}: pip install 'flatbasin[optuna]'"
        raise OptionError("searcher", rule)


def budget_of(options: SearchOptions, task: TaskFile) -> dict[str, int]:
    """The budget of a trial, as options. Raises OptionError where two of them contradict."""
    if options.steps is None:
        if options.evals is not None:
            raise OptionError("evals", "divides the steps of a trial: add --steps, or leave it out")
        return {"epochs": options.epochs or task.epochs}
    if options.epochs is not None:
        rule = "is a budget in place of --epochs: leave one of the two out"
        raise OptionError("steps", f"{rule}, got {options.steps} and {options.epochs}")
    if task.defines("train"):
        rule = f"needs our training loop, and {task.path.name} has train(): use --epochs"
        raise OptionError("steps", rule)
    evals = options.evals or min(DEFAULT_EPOCHS, options.steps)
    if evals > options.steps:
        raise OptionError("evals", f"must not exceed the steps ({options.steps}), got {evals}")
    return {"evals": evals}


def mode_of(options: SearchOptions) -> Mode:
    """Whether the metric is to be low or high. Raises OptionError where that is not known."""
    metric, mode = options.metric, options.mode
    if metric in NOT_COMPARED:
        rule = f"must be {LOSS}, a metric of the task or one of {', '.join(MODES)}, got {metric}"
        raise OptionError("metric", rule)
    known = known_mode(metric)
    if known is None and mode is None:
        close = did_you_mean(metric, [*MODES, LOSS]).removeprefix(": ")
        rule = f"is needed: is {one_line(metric)} to be low (--mode min) or high (--mode max)?"
        rule += f" ({close})" if close else ""
        raise OptionError("mode", rule)
    if known is not None and mode not in (None, known):
        better = "lower" if known == MIN else "higher"
        raise OptionError("mode", f"must be {known}, since {metric} is better the {better} it is")
    return mode or (MAX if known == MAX else MIN)
