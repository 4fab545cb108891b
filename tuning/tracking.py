"""A search in other tools: TensorBoard or MLflow, one of their runs per trial."""

from __future__ import annotations

import os
import queue
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from record.goal import LOSS

if TYPE_CHECKING:
    from mlflow.entities import Metric
    from tensorboardX import SummaryWriter

Line = Mapping[str, Any]
TrackerName = Literal["tensorboard", "mlflow"]

BOOKKEEPING = frozenset({"kind", "trial_id", "attempt", "epoch", "time"})
"""Keys of an epoch line that are no measurement."""

MLFLOW_STATUS = {"finished": "FINISHED", "stopped": "KILLED", "interrupted": "KILLED"}
"""MLflow's word for how a trial ended; FAILED for all others. The tag `status` has ours."""

LONGEST_VALUE = 500
"""Characters of a parameter's value that MLflow's oldest stores take."""


class Tracker(Protocol):
    """Takes in the record's lines as they are written."""

    def update(self, lines: Iterable[Line]) -> None:
        """Note trials, epochs and how trials ended; other lines say nothing to it."""

    def close(self) -> None:
        """Write out everything that was noted."""


def make_tracker(name: TrackerName, run: Path, metric: str = LOSS) -> Tracker:
    """The tracker for the run at `run`, whose trials are compared by `metric`.

    Raises ValueError where its package is missing.
    """
    if name == "mlflow":
        return Background(MlflowTracker(run))
    return TensorBoardTracker(run / "tensorboard", metric)


class TensorBoardTracker:
    """Event files under one directory: `tensorboard --logdir DIRECTORY`."""

    def __init__(self, directory: Path, metric: str = LOSS) -> None:
        try:
            import tensorboardX  # noqa: F401  # asked for before the search begins
        except ModuleNotFoundError:
            raise ValueError(_missing("tensorboard", "tensorboardX")) from None
        self._directory, self._metric = directory, metric
        self._writers: dict[str, SummaryWriter] = {}
        self._configs: dict[str, Mapping[str, Any]] = {}

    def update(self, lines: Iterable[Line]) -> None:
        """Scalars per epoch, hyperparameters with the last metric at the end."""
        for line in lines:
            if line.get("kind") == "trial":
                self._begin(line)
            elif line.get("trial_id") in self._writers:
                self._note(self._writers[line["trial_id"]], line)

    def close(self) -> None:
        """Close the files of trials that are still running."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def _begin(self, line: Line) -> None:
        from tensorboardX import SummaryWriter

        trial_id = line["trial_id"]
        self._writers[trial_id] = SummaryWriter(str(self._directory / trial_id))
        self._configs[trial_id] = line["config"]

    def _note(self, writer: SummaryWriter, line: Line) -> None:
        if line["kind"] == "epoch":
            for name, value in measurements(line):
                writer.add_scalar(name, value, line["epoch"], walltime=line.get("time"))
        elif line["kind"] == "status":
            self._end(writer, line)

    def _end(self, writer: SummaryWriter, line: Line) -> None:
        from tensorboardX.summary import hparams

        config = self._configs.pop(line["trial_id"])
        for summary in hparams({n: _plain(v) for n, v in config.items()}, {self._metric: 0.0}):
            writer.file_writer.add_summary(summary)
        writer.add_text("status", line["status"])
        self._writers.pop(line["trial_id"]).close()


class MlflowTracker:
    """Runs of one MLflow experiment, named like the run.

    They go where MLFLOW_TRACKING_URI says, by default to `mlflow.db` beside the run.
    """

    def __init__(self, run: Path) -> None:
        try:
            from mlflow import MlflowClient
        except ModuleNotFoundError:
            raise ValueError(_missing("mlflow", "mlflow")) from None
        store = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{run.parent / 'mlflow.db'}"
        self._client = MlflowClient(store)
        known = self._client.get_experiment_by_name(run.name)
        self._experiment = (
            known.experiment_id if known else self._client.create_experiment(run.name)
        )
        self._runs: dict[str, str] = {}

    def update(self, lines: Iterable[Line]) -> None:
        """One request per trial for all its epochs among `lines`."""
        metrics: dict[str, list[Metric]] = {}
        for line in lines:
            trial_id = line.get("trial_id")
            if line.get("kind") == "trial":
                self._begin(line)
            elif line.get("kind") == "epoch" and trial_id in self._runs:
                metrics.setdefault(trial_id, []).extend(_metrics(line))
            elif line.get("kind") == "status" and trial_id in self._runs:
                self._send(trial_id, metrics.pop(trial_id, []))
                self._end(line)
        for trial_id, found in metrics.items():
            self._send(trial_id, found)

    def close(self) -> None:
        """Nothing is held back."""

    def _begin(self, line: Line) -> None:
        """A new run, or the one of an earlier attempt."""
        trial_id = line["trial_id"]
        if found := self._earlier(trial_id):
            self._runs[trial_id] = found
            self._client.update_run(found, status="RUNNING")
            return
        tags = {name: str(line[name]) for name in ("stage", "seed") if name in line}
        run = self._client.create_run(self._experiment, run_name=trial_id, tags=tags)
        self._runs[trial_id] = run.info.run_id
        for name, value in line["config"].items():
            self._client.log_param(run.info.run_id, _key(name), str(value)[:LONGEST_VALUE])

    def _earlier(self, trial_id: str) -> str | None:
        """The id of the trial's run from an earlier attempt or session."""
        if trial_id in self._runs:
            return self._runs[trial_id]
        named = f"attributes.run_name = '{trial_id}'"
        found = self._client.search_runs([self._experiment], named, max_results=1)
        return str(found[0].info.run_id) if found else None

    def _send(self, trial_id: str, metrics: list[Metric]) -> None:
        self._client.log_batch(self._runs[trial_id], metrics=metrics)

    def _end(self, line: Line) -> None:
        run_id, status = self._runs[line["trial_id"]], line["status"]
        self._client.set_tag(run_id, "status", status)
        if line.get("error"):
            self._client.set_tag(run_id, "error", line["error"])
        self._client.set_terminated(run_id, MLFLOW_STATUS.get(status, "FAILED"))


