"""What a run left behind: its frames and settings. All analyses, texts and pictures take this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from record import AnyPath
from record.goal import Goal
from record.rungs import DEFAULT_REDUCTION_FACTOR, default_grace, rungs, unit_of
from search_spaces import Space


@dataclass(frozen=True, repr=False)
class RunData:
    """The frames and settings of a run; docs/frames.md lists the columns."""

    path: AnyPath
    trials: pd.DataFrame
    """One row per trial."""
    epochs: pd.DataFrame
    """One row per trial and epoch."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """The command's options by their long names, from run.toml."""
    space: Space = field(default_factory=lambda: Space({}))
    """The search space, as far as run.toml tells it: what is computed is left out."""
    folds: pd.DataFrame = field(default_factory=pd.DataFrame)
    """One row per trial on another split of the data, with its number `fold`; else as `trials`."""
    outside: pd.DataFrame = field(default_factory=pd.DataFrame)
    """One row per trial that the space does not hold, since it was changed; else as `trials`."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """Of each trial that was planned after the search: `window`, `seed` or `fold`."""
    controls: frozenset[str] = frozenset()
    """Trials of the search that were never to be stopped early."""
    tests: tuple[Mapping[str, Any], ...] = ()
    """Looks at the test split: trial_id, test_loss, test_<metric>, time."""
    wall_seconds: float = 0.0
    damaged_lines: int = 0
    num_validation: int | None = None
    """Examples in the validation part, where the record tells."""
    parts: tuple[AnyPath, ...] = ()
    """Directories of the runs that it is made of, where several were taken together. `path` is
    then no more than a name."""

    is_stored: bool = True
    """Whether it is in a directory. `path` is otherwise no more than a name."""
    imported: Mapping[str, Any] = field(default_factory=dict)
    """Of a run of other tools' trials: `source`, its `kind` in words, and where the `space` is
    from: `stored` there, `inferred` from the values, or `given` by whoever imported it."""

    @property
    def directories(self) -> tuple[AnyPath, ...]:
        """Its own, or those of the runs that it is made of."""
        return self.parts or (self.path,)

    @property
    def base(self) -> AnyPath:
        """The directory that a further search starts from: of several runs the first one's."""
        return self.directories[0]

    @property
    def directory(self) -> AnyPath:
        """Where its files go. Raises ValueError for runs that have no such place: several
        together, or imported ones that were not written."""
        if self.parts:
            raise ValueError(
                f"{len(self.parts)} runs together have no directory of their own: say where to "
                "write, as in write_report('together.html')"
            )
        if not self.is_stored:
            raise ValueError(
                "this run is in no directory: say where to write, as in write_report('run.html'), "
                "or import it with a path"
            )
        return self.path

    @property
    def goal(self) -> Goal:
        """What the trials are compared by."""
        return Goal.of_options(self.options)

    @property
    def task(self) -> str:
        """What was trained: the task's name, or where imported trials are from."""
        return str(self.options.get("task") or self.imported.get("source") or self.path.name)

    @property
    def has_curves(self) -> bool:
        """Whether it is known what happened between the epochs: not from a table of ends."""
        return not self.imported or bool(self.epochs["trial_id"].duplicated().any())

    @property
    def knows_epochs(self) -> bool:
        """Whether it is known how long trials ran: imported final values do not tell."""
        return not self.imported or "epochs" in self.options

    @property
    def budget(self) -> int:
        """Epochs (or evaluations) of a full-length trial: the option, or the longest trial's."""
        longest = int(self.trials["epochs"].max()) if len(self.trials) else 0
        return int(self.options.get("evals" if self.steps else "epochs") or longest)

    @property
    def steps(self) -> int | None:
        """Optimizer steps of a full-length trial, where that is its budget."""
        steps = self.options.get("steps")
        return int(steps) if steps else None

    @property
    def unit(self) -> str:
        """What a trial is measured after: an epoch, or an evaluation among its steps."""
        return unit_of(self.steps)

    @property
    def reduction_factor(self) -> int:
        """One in so many trials went on at each rung."""
        return int(self.options.get("reduction_factor") or DEFAULT_REDUCTION_FACTOR)

    @property
    def grace_epochs(self) -> int:
        """Epochs that every trial was allowed to run."""
        return int(self.options.get("grace_epochs") or default_grace(self.budget))

    @property
    def rungs(self) -> list[int]:
        """The epochs at which ASHA compared trials, the full budget last."""
        return [*rungs(self.grace_epochs, self.reduction_factor, self.budget), self.budget]
