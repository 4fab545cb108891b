from __future__ import annotations

from pathlib import Path

import pytest
from processes import Sample
from scale import TASK, cpu_at, reports, rungs

from trainable.catalogue import find_task


def test_scripted_task_yields_falling_losses() -> None:
    task = find_task(TASK).load()
    assert task.train is not None

    values = list(task.train({"lr": 0.03, "batch_size": 64, "epochs": 27}))

    losses = [value["val_loss"] for value in values]
    assert len(losses) == 27
    assert losses == sorted(losses, reverse=True)


def test_rungs_are_read_from_the_options_of_the_run(tmp_path: Path) -> None:
    options = "[options]\ngrace_epochs = 3\nreduction_factor = 3\nepochs = 27\n"
    (tmp_path / "run.toml").write_text(options)

    assert rungs(tmp_path) == [3, 9]


def test_a_trial_reports_at_each_rung_and_at_its_end() -> None:
    full = [{"kind": "epoch", "trial_id": "a", "epoch": epoch} for epoch in range(1, 28)]
    stopped = [{"kind": "epoch", "trial_id": "b", "epoch": epoch} for epoch in range(1, 4)]
    ends = [
        {"kind": "status", "trial_id": "a", "status": "finished"},
        {"kind": "status", "trial_id": "b", "status": "stopped"},
    ]

    assert reports([*full, *stopped, *ends], rungs=[3, 9]) == 3 + 1


def test_cpu_time_is_that_of_the_nearest_look() -> None:
    looks = [Sample(1.0, 0.5, 0), Sample(2.0, 0.9, 0)]

    assert cpu_at(looks, 1.8) == pytest.approx(0.9)
