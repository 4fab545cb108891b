"""A search from its first batch to its files: drives the workers until all is done."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from functools import partial
from typing import TYPE_CHECKING

from record import AnyPath, remove, write_whole
from record.lines import Line
from record.settings import ANSWER_FILE, RECORD_FILE
from record.writer import Writer, telling
from search_spaces.messages import one_line
from trainable.imports import importing
from tuning import run_directory
from tuning.dispatcher import Dispatcher
from tuning.engine import cluster, nodes, session
from tuning.kept_checkpoints import KeptCheckpoints
from tuning.live.view import LiveView
from tuning.optuna_proposer import OptunaProposer
from tuning.plan import BAYES, RunPlan
from tuning.progress import Progress
from tuning.proposer import Proposer
from tuning.rounds import Rounds
from tuning.search_run import Searcher, SearchRun
from tuning.signals import ENDING, interruptible, takes_signals
from tuning.time_budget import TimeBudget
from tuning.tracking import OnRecord, make_trackers
from tuning.without_ray import ending_without_ray

if TYPE_CHECKING:  # pandas loads while Ray starts
    from results import Run

SIGNALLED = 130
"""The exit code of a process that a signal has ended."""
LAST_SECONDS = 2.0
"""For so long a tracker may go on writing in a process that has to go."""
MAX_LAST_WORDS = 4000
"""Characters of what is said after a kill: a path may be as long as Linux allows."""


class Interrupted(KeyboardInterrupt):
    """A signal ended the search; `path` holds what was done, None where nothing was yet.

    `run` is that, where there was time to read it.
    """

    def __init__(self, path: AnyPath | None, run: Run | None = None) -> None:
        super().__init__(f"interrupted: {way_on(path) if path else 'nothing was written'}")
        self.path, self.run = path, run

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback: the ranking so far, and the way on."""
        if self.run is None:
            return [str(self)]
        from results.shown import run_text

        here = f'or here: from flatbasin import resume; run = resume("{self.path}")'
        return [run_text(self.run), "", str(self), here]


def way_on(path: AnyPath) -> str:
    return f"go on with python tune_main.py resume {path}"


def drive(
    rounds: Rounds,
    ray: session.Session,
    open_record: Callable[[], Writer],
    past: list[Line],
    first: list[Line],
    on_record: OnRecord | None = None,
) -> Run:
    """Replay `past`, do what is left, and say what came out; `on_record` sees each new line."""
    from results import load

    plan = rounds.plan
    progress = Progress(plan.stopping.start, plan.options.max_failures, plan.goal, plan.counts)
    proposer = _proposer(plan) if plan.learns else None
    kept = KeptCheckpoints(plan.options.keep_checkpoints, plan.goal)
    for line in past:
        progress.apply(line)
        kept.apply(line)
        if proposer is not None:
            proposer.apply(line)
    for line in first:  # what SearchRun writes as the record is opened
        progress.apply(line)
    view = _view(plan, past)
    to_track = plan.options.track, on_record, rounds.path, plan.goal.metric, view.warn
    trackers = list(make_trackers(*to_track))

    def watch(lines: Sequence[Line]) -> None:
        view.update(lines)
        for tracker in trackers:
            tracker.update(lines)

    def begin_record() -> Writer:
        writer = open_record()
        ray.print_if_killed(
            one_line(f"the search was killed: {way_on(rounds.path)}", MAX_LAST_WORDS)
        )
        return writer

    places = partial(nodes.trials_at_a_time, plan.options)
    budget = TimeBudget(plan.options.time_budget, plan.options.confirm)
    search = SearchRun(
        rounds, begin_record, first, watch, places, budget, kept, view.tell, proposer
    )
    dispatcher = Dispatcher(search, progress)

    def end() -> Run:
        search.close()
        run = load(rounds.path)
        with telling(rounds.path / RECORD_FILE):
            write_results(run, report=plan.options.report)
        return run

    def interrupted() -> Interrupted:
        return Interrupted(rounds.path if search.writer else None)

    def end_without_ray() -> None:
        from results.shown import run_text  # and scipy: not while workers wait for the driver

        view.close()
        with suppress(Exception):  # whatever is wrong, this process has to go
            dispatcher.interrupt()
            if search.writer is not None:
                print(run_text(end()), flush=True)
            for tracker in trackers:
                tracker.close(LAST_SECONDS)
        print(f"tune_main.py: {interrupted()}", file=sys.stderr, flush=True)
        ray.abandon()
        os._exit(SIGNALLED)

    with ExitStack() as stack:
        for tracker in trackers:
            stack.enter_context(closing(tracker))
        with view, interruptible() as signals, ending_without_ray(signals, end_without_ray):
            try:
                _train(dispatcher, plan, rounds.path, ray, signals, view, budget)
            except KeyboardInterrupt:  # the second one
                raise interrupted() from None
        ray.end()
        if search.writer is None:
            raise dispatcher.refused or Interrupted(None)
        if dispatcher.refused is not None:
            if dispatcher.is_void and not past:
                search.writer.close()
                remove(rounds.path)
                raise dispatcher.refused
            search.close()
            advice = f"mend that, then {way_on(rounds.path)}"
            raise ValueError(f"{dispatcher.refused}; {advice}") from dispatcher.refused
        run = end()
    if signals:
        raise Interrupted(rounds.path, run)
    return run


def _proposer(plan: RunPlan) -> Searcher:
    """What proposes the trials of a search that learns."""
    return Proposer(plan) if plan.options.searcher == BAYES else OptunaProposer(plan)


def write_results(run: Run, *, report: bool) -> None:
    """Write the frames, recommendation.json and the report of `run` into its directory."""
    from results import write_frames

    write_frames(run)
    text = json.dumps(run.recommendation().to_dict(), indent=2, ensure_ascii=False)
    write_whole(run.path / ANSWER_FILE, text + "\n")
    if report:
        run.write_report()


def _view(plan: RunPlan, past: list[Line]) -> LiveView:
    """What shows the search as it goes."""
    options = plan.options
    num = plan.most_trials
    title = f"{one_line(plan.task.name)}, {num} configurations"
    view = LiveView(title, num, plan.epochs, options.quiet, goal=plan.goal, unit=plan.unit)
    view.update(past)
    return view


def _train(
    dispatcher: Dispatcher,
    plan: RunPlan,
    path: AnyPath,
    ray: session.Session,
    signals: list[int],
    view: LiveView,
    budget: TimeBudget,
) -> None:
    """Let workers run until the dispatcher is done, time is up or a signal comes."""
    with importing():
        from tuning.engine.workers import run_workers

        plan.draw()
    options = plan.options

    def should_stop() -> bool:
        if dispatcher.progress.trials:  # until then there may be an error to show instead
            view.update()
        if dispatcher.running:
            budget.begin()
        return bool(signals) or budget.is_spent

    ray.ready()
    if takes_signals():
        for number in ENDING:  # before ours Ray has put its own, which prints its stack
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
            scratch=ray.directory,
            log_dir=str(path / run_directory.LOGS),
            tell=view.tell,
            should_stop=should_stop,
        )
        gc.collect()  # a handle of an actor that goes while Ray does would end this process with it
    finally:
        gc.unfreeze()
