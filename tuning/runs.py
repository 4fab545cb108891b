"""Runs from beginning to end: a new one, one that goes on, one that is confirmed further."""

from __future__ import annotations

import gc
import json
import math
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from record import AnyPath, as_path, remove, write_whole
from record.segments import open_writer
from record.writer import StorageError, Writer, encode, telling
from search_spaces.messages import one_line
from trainable.imports import importing
from trainable.task import TaskFile, find_task
from tuning import run_directory
from tuning.dispatcher import Dispatcher
from tuning.engine import cluster, nodes
from tuning.engine import session as ray_session
from tuning.live.view import LiveView
from tuning.options import OptionError, make_options
from tuning.plan import RunPlan
from tuning.progress import Progress
from tuning.rounds import Campaign, Line, Stages
from tuning.run_directory import RECORD_FILE, RUN_FILE, TASK_FILE
from tuning.scheduler import NeverStop
from tuning.tracking import make_tracker

if TYPE_CHECKING:  # pandas loads while Ray starts
    from results import Run


MAX_WORD = 4000
"""Characters of what is said after a kill: a path may be as long as Linux allows."""


class Interrupted(KeyboardInterrupt):
    """A signal ended the search; `path` holds what was done, None where nothing was yet."""

    def __init__(self, path: AnyPath | None) -> None:
        super().__init__(f"interrupted: {_way_on(path) if path else 'nothing was written'}")
        self.path = path


def _way_on(path: AnyPath) -> str:
    return f"go on with python tune_main.py resume {path}"


def search(**values: Any) -> Run:
    """Run a search; see `tuning.search`."""
    plan = RunPlan.make(make_options(values))
    path = run_directory.new_path(plan.options, plan.task.name, datetime.now())
    with ExitStack() as stack:
        session = stack.enter_context(_ray_for(plan))

        def open_record() -> Writer:
            try:
                run_directory.create(path, plan, _command_line())
                stack.enter_context(run_directory.locked(path, session.directory))
                return open_writer(path / RECORD_FILE)
            except (OSError, StorageError) as error:
                remove(path)
                raise OptionError("runs_dir", _unwritable(path, error)) from error

        stages = Stages(plan, path, [], [])
        first = [{"kind": "mark", "name": "search_started"}, stages.ask(more=False)]
        return _work(stages, session, open_record, [], [line for line in first if line])


def resume(path: str | AnyPath, *, samples: int = 0, force: bool = False) -> Run:
    """Go on with the run at `path`, with `samples` more configurations.

    Raises ValueError where it is no run, is in use, or where the task or the versions have
    changed since, which `force` overrules.
    """
    path = as_path(path)
    plan = saved_plan(path, force=force)
    plan = plan.with_samples(plan.options.samples + samples)
    more = samples > 0 and plan.options.confirm
    return _go_on(plan, path, more_confirmation=more, force=force)


def is_finished(path: str | AnyPath, *, force: bool = False) -> bool:
    """Whether nothing is left to do in the run at `path`. Raises as `resume` does."""
    from record.reader import read_lines

    path = as_path(path)
    plan = saved_plan(path, force=force)
    lines, _ = read_lines(path / RECORD_FILE)
    if not force:
        _check_configurations(plan, lines)
    stages = Stages.of_record(plan, path, lines)
    progress = Progress(NeverStop(), plan.options.max_failures)
    for line in lines:
        progress.apply(line)
    ended = all(progress.has_ended(trial.trial_id) for trial in stages.known())
    return ended and not stages.has_next()


def confirm(path: str | AnyPath, *, force: bool = False) -> Run:
    """Another round around the winner of the run at `path`, and its answer with new seeds."""
    path = as_path(path)
    return _go_on(saved_plan(path, force=force), path, more_confirmation=True, force=force)


def saved_plan(path: str | AnyPath, *, force: bool) -> RunPlan:
    """The plan of the run at `path`. Raises ValueError where something has changed since."""
    path = as_path(path)
    settings = run_directory.read_settings(path)
    options = make_options(settings["options"] | {"space": settings["space"]})
    changed = {
        name: (then, now)
        for name, now in run_directory.versions().items()
        if (then := settings["versions"].get(name)) != now
    }
    if changed and not force:
        name, (then, now) = next(iter(changed.items()))
        raise ValueError(
            f"{name} was {then} when the run began and is {now}: losses may differ in their last "
            "bits; install the old version, or add --force"
        )
    return RunPlan.make(options, _saved_task(path, options.task, force))


def _saved_task(path: AnyPath, spec: str, force: bool) -> TaskFile:
    """The task of a run: the user's own file, as long as it is what it was."""
    source = (path / TASK_FILE).read_text(encoding="utf-8")
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
        if line["kind"] != "trial" or line["trial_id"] not in planned:
            continue
        then, now = line["config"], planned[line["trial_id"]]
        if then != now:
            raise ValueError(
                f"{line['trial_id']} was {_listed(then)} when the run began and is {_listed(now)}: "
                f"the space or the seed in {RUN_FILE} has changed since; undo that, or add --force"
            )


def _listed(config: Line) -> str:
    return ", ".join(f"{name} {value}" for name, value in config.items())


def _go_on(plan: RunPlan, path: AnyPath, *, more_confirmation: bool, force: bool) -> Run:
    from record.reader import read_lines

    with ExitStack() as stack:
        session = stack.enter_context(_ray_for(plan))
        with telling(path / RECORD_FILE):
            stack.enter_context(run_directory.locked(path, session.directory))
            lines, _ = read_lines(path / RECORD_FILE)
        if not force:
            _check_configurations(plan, lines)
        stages = Stages.of_record(plan, path, lines)
        first = [{"kind": "mark", "name": "resumed"}, stages.ask(more=more_confirmation)]

        def open_record() -> Writer:
            settings = run_directory.read_settings(path)
            settings["options"]["samples"] = plan.options.samples
            with telling(path / RECORD_FILE):
                run_directory.write_settings(path, settings)
            return open_writer(path / RECORD_FILE)

        return _work(stages, session, open_record, lines, [line for line in first if line])


