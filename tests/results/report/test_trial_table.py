"""The table of all trials, and what a figure says of each."""

from __future__ import annotations

from pathlib import Path

from results import load
from results.report.trial_table import columns, rows, summaries
from tests.results.report_runs import confirmed, searched


def test_rows_stand_in_the_order_of_the_ranking_and_none_is_left_out(tmp_path: Path) -> None:
    run = confirmed(tmp_path / "run")

    shown = rows(run)

    assert sorted(row.place for row in shown) == list(range(len(run.trials)))
    groups = list(dict.fromkeys(row.status for row in shown))
    assert groups == ["finished", "stopped", "diverged", "failed"]


def test_hyperparameters_have_a_column_each_under_their_names(tmp_path: Path) -> None:
    run = confirmed(tmp_path / "run")

    headings = [column.heading for column in columns(run)]

    assert headings[1:5] == ["validation loss", "lr", "batch size", "epochs"]


def test_numbers_are_sorted_by_their_value_and_absent_ones_are_empty(tmp_path: Path) -> None:
    run = confirmed(tmp_path / "run")
    place = [column.name for column in columns(run)].index("metric")

    cells = {row.status: row.cells[place] for row in rows(run)}

    assert cells["finished"].key is not None
    assert (cells["failed"].text, cells["failed"].key) == ("", None)


def test_a_trial_that_is_pointed_at_names_status_loss_and_verdict(tmp_path: Path) -> None:
    searched(tmp_path / "run")
    run = load(tmp_path / "run")

    found = {entry["id"]: entry["result"] for entry in summaries(run)}

    assert found["s90000"] == "diverged at epoch 2, validation loss -; diverged in epoch 2"
    assert found["s00000"].startswith("stopped early at epoch 3, validation loss ")
