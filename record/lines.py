"""The lines of `epochs.jsonl`: of each kind one function that makes it and one that checks it.

A line is a dict with `kind` and the fields named below; the writer adds `time`, in seconds since
1970. Losses that are not finite are None, which JSON writes as null. A reader gets lines that were
checked, and passes over kinds that it does not know.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

Line = dict[str, Any]

SEARCH, CONFIRM, FOLDS = STAGES = (
    "search",
    "confirm",
    "folds",  # trained on other splits of the data: what they show compares among them alone
)

FINISHED, STOPPED, DIVERGED, FAILED, INTERRUPTED = STATUSES = (
    "finished",  # ran its full budget
    "stopped",  # by the scheduler, early
    "diverged",  # a loss was not finite
    "failed",  # raised, or its worker died
    "interrupted",  # the search ended first: it goes on when it is resumed
)

WINDOW_ROLE, SEED_ROLE, FOLD_ROLE = ROLES = ("window", "seed", "fold")
"""What a trial after the search is for: the surroundings of the winner, its fresh seeds, or another
split of the data."""

BEGINNINGS: Final = ("search_started", "resumed")
"""Marks from which on the run is at work."""

LARGEST_COUNT = 2**53
"""Epochs, steps and seeds above this are damage: a float could not hold them exactly."""


SEARCH_ENDED: Final = "search_ended"
"""Mark that a search or a resume wrote last: all that it was asked for is done, or it was
interrupted."""
CONFIRMATION_ASKED, CONFIRMATION_ENDED = "confirmation_asked", "confirmation_ended"
SEARCH_CUT = "search_cut"
SPACE_CHANGED = "space_changed"
BUDGET_RAISED = "budget_raised"


def cut_line(samples: int) -> Line:
    """The search ends before its `samples` have begun: that is enough, or its time is over."""
    return {"kind": "mark", "name": SEARCH_CUT, "samples": samples}


def cuts(line: Mapping[str, Any], samples: int) -> bool:
    """Whether the line ends a search of `samples`, or of more."""
    is_cut = line["kind"] == "mark" and line["name"] == SEARCH_CUT
    return is_cut and int(line.get("samples", 0)) >= samples


def raise_line(epochs: int, go_on: Sequence[str]) -> Line:
    """Trials run up to `epochs` from here on; of those that had ended, `go_on` do."""
    return {"kind": "mark", "name": BUDGET_RAISED, "epochs": epochs, "go_on": list(go_on)}


def mark_line(name: str) -> Line:
    """An event: one of BEGINNINGS, CONFIRMATION_ASKED, CONFIRMATION_ENDED, SPACE_CHANGED or
    SEARCH_ENDED."""
    return {"kind": "mark", "name": name}


def planned_trial(
    trial_id: str, config: Mapping[str, Any], seed: int, role: str, **fold: int
) -> Line:
    """A trial as a `stage` line announces it; `role` is one of ROLES, `fold` the split's number."""
    return {"trial_id": trial_id, "seed": seed, "config": dict(config), "role": role} | fold


def stage_line(name: str, trials: Sequence[Line]) -> Line:
    """A round of trials that is about to run: each a `planned_trial`, all of one role."""
    return {"kind": "stage", "stage": name, "trials": list(trials)}


def trial_line(
    trial_id: str,
    config: Mapping[str, Any],
    *,
    attempt: int,
    stage: str,
    seed: int,
    control: bool,
    proposed: bool = False,
    enqueued: bool = False,
) -> Line:
    """The beginning of an attempt, from 1; a `control` is never stopped early.

    A `proposed` configuration follows from the trials before it, not from the options alone; an
    `enqueued` one was known beforehand, and named.
    """
    return {
        "kind": "trial",
        "trial_id": trial_id,
        "attempt": attempt,
        "stage": stage,
        "seed": seed,
        "config": dict(config),
        "control": control,
        "proposed": proposed,
        "enqueued": enqueued,
    }


LINE_FIELDS = frozenset({"kind", "trial_id", "attempt", "epoch", "time"})
"""Fields of an epoch's line that are no measurement."""


def epoch_line(trial_id: str, attempt: int, metrics: Mapping[str, Any]) -> Line:
    """One epoch of a trial; `metrics` are the fields of `EpochMetrics` and the task's own."""
    own: Line = {"kind": "epoch", "trial_id": trial_id, "attempt": attempt}
    measured: Line = finite(metrics)
    return own | measured | own  # first for who reads the file, and last: no metric takes its place


def status_line(trial_id: str, ended: str, **failure: Any) -> Line:
    """The end of an attempt, `ended` one of STATUSES.

    Of a failed one also `error` (one line), `traceback`, and `final`: not to be tried again.
    """
    return {"kind": "status", "trial_id": trial_id, "status": ended} | failure