def _work(
    stages: Stages,
    session: ray_session.Session,
    open_record: Callable[[], Writer],
    past: list[Line],
    first: list[Line],
) -> Run:
    """Replay `past`, do what is left, and say what came out."""
    from results import load

    plan = stages.plan
    progress = Progress(plan.stopping.start(), plan.options.max_failures)
    for line in past:
        progress.apply(line)
    view = _view(plan, past)
    track = plan.options.track
    tracker = make_tracker(track, _local(stages.path)) if track else None

    def watch(lines: list[Line]) -> None:
        view.update(lines)
        if tracker is not None:
            tracker.update(lines)

    def begin_record() -> Writer:
        writer = open_record()
        session.print_if_killed(
            one_line(f"the search was killed: {_way_on(stages.path)}", MAX_WORD)
        )
        return writer

    places = partial(nodes.trials_at_a_time, plan.options)
    campaign = Campaign(stages, begin_record, first, watch, places)
    dispatcher = Dispatcher(campaign, progress)
    with view, interruptible() as signals:
        try:
            _train(dispatcher, plan, stages.path, session, signals, view)
        except KeyboardInterrupt:  # the second one
            raise Interrupted(stages.path if campaign.writer else None) from None
    session.end()
    if campaign.writer is None:
        raise dispatcher.refused or Interrupted(None)
    if dispatcher.refused is not None:
        way_on = f"mend that, then {_way_on(stages.path)}"
        raise ValueError(f"{dispatcher.refused}; {way_on}") from dispatcher.refused
    campaign.close()
    run = load(stages.path)
    with telling(stages.path / RECORD_FILE):
        write_results(run, report=plan.options.report)
    if tracker is not None:
        tracker.close()
    if signals:
        raise Interrupted(stages.path)
    return run


def _local(path: AnyPath) -> Path:
    """The run's directory, for what only writes to one. Raises OptionError where it is none."""
    if isinstance(path, Path):
        return path
    raise OptionError("track", f"writes to a directory, and the run is {path}: leave --track out")


def write_results(run: Run, *, report: bool) -> None:
    """Write the frames, recommendation.json and the report of `run` into its directory."""
    from results import write_frames

    write_frames(run)
    text = json.dumps(run.recommendation().to_dict(), indent=2, ensure_ascii=False)
    write_whole(run.path / "recommendation.json", text + "\n")
    if report:
        run.write_report()


def _view(plan: RunPlan, past: list[Line]) -> LiveView:
    """What shows the search as it goes."""
    options = plan.options
    title = f"{one_line(plan.task.name)}, {options.samples} configurations"
    view = LiveView(title, options.samples, plan.epochs, options.quiet)
    view.update(past)
    return view


def _train(
    dispatcher: Dispatcher,
    plan: RunPlan,
    path: AnyPath,
    session: ray_session.Session,
    signals: list[int],
    view: LiveView,
) -> None:
    """Let workers run until the dispatcher is done, time is up or a signal comes."""
    with importing():
        from tuning.engine.workers import run_workers

    options = plan.options
    deadline = math.inf

    def should_stop() -> bool:
        nonlocal deadline
        if dispatcher.progress.trials:  # until then there may be an error to show instead
            view.update()
        if dispatcher.running and options.time_budget is not None:
            deadline = min(deadline, time.monotonic() + options.time_budget)
        return bool(signals) or time.monotonic() > deadline

    session.ready()
    for number in _SIGNALS:  # Ray has put a handler of its own, which prints its stack, before ours
        signal.signal(number, signal.getsignal(number))
    workers = nodes.trials_at_a_time(options)
    if cluster.address_of(options):
        nodes.check_storage(run_directory.existing_parent(path))
        if not options.quiet and nodes.is_full(options):
            print("the cluster is full: the search waits for a place on it", file=sys.stderr)
        if options.concurrent is None:
            workers = plan.most_trials  # nodes may join: one is waiting for each of their places
    gc.freeze()  # what imports made: until the end no look for garbage need go through it
    try:
        run_workers(
            dispatcher,
            plan,
            num_workers=min(options.concurrent or workers, plan.most_trials),
            scratch=session.directory,
            should_stop=should_stop,
        )
        gc.collect()  # a handle of an actor that goes while Ray does would end this process with it
    finally:
        gc.unfreeze()


@contextmanager
def interruptible() -> Iterator[list[int]]:
    """Within the block Ctrl-C and SIGTERM are noted in the list; the second raises at once."""
    received: list[int] = []

    def note(signum: int, frame: object) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(signum)

    previous = {number: signal.signal(number, note) for number in _SIGNALS}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def _ray_for(plan: RunPlan) -> AbstractContextManager[ray_session.Session]:
    """The cluster that is named; else Ray on this machine, with the CPUs that the trials need."""
    options = plan.options
    if address := cluster.address_of(options):
        return ray_session.joined(address, plan.task)
    return ray_session.local(options.concurrent and options.concurrent * options.cpus_per_trial)


def _unwritable(path: AnyPath, error: OSError | StorageError) -> str:
    cause = error if isinstance(error, OSError) else error.__cause__
    assert isinstance(cause, OSError)
    return f"must be a directory one can write to, got {path.parent}: {cause.strerror}"


def _command_line() -> str:
    return " ".join(["python", Path(sys.argv[0]).name, *sys.argv[1:]])
