"""One hyperparameter against the loss, and which matter."""

from __future__ import annotations

from pathlib import Path

import pytest

from results import Run, load
from results.analysis.importance import importance
from results.analysis.summary import summarise
from results.plots import (
    plot_dimension,
    plot_importance,
)
from tests.results.conftest import Script
from tests.results.report_runs import HOSTILE, hostile


def test_dimension_shades_the_open_end_and_stands_diverged_trials_on_top(run: Run) -> None:
    figure = plot_dimension(run, "lr", 0.01, (0.005, 0.02), ends=["high"])

    shaded = [(shape.x0, shape.x1) for shape in figure.layout.shapes]
    assert (0.005, 0.02) in shaded
    assert any(high == 1.0 for _, high in shaded)
    diverged = next(trace for trace in figure.data if trace.meta == "diverged")
    assert diverged.y[0] > run.trials["val_loss"].max()


def test_unknown_dimension_is_named(run: Run) -> None:
    with pytest.raises(ValueError, match="no hyperparameter that varies called 'momentum'"):
        plot_dimension(run, "momentum")


def test_importance_finds_the_dimension_that_matters(tmp_path: Path) -> None:
    script = Script(tmp_path / "run")
    for place in range(40):
        config = {"lr": 10 ** (-4 + place / 10), "batch_size": (16, 32, 64)[place % 3]}
        loss = 0.1 + 0.001 * (place - 20) ** 2
        script.trial(f"s{place:05d}", config, [1.0, 0.5, loss])
    run = load(tmp_path / "run")
    posterior = summarise(run).posterior
    assert posterior is not None

    shares = importance(posterior)

    assert shares["lr"] > 0.9
    assert shares["batch_size"] < 0.2
    assert list(plot_importance(shares).layout.yaxis.ticktext) == ["batch size", "lr"]


def test_names_are_never_markup(tmp_path: Path) -> None:
    run = hostile(tmp_path / "run")

    text = plot_dimension(run, HOSTILE[0]).to_json()

    assert "<script" not in text
    assert "&lt;script" in text.replace("\\u0026", "&")
