"""A whole search: options in, a run directory with its answer out."""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from results import Run, load, write_frames
from trainable.orders import Order, PreflightOrder, Report
from tuning import ray_session, run_directory
from tuning.dispatcher import Dispatcher, TrialPlan
from tuning.options import SearchOptions, make_options
from tuning.plan import RunPlan
from tuning.progress import Progress
from tuning.record import RECORD_FILE, RecordWriter

CHECKPOINT_SECONDS = 30.0
"""Training time between two checkpoints of a trial."""


class Interrupted(KeyboardInterrupt):
    """A signal ended the search; `path` holds what was done, None where nothing was yet."""

    def __init__(self, path: Path | None) -> None:
        way_out = f"go on with python tune_main.py resume {path}" if path else "nothing was written"
        super().__init__(f"interrupted: {way_out}")
        self.path = path


class RunCampaign:
    """A run as the dispatcher sees it: its stages, its record, its directory."""

    def __init__(self, plan: RunPlan, path: Path) -> None:
        self.plan, self.path = plan, path
        self.writer: RecordWriter | None = None
        self._stages_left = ["search"]

    def next_stage(self) -> list[TrialPlan]:
        """The trials of the next stage; none after the last."""
        if not self._stages_left:
            return []
        self._stages_left.pop(0)
        return self.plan.trials

    def first_order(self) -> PreflightOrder:
        """One batch of the first configuration."""
        return PreflightOrder(config=self.plan.trials[0].config, epochs=self.plan.epochs)

    def begin(self, report: Report) -> None:
        """Open the record, if the batch before the first trial shows nothing wrong."""
        self.plan.check_names(report.preflight.names_read if report.preflight else frozenset())
        run_directory.create(self.path, self.plan, run_directory.command_line())
        self.writer = RecordWriter(self.path / RECORD_FILE)
        self.write([{"kind": "mark", "name": "search_started"}])

    def order(self, plan: TrialPlan, attempt: int) -> Order:
        """The order that makes a worker run `plan`."""
        return Order(
            trial_id=plan.trial_id,
            attempt=attempt,
            config=plan.config,
            seed=plan.seed,
            epochs=self.plan.epochs,
            ask_at=self.plan.stopping.ask_at if plan.stage == "search" else frozenset(),
            checkpoint_dir=str(run_directory.checkpoint_dir(self.path, plan.trial_id)),
            checkpoint_seconds=CHECKPOINT_SECONDS,
        )

    def write(self, lines: Iterable[dict[str, Any]]) -> None:
        """Append to the record."""
        assert self.writer is not None, "the record is open once the search has begun"
        self.writer.append(lines)

    def finish(self, signals: list[int]) -> Run:
        """Close the record and write the frames. Raises Interrupted where a signal came."""
        if self.writer is None:
            raise Interrupted(None)
        self.write([{"kind": "mark", "name": "search_ended"}])
        self.writer.close()
        run = load(self.path)
        write_frames(run)
        if signals:
            raise Interrupted(self.path)
        return run

    def discard(self, trial_id: str) -> None:
        """Remove an ended trial's checkpoints."""
        run_directory.discard_checkpoint(self.path, trial_id)


def search(**values: Any) -> Run:
    """Run a search; see `tuning.search`."""
    plan = RunPlan.make(make_options(values))
    path = run_directory.run_path(plan.options, plan.task.name, datetime.now())
    with ray_session.started(plan.options.address, _cpus_needed(plan.options)) as session:
        campaign = RunCampaign(plan, path)
        progress = Progress(plan.stopping.start())
        dispatcher = Dispatcher(campaign, progress, max_failures=plan.options.max_failures)
        with interruptible(dispatcher) as signals:
            train(dispatcher, plan, session)
        return campaign.finish(signals)


def train(dispatcher: Dispatcher, plan: RunPlan, session: ray_session.Session) -> None:
    """Let workers run until the dispatcher is done."""
    from tuning.workers import run_workers

    options = plan.options
    workers = options.concurrent or max(1, int(session.num_cpus() // options.cpus_per_trial))
    run_workers(
        dispatcher,
        task=plan.task,
        split_seed=options.split_seed,
        num_workers=min(workers, len(plan.trials)),
        cpus=options.cpus_per_trial,
        gpus=options.gpus_per_trial,
        scratch=session.directory,
        deadline=time.monotonic() + (options.time_budget or math.inf),
        trial_timeout=options.trial_timeout,
    )
    if dispatcher.refused is not None:
        raise dispatcher.refused


def _cpus_needed(options: SearchOptions) -> float | None:
    """CPUs that Ray must count on this machine; None for those it has."""
    return options.concurrent and options.concurrent * options.cpus_per_trial


@contextmanager
def interruptible(dispatcher: Dispatcher) -> Iterator[list[int]]:
    """Within the block Ctrl-C or SIGTERM ends the search in order; a second one at once."""
    received: list[int] = []

    def end(signum: int, frame: object) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(signum)
        dispatcher.interrupt()

    previous = {name: signal.signal(name, end) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for name, handler in previous.items():
            signal.signal(name, handler)
