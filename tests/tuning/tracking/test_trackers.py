"""What was tracked is read back with the tools' own readers."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from record import AnyPath, as_path
from tuning.tracking import make_trackers
from tuning.tracking.mlflow import MlflowTracker
from tuning.tracking.tensorboard import TensorBoardTracker

Line = dict[str, Any]

PACKAGES = {"tensorboard": "tensorboardX", "mlflow": "mlflow", "wandb": "wandb"}
"""What each tracker needs."""
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
    tracker = MlflowTracker(tmp_path / "digits-1")
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


def test_nothing_is_written_before_the_first_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for name, package in PACKAGES.items():
        if find_spec(package):
            track(name, tmp_path / "runs" / "digits-1", [{"kind": "mark"}])

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", PACKAGES)
def test_a_run_in_a_store_is_tracked_in_a_directory_of_its_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not find_spec(PACKAGES[name]):
        pytest.skip(f"needs {PACKAGES[name]}, an extra")
    monkeypatch.chdir(tmp_path)
    for variable in ("MLFLOW_TRACKING_URI", "WANDB_DIR", "WANDB_API_KEY", "WANDB_SERVICE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("WANDB_MODE", "offline")

    track(name, as_path("s3://bucket/runs/digits-1"), lines("s00000"))

    found = {
        "tensorboard": "runs/digits-1/tensorboard/s00000/events.*",
        "mlflow": "runs/mlflow.db",
        "wandb": "runs/digits-1/wandb/offline-run-*/*.wandb",
    }
    assert len(list(tmp_path.glob(found[name]))) == 1


def track(name: str, run: AnyPath, told: list[Line]) -> None:
    """One tracker for these lines."""
    complaints: list[str] = []
    (tracker,) = make_trackers(name, None, run, "val_loss", complaints.append)
    tracker.update(told)
    tracker.close()
    assert complaints == []


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_that_is_missing_is_named_with_the_way_to_install_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, PACKAGES[name], None)

    with pytest.raises(ValueError, match=rf"--track {name} needs .*flatbasin\[{name}\]"):
        list(make_trackers(name, None, tmp_path, "val_loss", print))


def events(path: Path, proto: Any) -> list[Any]:
    """The events of a TensorBoard file: length, its checksum, data, its checksum."""
    data, place, found = path.read_bytes(), 0, []
    while place < len(data):
        length = int.from_bytes(data[place : place + 8], "little")
        found.append(proto.Event.FromString(data[place + 12 : place + 12 + length]))
        place += length + 16
    return found
