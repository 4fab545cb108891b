"""A search in TensorBoard: a directory of event files per trial."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from record.goal import LOSS
from record.lines import Line
from tuning.tracking.tracker import measurements, missing

if TYPE_CHECKING:
    from tensorboardX import SummaryWriter


class TensorBoardTracker:
    """Event files under one directory: `tensorboard --logdir DIRECTORY`."""

    def __init__(self, directory: Path, metric: str = LOSS) -> None:
        try:
            import tensorboardX  # noqa: F401  # asked for before the search begins
        except ModuleNotFoundError:
            raise missing("tensorboard", "tensorboardX") from None
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


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) else str(value)
