"""What every source is turned into: trials of somebody else's search, as plain data."""

from __future__ import annotations

import json
import keyword
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from record.goal import LOSS, MAX, MIN, Goal, Mode, known_mode
from record.lines import FINISHED, STOPPED
from search_spaces import Config, Dimension
from search_spaces.messages import one_line, shown, suggestion
from search_spaces.space import MAX_NAME_CHARACTERS, check_name

SEED, EPOCHS = "seed", "epochs"
"""What a run sets itself: a space has no such dimension."""

MOST_NAMED = 20
"""Columns that an error lists."""


@dataclass(frozen=True)
class ImportedTrial:
    """One trial: what it tried, what each epoch reported, how it ended."""

    trial_id: str
    config: Config
    epochs: Sequence[Mapping[str, Any]]
    """In ascending order, each with `epoch` (from 1) and what was reported, by name."""
    status: str
    """One of `record.lines.STATUSES`; diverged ones are found by their metric, too."""
    seed: int | None = None
    error: str | None = None

    @property
    def num_epochs(self) -> int:
        """The number of its last epoch."""
        return int(self.epochs[-1]["epoch"]) if self.epochs else 0


@dataclass(frozen=True)
class ImportedTrials:
    """The trials of one source, and what it tells of them."""

    source: str
    """Where they are from: a path, or what a caller handed in."""
    kind: str
    """What that is, in a sentence: `an Optuna study`."""
    trials: Sequence[ImportedTrial]
    goal: Goal
    dimensions: Mapping[str, Dimension] = field(default_factory=dict)
    """Of the space, where the source stores it."""
    has_epochs: bool = True
    """Whether it says how long trials ran: a table of final values does not."""
    taken: Sequence[str] = ()
    """What was taken as what, in lines."""


def goal_of(metric: str | None, mode: Mode | None, known: Collection[str]) -> Goal:
    """What trials are compared by, of the columns `known`. Raises ValueError, with the way out."""
    listed = ", ".join(one_line(name, 60) for name in list(known)[:MOST_NAMED]) or "none"
    if metric is None and LOSS not in known:
        raise ValueError(
            f"there is no {LOSS}: say with --metric what trials are compared by; "
            f"columns of numbers: {listed}"
        )
    metric = LOSS if metric is None else metric
    if metric not in known:
        raise ValueError(
            f"--metric {shown(metric)} is no column of numbers: {suggestion(metric, known)}"
            f"there are {listed}"
        )
    return Goal(metric, mode_of(metric, mode))


def mode_of(metric: str, mode: Mode | None) -> Mode:
    """Whether the metric is to be low or high. Raises ValueError where nothing says so."""
    if mode not in (None, MIN, MAX):
        raise ValueError(f"--mode must be {MIN} or {MAX}, got {shown(mode)}")
    known = known_mode(metric) or (MIN if "loss" in metric.lower() else None)
    if mode is None and known is None:
        raise ValueError(
            f"--mode is needed: is {one_line(metric, 60)} to be low (--mode {MIN}) or high "
            f"(--mode {MAX})?"
        )
    decided = mode or known
    assert decided is not None, "one of the two is there"
    return decided


def ended_early(num_epochs: int, longest: int) -> str:
    """The status of a trial that ended in good order: stopped where others ran for longer."""
    return STOPPED if num_epochs < longest else FINISHED


def dimension_names(names: Collection[str]) -> dict[str, str]:
    """The name of each hyperparameter as a space can hold it: `optimizer.lr` is `optimizer_lr`.

    Raises ValueError where two would have the same name, or the run sets what is so called.
    """
    found: dict[str, str] = {}
    for name in names:
        own = re.sub(r"\W", "_", name, flags=re.ASCII)[:MAX_NAME_CHARACTERS]
        own = f"_{own}" if not own or own[0].isdigit() else own
        own = f"{own}_" if keyword.iskeyword(own) else own
        way_out = f"name it otherwise, as in --column config/NAME={one_line(name, 60)}"
        if own in found.values():
            raise ValueError(f"two hyperparameters would be called {own}: {way_out}")
        try:
            if own not in (SEED, EPOCHS):
                check_name(own)
        except ValueError:
            raise ValueError(f"{own} is no name for a hyperparameter: {way_out}") from None
        found[name] = own
    return found


def set_apart(trials: Sequence[ImportedTrial]) -> list[ImportedTrial]:
    """The trials with a seed among their hyperparameters as their own, and without their budget.

    Raises ValueError where the budget differs: then it was searched, and needs another name.
    """
    budgets = {json.dumps(t.config[EPOCHS]) for t in trials if EPOCHS in t.config}
    if len(budgets) > 1:
        raise ValueError(
            f"the hyperparameter {EPOCHS} differs ({', '.join(sorted(budgets)[:3])}), and is the "
            f"name of a trial's budget here: name it otherwise, as in --column "
            f"config/num_epochs={EPOCHS}"
        )
    found = []
    for trial in trials:
        seed = trial.config.get(SEED) if trial.seed is None else trial.seed
        config = {name: v for name, v in trial.config.items() if name not in (SEED, EPOCHS)}
        found.append(replace(trial, config=config, seed=seed if type(seed) is int else None))
    return found


def as_epochs(steps: Collection[int], *, scaled: bool) -> dict[int, int]:
    """The epoch, from 1, of each step at which a source reports.

    Steps from 0 move up by one. Where they are `scaled`, `100, 200, 300` are three epochs: they
    count optimizer steps.
    """
    unit = math.gcd(*steps) if scaled and len(steps) > 1 else 1
    first = 1 if min(steps, default=1) <= 0 else 0
    return {step: step // unit + first for step in steps}