class Background:
    """Another tracker, fed by a thread of its own: a slow server does not slow the search."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self._lines: queue.Queue[list[Line] | None] = queue.Queue()
        self._trouble: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="tracking", daemon=True)
        self._thread.start()

    def update(self, lines: Iterable[Line]) -> None:
        """Hand the lines on; returns at once."""
        self._lines.put([dict(line) for line in lines])

    def close(self) -> None:
        """Wait until all is written. Raises ValueError where the server or the store failed."""
        self._lines.put(None)
        self._thread.join()
        self._tracker.close()
        if self._trouble is not None:
            problem = str(self._trouble).splitlines()[0]
            raise ValueError(
                f"--track stopped early: {problem}; the run itself is complete"
            ) from self._trouble

    def _work(self) -> None:
        ended = False
        while not ended:
            batches = [self._lines.get()]
            while not self._lines.empty():
                batches.append(self._lines.get())
            ended = None in batches
            lines = [line for batch in batches if batch is not None for line in batch]
            if self._trouble is None:
                self._pass_on(lines)

    def _pass_on(self, lines: list[Line]) -> None:
        try:
            self._tracker.update(lines)
        except BaseException as error:  # raised again by close, in the search's own thread
            self._trouble = error


def measurements(line: Line) -> Iterator[tuple[str, float]]:
    """Names and finite values of an epoch's line."""
    for name, value in line.items():
        if name not in BOOKKEEPING and isinstance(value, int | float):
            yield name, float(value)


def _metrics(line: Line) -> Iterator[Metric]:
    from mlflow.entities import Metric

    now = int(1000 * line.get("time", time.time()))
    for name, value in measurements(line):
        yield Metric(_key(name), value, now, line["epoch"])


def _key(name: str) -> str:
    """The name in the characters that MLflow takes."""
    return re.sub(r"[^\w\-. :/]", "_", name, flags=re.ASCII)[:250]


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) else str(value)


def _missing(name: str, package: str) -> str:
    return f"--track {name} needs {package}: pip install 'flatbasin[{name}]'"
