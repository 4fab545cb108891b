"""Two hyperparameters against each other, and the surface between them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from results import Run
from results.plots import plot_map
from tests.results.report_runs import of_three


@pytest.fixture
def wide(tmp_path: Path) -> Run:
    return of_three(tmp_path / "run")


def test_the_surface_is_lowest_about_the_recommended_values(wide: Run) -> None:
    surface, trials, recommended = wide.plot_map("lr", "momentum").data
    row, column = np.unravel_index(np.argmin(surface.z), np.shape(surface.z))

    assert 0.5 < surface.x[column] / 0.01 < 2
    assert surface.y[row] == pytest.approx(0.6, abs=0.1)
    assert len(trials.x) == 48
    assert recommended.x == (wide.recommendation().config["lr"],)
    assert recommended.y == (wide.recommendation().config["momentum"],)


def test_choices_stand_one_beside_the_other(wide: Run) -> None:
    figure = wide.plot_map("momentum", "batch_size")
    surface, trials, _ = figure.data

    assert figure.layout.yaxis.ticktext == ("16", "32", "64")
    assert np.shape(surface.z) == (3, 33)
    assert all(-0.4 < height < 2.4 for height in trials.y)


def test_what_a_constraint_refuses_is_left_blank(tmp_path: Path) -> None:
    run = of_three(tmp_path / "run", constraint="momentum < 0.5 or batch_size > 16")
    surface = run.plot_map("momentum", "batch_size").data[0]

    is_blank = np.array([[height is None for height in row] for row in surface.z])
    assert (is_blank[0] == (np.array(surface.x) >= 0.5)).all()
    assert not is_blank[1:].any()


def test_without_an_answer_the_trials_are_drawn_alone(wide: Run) -> None:
    assert [trace.name for trace in plot_map(wide, None, "lr", "momentum").data] == ["finished"]


@pytest.mark.parametrize("names", [("lr", "lr"), ("lr", "depth")])
def test_two_that_vary_are_needed(wide: Run, names: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match=r"two of the hyperparameters that vary \(lr, batch_size"):
        wide.plot_map(*names)
