"""A search in MLflow: an experiment with a run per trial."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from record.lines import Line
from tuning.tracking.tracker import measurements, missing

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Metric

MLFLOW_STATUS = {"finished": "FINISHED", "stopped": "KILLED", "interrupted": "KILLED"}
"""MLflow's word for how a trial ended; FAILED for all others. The tag `status` has ours."""

LONGEST_VALUE = 500
"""Characters of a parameter's value that MLflow's oldest stores take."""


class MlflowTracker:
    """Runs of one MLflow experiment, named like the run.

    They go where MLFLOW_TRACKING_URI says, by default to `mlflow.db` beside the run.
    """

    def __init__(self, run: Path) -> None:
        try:
            import mlflow  # noqa: F401  # asked for before the search begins
        except ModuleNotFoundError:
            raise missing("mlflow", "mlflow") from None
        self._run = run
        self._runs: dict[str, str] = {}

    @cached_property
    def _client(self) -> MlflowClient:
        from mlflow import MlflowClient

        if store := os.environ.get("MLFLOW_TRACKING_URI"):
            return MlflowClient(store)
        self._run.parent.mkdir(parents=True, exist_ok=True)
        return MlflowClient(f"sqlite:///{self._run.parent / 'mlflow.db'}")

    @cached_property
    def _experiment(self) -> str:
        """The id of the experiment, which is there from the first trial on."""
        known = self._client.get_experiment_by_name(self._run.name)
        return str(known.experiment_id if known else self._client.create_experiment(self._run.name))

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


def _metrics(line: Line) -> Iterator[Metric]:
    from mlflow.entities import Metric

    now = int(1000 * line.get("time", time.time()))
    for name, value in measurements(line):
        yield Metric(_key(name), value, now, line["epoch"])


def _key(name: str) -> str:
    """The name in the characters that MLflow takes."""
    return re.sub(r"[^\w\-. :/]", "_", name, flags=re.ASCII)[:250]
