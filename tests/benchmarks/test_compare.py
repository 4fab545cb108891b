from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from compare import CONTENDERS, command_line, comparison, flatbasin_figures, main, phases
from processes import Usage


@pytest.fixture
def finished_run(tmp_path: Path) -> Path:
    """One trial that began 5 s after the command and trained 2 epochs of 1 s."""
    lines: list[dict[str, Any]] = [
        {"kind": "trial", "trial_id": "s00000", "time": 105.0},
        {"kind": "epoch", "trial_id": "s00000", "time": 106.0, "seconds": 1.0, "val_loss": 0.5},
        {"kind": "epoch", "trial_id": "s00000", "time": 107.0, "seconds": 1.0, "val_loss": None},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (tmp_path / "epochs.jsonl").write_text(text)
    return tmp_path


def test_phases_of_a_run_come_from_its_record(
    finished_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)

    figures = flatbasin_figures(Usage(started=100.0, wall_seconds=8.5), finished_run)

    assert (figures.epochs, figures.best_val_loss) == (2, 0.5)
    assert figures.phases == {
        "enter_to_first_epoch": 6.0,
        "search": 2.0,
        "last_epoch_to_prompt": 1.5,
        "lanes_busy": 0.5,
    }


def test_ratios_are_to_flatbasin(finished_run: Path) -> None:
    runs = {
        name: [flatbasin_figures(Usage(started=100.0, wall_seconds=seconds), finished_run)]
        for name, seconds in (("flatbasin", 8.0), ("optuna-2", 12.0))
    }

    rows = comparison(runs).splitlines()

    assert rows[2].startswith("| Flatbasin | 8 s | 1 |")
    assert rows[3].startswith("| Optuna, 2 processes | 12 s | 1.5 |")
    assert "| Enter to first epoch | 6 s |" in phases(runs)[0]


def test_all_contenders_are_given_the_same_samples_and_seed(tmp_path: Path) -> None:
    for name, contender in CONTENDERS.items():
        command = command_line(name, tmp_path, samples=7, seed=3)

        assert Path(command[0]).is_file()
        assert command[1:5] == ["--samples", "7", "--seed", "3"], contender.title


def test_unknown_contender_is_refused_by_name() -> None:
    with pytest.raises(SystemExit, match="hyperopt is none of flatbasin, optuna-2"):
        main(["--only", "hyperopt"])
