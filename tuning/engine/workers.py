"""Workers under Ray Tune: each Tune trial is a worker that runs one of our trials after another.

Tune spends 20 to 25 ms on a trial and a millisecond on a report (docs/decisions.md): too much
for trials that last a tenth of a second. So Tune keeps what it is good at, starting worker
processes, placing them, and replacing those that die, and the dispatcher hands each worker its
next trial between two of its steps.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ray
from ray import tune

from tuning.dispatcher import Dispatcher
from tuning.engine.ray_patches import NO_CALLBACK_TAGS, patched
from tuning.engine.silence import SilenceWatch
from tuning.engine.worker import Worker
from tuning.plan import RunPlan

MAX_RESTARTS = 100
"""Times Tune itself may give up in one search: it does whenever Ray's memory monitor acts."""
NODE_LOST = ("its node has died", "is temporarily unavailable")
"""What Ray writes of a worker whose node is gone, for sure or as it seems."""


class DispatcherCallback(tune.Callback):  # type: ignore[misc]
    """Passes reports to the dispatcher, and assignments to the workers."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        trial_timeout: float | None,
        silence: SilenceWatch | None = None,
    ) -> None:
        self.dispatcher, self.trial_timeout = dispatcher, trial_timeout
        self._silence = silence
        self.error: Exception | None = None
        """What went wrong in this process: no worker's fault."""
        self.processes: dict[int, str] = {}
        """The worker of each process id seen."""
        self._actors: dict[str, Any] = {}
        self._hung: set[str] = set()

    def on_trial_result(
        self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **info: Any
    ) -> None:
        """A worker reports. Its next assignment arrives before Tune's next call of `step`."""
        actor = trial.temporary_state.ray_actor
        self._actors[trial.trial_id] = actor
        self.processes[result["pid"]] = trial.trial_id
        with self._keeping_errors():
            assignment = self.dispatcher.on_report(trial.trial_id, result["report"])
        if assignment is not None:
            actor.reset_config.remote({"assignment": assignment})

    def on_trial_recover(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A worker died; Tune replaces it."""
        self._actors.pop(trial.trial_id, None)
        message = _last_error(trial)
        reason = _reason(message)
        if trial.trial_id in self._hung:
            self._hung.discard(trial.trial_id)
            reason = f"no report for {self.trial_timeout:g} s: the worker was replaced"
        with self._keeping_errors():
            if any(words in message for words in NODE_LOST):
                self.dispatcher.on_worker_lost(trial.trial_id)
            else:
                self.dispatcher.on_worker_died(trial.trial_id, reason)

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A worker died before it could start."""
        self.on_trial_recover(iteration, trials, trial)

    def on_step_begin(self, iteration: int, trials: list[Any], **info: Any) -> None:
        """Kill the workers whose trial hangs: Tune then replaces them."""
        if self._silence is not None:
            self._silence.look(self.processes)
        if self.trial_timeout is None:
            return
        for worker in self.dispatcher.overdue(self.trial_timeout):
            if worker not in self._hung and worker in self._actors:
                self._hung.add(worker)
                ray.kill(self._actors[worker])

    @contextmanager
    def _keeping_errors(self) -> Iterator[None]:
        """Tune would hide in an error of its own what goes wrong here."""
        try:
            yield
        except Exception as error:
            self.error = error
            raise

    def __reduce__(self) -> tuple[type, tuple[()]]:
        """Tune pickles its callbacks for a restore that never happens: the record serves."""
        return tune.Callback, ()


class EndOfSearch(tune.Stopper):  # type: ignore[misc]
    """Ends Tune's loop when the dispatcher is done."""

    def __init__(self, dispatcher: Dispatcher, should_stop: Callable[[], bool]) -> None:
        self.dispatcher, self.should_stop = dispatcher, should_stop

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        """No worker stops alone."""
        return False

    def stop_all(self) -> bool:
        """Whether nothing is left to do, or it is to be left."""
        if self.should_stop() and not self.dispatcher.over:
            self.dispatcher.interrupt()
        return self.dispatcher.over

    def __reduce__(self) -> tuple[type, tuple[()]]:
        return tune.stopper.NoopStopper, ()


class NoProgress(tune.ProgressReporter):  # type: ignore[misc]
    """Keeps Tune from showing its own: in a notebook it would clear what we show."""

    def should_report(self, trials: list[Any], done: bool = False) -> bool:
        """Never."""
        return False

    def report(self, trials: list[Any], done: bool, *sys_info: str) -> None:
        """Nothing to do."""


def run_workers(
    dispatcher: Dispatcher,
    plan: RunPlan,
    *,
    num_workers: int,
    scratch: Path,
    log_dir: str,
    should_stop: Callable[[], bool],
    tell: Callable[[str], None],
) -> None:
    """Run `num_workers` workers until the dispatcher is done or `should_stop` says so.

    What the task says goes into files in `log_dir`; `tell` shows a line of ours.
    """
    logging.getLogger("ray.tune").setLevel(logging.CRITICAL)  # its errors are of its own snapshots
    trainable = _trainable(plan, scratch / "data", log_dir)
    silence = SilenceWatch(dispatcher, str(scratch / "data"), tell)
    for restart in range(MAX_RESTARTS):
        callback = DispatcherCallback(dispatcher, plan.options.trial_timeout, silence)
        tuner = tune.Tuner(
            trainable,
            tune_config=tune.TuneConfig(num_samples=num_workers),
            run_config=tune.RunConfig(
                name=f"workers{restart}",
                storage_path=str(scratch / "tune"),
                callbacks=[callback],
                stop=EndOfSearch(dispatcher, should_stop),
                failure_config=tune.FailureConfig(max_failures=-1),
                checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
                verbose=0,
                progress_reporter=NoProgress(),
            ),
        )
        try:
            with patched(NO_CALLBACK_TAGS):
                tuner.fit()
            return
        except Exception as error:  # Tune gives up: the workers are gone, the record is not
            if callback.error is not None:
                raise callback.error from None
            if dispatcher.over:
                return
            _note_lost_workers(dispatcher, callback.processes, str(error))
            reason = _reason(str(error))
    dispatcher.refuse(
        ValueError(f"all workers were lost {MAX_RESTARTS} times, the last time: {reason}")
    )


def _trainable(plan: RunPlan, shared_dir: Path, log_dir: str) -> type[Worker]:
    """The worker's class with all it is given, and what it takes of its node."""
    options = plan.options
    worker = tune.with_parameters(
        Worker,
        task=plan.task,
        split_seed=options.split_seed,
        num_threads=plan.num_threads,
        shared_dir=str(shared_dir),
        goal=plan.goal,
        log_dir=log_dir,
    )
    resources = {"cpu": options.cpus_per_trial, "gpu": options.gpus_per_trial}
    return tune.with_resources(worker, resources)  # type: ignore[no-any-return]


def _note_lost_workers(dispatcher: Dispatcher, processes: dict[int, str], message: str) -> None:
    """After Tune gave up: the trial of the process that its error names has failed, the others
    go on where they were."""
    named = [processes.get(int(pid)) for pid in re.findall(r"pid[=: ]+(\d+)", message)]
    # process ids are a node's own: of two workers with the same one `processes` knows the last
    for worker in dict.fromkeys([*dispatcher.running, *processes.values()]):
        if worker in named and worker in dispatcher.running:
            dispatcher.on_worker_died(worker, _reason(message))
        else:
            dispatcher.on_worker_lost(worker)


def _last_error(trial: Any) -> str:
    """What Tune last noted of a worker's death."""
    path = Path(trial.error_file or "")
    return path.read_text().rpartition("Failure # ")[2] if path.is_file() else ""


def _reason(message: str) -> str:
    """Why a worker died, in one line."""
    if "low on memory" in message or "OutOfMemory" in message:
        return "out of memory: Ray's memory monitor killed the worker process"
    exit_code = re.search(r"exit code (\d+)", message)
    detail = f" ({exit_code.group(0)})" if exit_code else ""
    return f"the worker process died{detail}: killed, out of memory, or a crash in native code"
