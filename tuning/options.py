"""The options of a search: every default of the command has its home here."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from record import as_path
from record.goal import LOSS, Mode
from record.rungs import DEFAULT_REDUCTION_FACTOR
from record.settings import TASK_FILE, WRITTEN_TASK


class SearchOptions(BaseModel):
    """What a search is asked for. None means: follow from the task, the machine or the time."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    task: str = "digits"
    """A shipped task, path/to/file.py or package.module."""
    samples: int = Field(default=50, ge=1)
    """Configurations to try."""
    metric: str = LOSS
    """What trials are compared by: val_loss, a metric that the task reports, or one of
    scikit-learn's: accuracy, balanced_accuracy, f1, auroc, average_precision, rmse, mae, r2."""
    mode: Mode | None = None
    """Whether the metric is to be low (min) or high (max); known for those named above."""
    space: str | dict[str, Any] | None = None
    """A shipped search space or path.toml; the task's own where it is not given."""
    set: tuple[str, ...] = ()
    """A dimension, added or in place of the space's own: lr=1e-4..1:log, batch_size=32,64."""
    try_first: Annotated[tuple[Any, ...], Parameter(name="--try", negative=())] = ()
    """A known configuration to begin with, never stopped early: lr=0.1,batch_size=32, a CSV file
    with a row for each, or the directory of a run, whose best five are tried."""
    epochs: int | None = Field(default=None, ge=1)
    """Full budget of one trial; the task's own where it is not given."""
    steps: int | None = Field(default=None, ge=1)
    """Full budget of one trial in optimizer steps, in place of epochs: the same for all batch
    sizes."""
    evals: int | None = Field(default=None, ge=1)
    """Equal parts of the steps, after each of which a trial is measured and may be stopped; 27 by
    default."""
    scheduler: Literal["asha", "median", "none"] = "asha"
    """What stops weak trials early."""
    grace_epochs: int | None = Field(default=None, ge=1)
    """Epochs, or evaluations of --steps, that every trial may run before it can be stopped; an
    eighth of the budget by default."""
    reduction_factor: int = Field(default=DEFAULT_REDUCTION_FACTOR, ge=2)
    """One in so many trials goes on at each rung of ASHA."""
    searcher: Literal["bayes", "sobol", "random", "grid", "tpe", "gp", "cmaes"] = "bayes"
    """What proposes configurations. bayes learns from the trials before, from the 25th on; tpe,
    gp and cmaes are Optuna's, from the 11th on."""
    until_sure: bool = False
    """End the search before its samples are spent, once more of them would gain too little."""
    confirm: bool = True
    """Train at full length where the best may be, and the best few with fresh seeds."""
    folds: int | None = Field(default=None, ge=2)
    """Train the recommended configuration and its closest rivals on so many other splits, too."""
    keep_checkpoints: int = Field(default=0, ge=0)
    """Trials of the search, the best ones, whose last checkpoint is kept: resume RUN --epochs goes
    on from there."""
    report: bool = True
    """Write report.html at the end."""
    seed: int = Field(default=0, ge=0, lt=2**32)
    """Decides every configuration, initialisation and batch order."""
    split_seed: int = Field(default=0, ge=0, lt=2**32)
    """Decides which examples are held out."""
    name: str | None = None
    """Name of the run's directory; task and time by default."""
    runs_dir: str = "runs"
    """Where run directories go: a directory, s3://bucket/prefix or gs://bucket/prefix."""
    concurrent: int | None = Field(default=None, ge=1)
    """Trials at a time; as many as the machine or cluster holds by default."""
    cpus_per_trial: float = Field(default=1.0, gt=0)
    """CPUs that each trial is given."""
    gpus_per_trial: float = Field(default=0.0, ge=0)
    """GPUs that each trial is given; a fraction shares one."""
    address: str | None = None
    """A Ray cluster to join, HOST:PORT or auto; this machine alone by default."""
    time_budget: float | None = Field(default=None, gt=0)
    """Seconds from the first trial on, after which no further epoch is waited for; a third of them
    is kept for the confirmation."""
    trial_timeout: float | None = Field(default=None, gt=0)
    """Seconds without a report after which a trial counts as hung and its worker is replaced."""
    max_failures: int = Field(default=2, ge=0)
    """Times a failed trial is tried again."""
    track: Literal["tensorboard", "mlflow", "wandb"] | None = None
    """Where else the trials are logged as the search goes."""
    quiet: bool = False
    """Show no progress, only the answer."""


_FLAGS = {"try_first": "--try"}
"""Options whose name is a word of Python."""


class OptionError(ValueError):
    """An option that cannot be used: its name, and what is wrong with it."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name} {problem}")
        self.flag = _FLAGS.get(name, "--" + name.replace("_", "-"))
        self.problem = problem


def make_options(values: dict[str, Any]) -> SearchOptions:
    """Checked options; OptionError names the first wrong one, its value and the rule."""
    unknown = [name for name in values if name not in SearchOptions.model_fields]
    if unknown:
        known = ", ".join(SearchOptions.model_fields)
        raise OptionError(unknown[0], f"is not an option of a search: use {known}")
    try:
        return SearchOptions(**values)
    except ValidationError as error:
        raise first_error(error) from None


def merged(saved: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Options of a run.toml and those given beside it, which win.

    With an option goes what had followed from the one in its place: the mode of another metric, the
    parts and the grace of another budget, the folds of a confirmation that is left out.
    """
    replaced = set()
    if given.get("metric", saved.get("metric")) != saved.get("metric"):
        replaced |= {"mode"}
    if given.get("epochs") and saved.get("steps"):
        replaced |= {"steps", "evals", "grace_epochs"}
    if given.get("steps"):
        replaced |= {"epochs", "evals"} | ({"grace_epochs"} if saved.get("epochs") else set())
    if given.get("epochs") and (saved.get("grace_epochs") or 0) > given["epochs"]:
        replaced |= {"grace_epochs"}
    if given.get("confirm") is False:
        replaced |= {"folds"}
    return {name: saved[name] for name in saved if name not in replaced} | given


def first_error(error: ValidationError) -> OptionError:
    """The first thing wrong with some options."""
    details = error.errors()[0]
    rule = details["msg"].removeprefix("Input should be ")
    return OptionError(str(details["loc"][0]), f"must be {rule}, got {details['input']!r}")


def read_config(path: Path) -> dict[str, Any]:
    """Options and space of a run.toml. Raises ValueError where it is none.

    A task that was written from functions is the copy that lies beside it.
    """
    try:
        settings = tomllib.loads(as_path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"--config {path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"--config {path} is not TOML: {error}") from None
    options = settings.get("options", {})
    if not isinstance(options, dict):
        raise ValueError(f"--config {path}: options must be a table, got {options!r}")
    if str(options.get("task", "")).endswith(WRITTEN_TASK):
        options |= {"task": str(path.parent / TASK_FILE)}
    return options | {name: settings[name] for name in ("space",) if name in settings}
