"""Each trial as a line through all its hyperparameters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from results import load
from results.plots import plot_parallel
from results.report.sections import pictures
from tests.results.conftest import CONDITIONAL, Script
from tests.results.report_runs import hostile


@pytest.fixture
def written(script: Callable[..., Script]) -> Script:
    begun = script(epochs=2, space=CONDITIONAL)
    begun.trial("s00000", {"lr": 0.01, "optimizer": "sgd", "momentum": 0.99}, [0.5, 0.1])
    begun.trial("s00001", {"lr": 1.0, "optimizer": "adam"}, [0.9, 0.8])
    return begun


def test_a_trial_passes_each_axis_where_its_value_lies_and_ends_at_its_loss(
    written: Script,
) -> None:
    others, best = plot_parallel(load(written.directory)).data

    assert list(best.y[:4]) == pytest.approx([0.5, 0.0, 1.0, 0.0])
    assert list(others.y[:2]) == pytest.approx([1.0, 1.0])
    assert others.y[2] < 0
    assert others.y[3] == 1.0


def test_none_is_a_value_and_not_the_lack_of_one(script: Callable[..., Script]) -> None:
    space = CONDITIONAL + '[space.clip]\ntype = "choice"\nchoices = ["none", 1.0]\nnone = true\n'
    written = script(epochs=2, space=space)
    written.trial("s00000", {"lr": 0.01, "optimizer": "adam", "clip": None}, [0.5, 0.1])
    written.trial("s00001", {"lr": 0.1, "optimizer": "adam", "clip": 1.0}, [0.9, 0.8])

    _, best = plot_parallel(load(written.directory)).data

    momentum, clip = best.y[2], best.y[3]
    assert momentum < 0 <= clip


def test_names_are_never_markup(tmp_path: Path) -> None:
    text = plot_parallel(hostile(tmp_path / "run")).to_json()

    assert "<script" not in text


def test_the_report_draws_it_where_three_vary(written: Script) -> None:
    names = [picture.name for picture in pictures(load(written.directory).report_data())]

    assert "parallel" in names


def test_without_a_loss_there_is_nothing_to_draw(script: Callable[..., Script]) -> None:
    begun = script(epochs=2, space=CONDITIONAL)
    begun.trial("s00000", {"lr": 0.01, "optimizer": "adam"}, [np.nan], "diverged")

    with pytest.raises(ValueError, match="needs trials with a metric"):
        plot_parallel(load(begun.directory))
