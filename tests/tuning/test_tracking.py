"""What was tracked is read back with the tools' own readers."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tuning.tracking import Background, MlflowTracker, TensorBoardTracker, make_tracker

Line = dict[str, Any]

CURVE = [0.9, 0.5, 0.4]


def lines(trial_id: str, status: str = "finished") -> list[Line]:
    """One trial from beginning to end."""
    config = {"lr": 0.1, "batch_size": 32, "act(1)": "relu"}
    begun = {"kind": "trial", "trial_id": trial_id, "attempt": 1, "stage": "search", "seed": 7}
    epochs = [
        {
            "kind": "epoch",
            "trial_id": trial_id,
            "epoch": number,
            "val_loss": loss,
            "train_loss": None if number == 1 else loss / 2,
            "accuracy": 1 - loss,
        }
        for number, loss in enumerate(CURVE, start=1)
    ]
    ended = {"kind": "status", "trial_id": trial_id, "status": status, "error": None}
    return [begun | {"config": config}, *epochs, ended]


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of a local SQLite store, which trackers use as well."""
    mlflow = pytest.importorskip("mlflow", reason="needs mlflow, an extra")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    return mlflow.MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")


def runs_of(client: Any, name: str) -> dict[str, Any]:
    experiment = client.get_experiment_by_name(name)
    return {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}


def test_mlflow_has_a_run_per_trial_with_config_losses_and_status(
    client: Any, tmp_path: Path
) -> None:
    tracker = make_tracker("mlflow", tmp_path / "digits-1")
    tracker.update(lines("s00000"))
    tracker.update(lines("s00001", "stopped") + lines("s00002", "diverged"))
    tracker.close()

    runs = runs_of(client, "digits-1")
    assert {name: run.info.status for name, run in runs.items()} == {
        "s00000": "FINISHED",
        "s00001": "KILLED",
        "s00002": "FAILED",
    }
    assert runs["s00001"].data.tags["status"] == "stopped"
    assert runs["s00000"].data.params == {"lr": "0.1", "batch_size": "32", "act_1_": "relu"}
    history = client.get_metric_history(runs["s00000"].info.run_id, "val_loss")
    assert [(metric.step, metric.value) for metric in history] == list(enumerate(CURVE, start=1))
    assert len(client.get_metric_history(runs["s00000"].info.run_id, "train_loss")) == 2


def test_mlflow_goes_on_with_the_run_of_an_interrupted_trial(client: Any, tmp_path: Path) -> None:
    first = lines("s00000", "interrupted")
    MlflowTracker(tmp_path / "digits-1").update(first[:2] + first[-1:])

    MlflowTracker(tmp_path / "digits-1").update([first[0] | {"attempt": 2}, *lines("s00000")[2:]])

    runs = runs_of(client, "digits-1")
    assert [run.info.status for run in runs.values()] == ["FINISHED"]
    history = client.get_metric_history(runs["s00000"].info.run_id, "val_loss")
    assert [metric.value for metric in history] == CURVE


def test_tensorboard_files_hold_losses_per_epoch_and_status(tmp_path: Path) -> None:
    proto = pytest.importorskip("tensorboardX.proto.event_pb2", reason="needs tensorboardX")
    tracker = TensorBoardTracker(tmp_path)
    tracker.update(lines("s00000"))
    tracker.update(lines("s00001")[:2])
    tracker.close()

    values = [
        (event.step, value)
        for path in (tmp_path / "s00000").iterdir()
        for event in events(path, proto)
        for value in event.summary.value
    ]
    losses = {step: value.simple_value for step, value in values if value.tag == "val_loss"}
    assert losses == pytest.approx(dict(enumerate(CURVE, start=1)))
    assert any(value.tag.startswith("status") for _, value in values)
    assert (tmp_path / "s00001").is_dir()


def test_slow_tracker_does_not_hold_up_the_search_and_loses_nothing() -> None:
    release, seen = threading.Event(), []

    class Slow:
        def update(self, lines: Iterable[Any]) -> None:
            release.wait(10)
            seen.extend(lines)

        def close(self) -> None:
            seen.append("closed")

    tracker = Background(Slow())
    for number in range(100):
        tracker.update([{"epoch": number}])
    assert seen == []

    release.set()
    tracker.close()
    assert seen == [*({"epoch": number} for number in range(100)), "closed"]


def test_trouble_in_the_background_is_raised_at_the_end() -> None:
    class Broken:
        def update(self, lines: Iterable[Any]) -> None:
            raise ConnectionError("no server")

        def close(self) -> None:
            pass

    tracker = Background(Broken())
    tracker.update([{"kind": "mark"}])

    with pytest.raises(ValueError, match="--track stopped early: no server; the run itself"):
        tracker.close()


def events(path: Path, proto: Any) -> list[Any]:
    """The events of a TensorBoard file: length, its checksum, data, its checksum."""
    data, place, found = path.read_bytes(), 0, []
    while place < len(data):
        length = int.from_bytes(data[place : place + 8], "little")
        found.append(proto.Event.FromString(data[place + 12 : place + 12 + length]))
        place += length + 16
    return found
