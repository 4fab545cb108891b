"""Loss over learning rate and batch size."""

from __future__ import annotations

from pathlib import Path

import pytest

from results import Run, load
from results.analysis.summary import summarise
from results.plots import (
    plot_basin,
)
from tests.results.conftest import Script


def test_basin_marks_recommendation_trials_and_plateau(run: Run) -> None:
    summary = summarise(run)
    traces = {trace.name: trace for trace in plot_basin(run, summary).data}

    assert traces["recommended"].x == (summary.config["lr"],)
    assert len(traces["stopped early"].x) == (run.trials["status"] == "stopped").sum()
    low, high = traces["as good within noise"].x
    assert low <= summary.config["lr"] <= high


def test_basin_without_findings_draws_trials_alone(run: Run) -> None:
    names = {trace.name for trace in plot_basin(run).data}

    assert "finished" in names
    assert not names & {"recommended", "as good within noise"}


def test_basin_of_one_dimension_draws_the_loss(tmp_path: Path) -> None:
    space = '[space.lr]\ntype = "float"\nlow = 1e-4\nhigh = 1.0\nlog = true\n'
    script = Script(tmp_path / "run", space=space)
    for place in range(24):
        loss = 0.1 + 0.05 * (place - 12) ** 2 / 144
        config = {"lr": 10 ** (-4 + place / 6)}
        script.trial(f"s{place:05d}", config, [1.0, 0.5, loss])
    run = load(tmp_path / "run")

    figure = plot_basin(run, summarise(run))

    assert "fitted, 90 % band" in {trace.name for trace in figure.data}
    assert figure.layout.yaxis.title.text == "final validation loss"


def test_basin_of_choices_alone_is_a_map_of_them(tmp_path: Path) -> None:
    rates = [0.001, 0.01, 0.1]
    space = f'[space.lr]\ntype = "choice"\nchoices = {rates}\n'
    space += '[space.batch_size]\ntype = "choice"\nchoices = [16, 64]\n'
    script = Script(tmp_path / "run", space=space)
    for place in range(24):
        config = {"lr": rates[place % 3], "batch_size": [16, 64][place % 2]}
        script.trial(f"s{place:05d}", config, [1.0, 0.5, 0.1 + 0.1 * abs(place % 3 - 1)])
    run = load(tmp_path / "run")

    figure = plot_basin(run, summarise(run))

    assert list(figure.layout.xaxis.ticktext) == ["0.001", "0.01", "0.1"]
    assert any(trace.type == "heatmap" for trace in figure.data)


def test_basin_needs_a_numeric_hyperparameter(tmp_path: Path) -> None:
    script = Script(tmp_path / "run", space='[space.act]\ntype = "choice"\nchoices = ["a", "b"]\n')
    script.trial("s00000", {"act": "a"}, [1.0, 0.5, 0.4])

    with pytest.raises(ValueError, match="needs a numeric hyperparameter"):
        plot_basin(load(tmp_path / "run"))
