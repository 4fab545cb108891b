"""Runs from beginning to end: a new one, one that goes on, one that is confirmed further."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from record import AnyPath, as_path, remove
from record.lines import Line, mark_line
from record.reader import read_lines
from record.segments import open_writer
from record.settings import (
    RECORD_FILE,
    RUN_FILE,
    TASK_FILE,
    read_whole_run,
    versions,
    write_settings,
)
from record.writer import StorageError, Writer, encode, telling
from search_spaces import History
from search_spaces.messages import shown
from trainable.catalogue import find_task
from trainable.task import TaskFile
from trainable.written.given import showing_lines, written_before
from tuning import run_directory
from tuning.driver import drive
from tuning.engine import cluster
from tuning.engine import session as ray_session
from tuning.given import make_plan
from tuning.longer import longer_text, made_longer, raise_lines
from tuning.options import OptionError, make_options
from tuning.plan import RunPlan
from tuning.progress import Progress
from tuning.rounds import Rounds
from tuning.scheduler import NeverStop
from tuning.space_change import change_text, in_changed_space, marks_of_change
from tuning.tracking import OnRecord

if TYPE_CHECKING:  # pandas loads while Ray starts
    from results import Run


def search(task: Any = None, *, on_record: OnRecord | None = None, **values: Any) -> Run:
    """Run a search; see `tuning.search`."""
    _check_callback(on_record)
    plan = make_plan(task, values)
    path = run_directory.new_path(plan.options, plan.task.name, datetime.now())
    with ExitStack() as stack:
        if plan.task.written_from is not None:
            stack.enter_context(showing_lines(plan.task.source))
        session = stack.enter_context(_ray_for(plan))

        def open_record() -> Writer:
            is_ours = False
            try:
                is_ours = run_directory.claim(path)
                check_held = stack.enter_context(run_directory.locked(path, session.directory))
                is_ours = True
                run_directory.create(path, plan, _command_line())
                return open_writer(path / RECORD_FILE, check_held)
            except FileExistsError:  # another search, which was as fast
                raise run_directory.used(path) from None
            except (OSError, StorageError) as error:
                if is_ours:
                    remove(path)
                raise OptionError("runs_dir", _unwritable(path, error)) from error

        rounds = Rounds(plan, path, {}, [])
        first = [mark_line("search_started"), rounds.ask(more=False)]
        return drive(rounds, session, open_record, [], [line for line in first if line], on_record)


def resume(
    path: str | AnyPath,
    *,
    samples: int = 0,
    settings: Sequence[str] = (),
    epochs: int | None = None,
    force: bool = False,
    on_record: OnRecord | None = None,
) -> Run:
    """Go on with the run at `path`, with `samples` more configurations than it was to try.

    With `settings`, as --set takes them, they are of a changed space; of the trials so far those
    count that it holds. With `epochs` trials run longer: the best of those that ran to the end go
    on. Raises ValueError where it is no run, is in use, where no trial would count or go on as it
    began, or where the task or the versions have changed since, which `force` overrules.
    """
    _check_callback(on_record)
    if samples < 0:
        raise OptionError("samples", f"must be greater than or equal to 0, got {samples}")
    path = as_path(path)
    plan = saved_plan(path, force=force)
    if settings:
        if not samples:
            rule = "changes what is searched: add --samples, how many configurations more to try"
            raise OptionError("set", rule)
        with telling(path / RECORD_FILE):
            plan = in_changed_space(plan, settings, read_lines(path / RECORD_FILE)[0])
    if epochs is not None:
        plan = made_longer(plan, epochs, path, force=force)
    plan = plan.with_samples(plan.options.samples + samples)
    more = (samples > 0 or epochs is not None) and plan.options.confirm
    return _go_on(plan, path, more_confirmation=more, force=force, on_record=on_record)


def is_finished(path: str | AnyPath, *, force: bool = False) -> bool:
    """Whether nothing is left to do in the run at `path`. Raises as `resume` does."""
    path = as_path(path)
    plan = saved_plan(path, force=force)
    lines, _ = read_lines(path / RECORD_FILE)
    if not force:
        _check_configurations(plan, lines)
    rounds = Rounds.of_record(plan, path, lines)
    progress = Progress(NeverStop, plan.options.max_failures)
    for line in lines:
        progress.apply(line)
    ended = all(progress.has_ended(trial.trial_id) for trial in rounds.known())
    return ended and not rounds.has_next() and not raise_lines(plan, lines)


def confirm(path: str | AnyPath, *, force: bool = False) -> Run:
    """Another round around the winner of the run at `path`, and its answer with new seeds."""
    path = as_path(path)
    return _go_on(saved_plan(path, force=force), path, more_confirmation=True, force=force)


def saved_plan(path: str | AnyPath, *, force: bool) -> RunPlan:
    """The plan of the run at `path`. Raises ValueError where something has changed since."""
    path = as_path(path)
    settings = read_whole_run(path)
    options = make_options(settings["options"] | {"space": settings["space"]})
    changed = {
        name: (then, now)
        for name, now in versions().items()
        if (then := settings["versions"].get(name)) != now
    }
    if changed and not force:
        name, (then, now) = next(iter(changed.items()))
        raise ValueError(
            f"{name} was {then} when the run began and is {now}: losses may differ in their last "
            "bits; install the old version, or add --force"
        )
    task = _saved_task(path, options.task, force)
    plan = RunPlan.make(options, task, History.from_settings(settings))
    return replace(plan, raised_from=tuple(settings.get("raised_from", ())))


def _saved_task(path: AnyPath, spec: str, force: bool) -> TaskFile:
    """The task of a run: the user's own file, as long as it is what it was."""
    source = (path / TASK_FILE).read_text(encoding="utf-8")
    if (written := written_before(spec, source)) is not None:
        return written
    try:
        task = find_task(spec)
    except ValueError:  # the original is gone: the copy serves
        return TaskFile(Path(spec).stem, Path(str(path / TASK_FILE)), source)
    if task.source != source and not force:
        raise ValueError(
            f"{task.path} has changed since the run began ({path / TASK_FILE} is what it was): "
            "undo that, or add --force to go on with the changed one"
        )
    return task


