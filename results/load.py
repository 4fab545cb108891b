"""A run directory read into a `Run`: `load("runs/digits-20260101-120000").trials`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from record import AnyPath, as_path, has_record
from record.goal import Goal
from record.lines import FOLDS
from record.reader import Record, read_record
from record.rungs import unit_of
from record.settings import IMPORTED, RECORD_FILE, read_settings, table
from results.run import Run
from results.run_frames import epochs_frame, trials_frame
from results.together import together
from search_spaces import History, Space, recorded_space


def load(path: str | AnyPath | Sequence[str | AnyPath]) -> Run:
    """The run in the directory `path` or at `s3://...`, read from run.toml and its record alone.

    A list of them gives one run of the trials of all: see `results.together`.

    Takes time linear in the record. Damaged lines are skipped and counted; a trial whose
    opening line is damaged is left out, since nothing says what it tried.

    Raises ValueError, in one line, when there is no such run or its record is empty.
    """
    if not isinstance(path, str | AnyPath):
        return together([load(one) for one in path])
    directory = as_path(path)
    settings = read_settings(directory)
    return run_of(directory, settings, _read_trials(directory))


def run_of(directory: AnyPath | None, settings: Mapping[str, Any], record: Record) -> Run:
    """The run of these settings and this record; without a directory where it is in none."""
    imported = table(settings, IMPORTED)
    space, history = recorded_space(table(settings, "space")), History.from_settings(settings)
    if history.earlier:
        record.trials = [t | {"config": history.completed(t["config"])} for t in record.trials]
    options = table(settings, "options")
    goal = Goal.of_options(options)
    unit = unit_of(options.get("steps"))
    epochs = epochs_frame(record, goal)
    trials = trials_frame(record, epochs, goal, unit)
    fold_of = {t["trial_id"]: t.get("fold") for plan in record.plans for t in plan["trials"]}
    is_fold = trials["stage"].eq(FOLDS)
    folds = (
        trials[is_fold]
        .assign(fold=trials["trial_id"].map(fold_of))
        .dropna(subset="fold")
        .astype({"fold": int})
    )
    is_chosen = history.earlier or imported.get("space") == "given"
    lies_in = _lie_in(record, space) if is_chosen else set(trials["trial_id"])
    is_inside = trials["trial_id"].isin(lies_in)
    outside = trials[~is_fold & ~is_inside].reset_index(drop=True)
    trials = trials[~is_fold & is_inside].reset_index(drop=True)
    return Run(
        path=directory or Path(str(imported.get("source") or "imported")),
        is_stored=directory is not None,
        trials=trials,
        epochs=epochs[epochs["trial_id"].isin(trials["trial_id"])].reset_index(drop=True),
        folds=folds[folds["trial_id"].isin(lies_in)].reset_index(drop=True),
        outside=outside,
        options=options,
        space=space,
        roles={t["trial_id"]: t.get("role", "") for plan in record.plans for t in plan["trials"]},
        controls=frozenset(t["trial_id"] for t in record.trials if t.get("control") is True),
        tests=tuple(record.tests),
        # between the first and the last time of somebody else's trials lie pauses nobody knows of
        wall_seconds=0.0 if imported else record.wall_seconds(),
        damaged_lines=record.damaged_lines,
        num_validation=record.num_validation,
        imported=imported,
    )


def _lie_in(record: Record, space: Space) -> set[str]:
    """Ids of the trials that the space holds: it was changed since some of them."""
    return {line["trial_id"] for line in record.trials if space.holds(line["config"])}


def _read_trials(directory: AnyPath) -> Record:
    """The record, which must hold at least one trial."""
    path = directory / RECORD_FILE
    record = read_record(path) if has_record(path) else Record()
    if record.trials:
        return record

    damage = f" ({record.damaged_lines} damaged lines)" if record.damaged_lines else ""
    raise ValueError(
        f"{directory} holds no trial yet: its record epochs.jsonl is empty{damage}; "
        f"go on with: python tune_main.py resume {directory}"
    )
