"""Each picture of the report comes with a sentence that says what it shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from results import Run, load
from results.report.hyperparameter_pictures import basin
from results.report.picture import Picture
from results.report.sections import pictures
from tests.results.conftest import Script
from tests.results.report_runs import confirmed, of_three


def by_name(run: Run) -> dict[str, Picture]:
    return {picture.name: picture for picture in pictures(run.report_data())}


def test_every_picture_of_a_confirmed_run_has_a_figure_and_a_sentence(tmp_path: Path) -> None:
    found = by_name(confirmed(tmp_path / "run"))

    assert list(found)[:3] == ["curves", "gap", "importance"]
    assert all(picture.sentence.endswith(".") for picture in found.values())
    assert all(picture.figure is not None for picture in found.values())


def test_map_names_both_hyperparameters_and_where_training_diverges(tmp_path: Path) -> None:
    found = basin(confirmed(tmp_path / "run").report_data())

    assert found is not None
    assert found.title == "Where the loss is low: lr and batch size"
    assert "Training diverges from lr 0.9 on." in found.sentence


def test_of_three_hyperparameters_each_two_have_a_map_first_those_that_matter(
    tmp_path: Path,
) -> None:
    run = of_three(tmp_path / "run")
    found = basin(run.report_data())

    assert found is not None
    assert next(iter(found.choices.items())) == ("basin: lr and momentum", "lr and momentum")
    assert set(found.versions) == {
        "lr and momentum",
        "lr and batch size",
        "batch size and momentum",
    }
    assert found.figure is found.versions["lr and momentum"]
    assert found.versions["lr and batch size"] == run.plot_basin()
    assert found.sentence.startswith("Coloured where the expected final loss is low, the other")


def test_of_two_hyperparameters_there_is_no_map_to_choose(tmp_path: Path) -> None:
    found = basin(confirmed(tmp_path / "run").report_data())

    assert found is not None
    assert found.versions == {}
    assert list(found.figures) == ["basin"]


def test_trials_that_overfit_are_counted(script: Callable[..., Script]) -> None:
    begun = script(epochs=20)
    rising = [0.5 + 0.05 * abs(epoch - 6) for epoch in range(1, 21)]
    falling = [1.0 / epoch for epoch in range(1, 21)]
    begun.trial("s00000", {"lr": 0.1}, rising, train_losses=falling)
    begun.trial("s00001", {"lr": 0.2}, falling)

    found = by_name(load(begun.directory))["gap"]

    assert found.sentence.startswith("1 of 2 full-length trials overfits:")


def test_picture_without_a_figure_comes_last_and_says_why(script: Callable[..., Script]) -> None:
    begun = script()
    for place in range(3):
        begun.trial(f"s{place:05d}", {"lr": 0.1 / (place + 1), "batch_size": 16}, [1.0, 0.5, 0.4])

    *_, last = pictures(load(begun.directory).report_data())

    assert last.figure is None
    assert "too few full-length trials" in last.sentence


def test_pictures_can_be_drawn_of_losses_that_differ_by_many_decades(
    script: Callable[..., Script],
) -> None:
    begun = script()
    for place, loss in enumerate(np.geomspace(0.1, 1e22, 4)):
        begun.trial(f"s{place:05d}", {"lr": 0.1 / (place + 1), "batch_size": 16}, [1, 1, loss])

    assert "Losses above" in by_name(load(begun.directory))["curves"].sentence