def read_test_line(trial_id: str, measured: Mapping[str, float]) -> Line:
    """A look at the test split: its `loss`, and metrics by name."""
    return {"kind": "test", "trial_id": trial_id} | {
        f"test_{name}": finite(value) for name, value in measured.items()
    }


def data_line(train: int | None, validation: int | None, test: int | None) -> Line:
    """Examples in each part of the data; None where a part has no length."""
    return {"kind": "data", "train": train, "validation": validation, "test": test}


def finite(value: Any) -> Any:
    """The value with None for every float in it that is not finite: JSON has no word for those."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def is_sound(line: Any) -> bool:
    """Whether it is a line of a record with values of the right types."""
    if not isinstance(line, dict) or not isinstance(line.get("kind"), str):
        return False
    check = _CHECKS.get(line["kind"])
    return _is_number(line.get("time")) and (check is None or check(line))


def _is_mark(line: Line) -> bool:
    go_on = line.get("go_on", None if line.get("name") == BUDGET_RAISED else [])
    is_list = isinstance(go_on, list) and all(isinstance(trial_id, str) for trial_id in go_on)
    return isinstance(line.get("name"), str) and _is_count(line.get("samples", 0)) and is_list


def _is_stage(line: Line) -> bool:
    planned = line.get("trials")
    return isinstance(planned, list) and len(planned) > 0 and all(map(_is_planned, planned))


def _is_planned(line: object) -> bool:
    return (
        isinstance(line, dict)
        and "seed" in line
        and _is_trial(line)
        and isinstance(line.get("role"), str)
        and _is_count(line.get("fold", 0))
    )


def _is_trial(line: Line) -> bool:
    return (
        isinstance(line.get("trial_id"), str)
        and isinstance(line.get("config"), dict)
        and _is_count(line.get("seed", 0), lowest=-LARGEST_COUNT)
        and _is_count(line.get("attempt", 1), lowest=1)
    )


def _is_epoch(line: Line) -> bool:
    losses = ("val_loss", "train_loss", "train_eval_loss", "seconds")
    return (
        isinstance(line.get("trial_id"), str)
        and _is_count(line.get("epoch"), lowest=1)
        and all(_is_loss(line.get(name)) for name in losses)
        and _is_count(line.get("steps", 0))
    )


def _is_status(line: Line) -> bool:
    return isinstance(line.get("trial_id"), str) and line.get("status") in STATUSES


def _is_test(line: Line) -> bool:
    return isinstance(line.get("trial_id"), str) and _is_loss(line.get("test_loss"))


def _is_data(line: Line) -> bool:
    sizes = (line.get(part) for part in ("train", "validation", "test"))
    return all(size is None or _is_count(size) for size in sizes)


_CHECKS: dict[str, Callable[[Line], bool]] = {
    "mark": _is_mark,
    "stage": _is_stage,
    "trial": _is_trial,
    "epoch": _is_epoch,
    "status": _is_status,
    "test": _is_test,
    "data": _is_data,
}


def _is_number(value: object) -> bool:
    """A finite float, or an int that a float can hold."""
    if isinstance(value, float):
        return math.isfinite(value)
    return type(value) is int and abs(value) <= LARGEST_COUNT


def _is_loss(value: object) -> bool:
    """A number, or None for one that is absent or was not finite."""
    return value is None or isinstance(value, float) or _is_number(value)


def _is_count(value: object, lowest: int = 0) -> bool:
    return type(value) is int and lowest <= value <= LARGEST_COUNT


@dataclass
class Confirmation:
    """A confirmation that was asked for, as far as it went."""

    stages: list[Line] = field(default_factory=list)
    has_ended: bool = False
    num_asked: int | None = None
    """Stages after which it ends, in a record of version 0.1: there they were asked for in all."""

    @property
    def trial_ids(self) -> frozenset[str]:
        """The trials that it planned."""
        return frozenset(t["trial_id"] for stage in self.stages for t in stage["trials"])


def confirmations(lines: Iterable[Line]) -> list[Confirmation]:
    """The confirmations of a record, in the order in which they were asked for."""
    found: list[Confirmation] = []
    for line in lines:
        if line["kind"] == "mark" and line["name"] == CONFIRMATION_ASKED:
            stages = line.get("stages")
            found.append(Confirmation(num_asked=len(stages) if isinstance(stages, list) else None))
        elif line["kind"] == "mark" and line["name"] == CONFIRMATION_ENDED and found:
            found[-1].has_ended = True
        elif line["kind"] == "stage" and line.get("stage") != FOLDS:
            if not found:  # the mark's line was damaged
                found.append(Confirmation())
            found[-1].stages.append(line)
            found[-1].has_ended |= len(found[-1].stages) == found[-1].num_asked
    return found