def _check_configurations(plan: RunPlan, lines: list[Line]) -> None:
    """Raise ValueError where the record holds other configurations than are now to be tried."""
    planned = {trial.trial_id: json.loads(encode(trial.config)) for trial in plan.trials}
    for line in lines:
        if line["kind"] != "trial" or line["trial_id"] not in planned or line.get("proposed"):
            continue
        then, now = line["config"], planned[line["trial_id"]]
        if then != now:
            raise ValueError(
                f"{line['trial_id']} was {_listed(then)} when the run began and is {_listed(now)}: "
                f"the space or the seed in {RUN_FILE} has changed since; undo that, or add --force"
            )


def _listed(config: Line) -> str:
    return ", ".join(f"{name} {value}" for name, value in config.items())


def _check_callback(on_record: object) -> None:
    if on_record is not None and not callable(on_record):
        raise OptionError("on_record", f"must be a function of a line, got {shown(on_record)}")


def _go_on(
    plan: RunPlan,
    path: AnyPath,
    *,
    more_confirmation: bool,
    force: bool,
    on_record: OnRecord | None = None,
) -> Run:
    """Refuse what does not fit before Ray starts, and go on with what the record then holds."""
    if not force:
        with telling(path / RECORD_FILE):
            _check_configurations(plan, read_lines(path / RECORD_FILE)[0])
    with ExitStack() as stack:
        session = stack.enter_context(_ray_for(plan))
        with telling(path / RECORD_FILE):
            check_held = stack.enter_context(run_directory.locked(path, session.directory))
            lines, _ = read_lines(path / RECORD_FILE)
        changes, raises = marks_of_change(plan, lines), raise_lines(plan, lines)
        rounds = Rounds.of_record(plan, path, [*lines, *raises])
        if plan.history.earlier:
            print(change_text(plan, rounds.searched()), file=sys.stderr)
        if raises:
            print(longer_text(plan, raises, rounds.searched(), path), file=sys.stderr)
        first = [mark_line("resumed"), *changes, *raises, rounds.ask(more=more_confirmation)]

        def open_record() -> Writer:
            settings = read_whole_run(path)
            settings["options"]["samples"] = plan.options.samples
            if plan.raised_from:
                settings["options"]["epochs"] = plan.options.epochs
                settings["raised_from"] = list(plan.raised_from)
            if plan.history.earlier:
                settings["options"].pop("space", None)  # its name: it is no longer that one
                settings |= {"space": plan.space.to_dict()} | plan.history.to_settings()
            with telling(path / RECORD_FILE):
                write_settings(path, settings)
            return open_writer(path / RECORD_FILE, check_held)

        to_write = [line for line in first if line]
        return drive(rounds, session, open_record, lines, to_write, on_record)


def _ray_for(plan: RunPlan) -> AbstractContextManager[ray_session.Session]:
    """The cluster that is named; else Ray on this machine, with the CPUs that the trials need."""
    options = plan.options
    if address := cluster.address_of(options):
        return ray_session.joined(address, plan.task)
    concurrent = options.concurrent  # Ray counts whole CPUs
    return ray_session.local(concurrent and math.ceil(concurrent * options.cpus_per_trial))


def _unwritable(path: AnyPath, error: OSError | StorageError) -> str:
    cause = error if isinstance(error, OSError) else error.__cause__
    assert isinstance(cause, OSError)
    return f"must be a directory one can write to, got {path.parent}: {cause.strerror}"


def _command_line() -> str:
    return " ".join(["python", Path(sys.argv[0]).name, *sys.argv[1:]])
