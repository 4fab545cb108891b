"""The plots hold what the frames hold, and take names literally."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from results import Run, load
from results.analysis.importance import importance
from results.analysis.summary import summarise
from results.plots import (
    plot_basin,
    plot_best_of_k,
    plot_curves,
    plot_dimension,
    plot_gap,
    plot_importance,
    plot_rank_audit,
    plot_survival,
)
from results.plots.palette import PALETTE, ceiling, numbers, scale
from tests.results.conftest import Script
from tests.results.report_runs import HOSTILE, confirmed, hostile


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return confirmed(tmp_path / "run")


def test_curves_hold_every_epoch_once_and_gaps_between_trials(run: Run) -> None:
    traces = [t for t in plot_curves(run).data if t.meta[1] == "validation"]
    drawn = [t for t in traces if t.meta[0] != "highlight"]

    rows = [row for trace in drawn for row in trace.customdata if row is not None]
    assert len(rows) == len(run.epochs)
    gaps = sum(row is None for trace in drawn for row in trace.customdata)
    assert gaps == run.epochs["trial_id"].nunique()


@pytest.mark.parametrize(("against", "last"), [("epochs", 9), ("steps", 90), ("seconds", 4.5)])
def test_curves_add_up_what_was_spent(run: Run, against: str, last: float) -> None:
    figure = plot_curves(run, against, ["c00013"])

    assert figure.data[-1].x[-2] == last


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


def test_basin_needs_a_numeric_range(tmp_path: Path) -> None:
    script = Script(tmp_path / "run", space='[space.act]\ntype = "choice"\nchoices = ["a", "b"]\n')
    script.trial("s00000", {"act": "a"}, [1.0, 0.5, 0.4])

    with pytest.raises(ValueError, match="needs a numeric range"):
        plot_basin(load(tmp_path / "run"))


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


def test_survival_falls_at_the_rungs(run: Run) -> None:
    alive = dict(zip(plot_survival(run).data[0].x, plot_survival(run).data[0].y, strict=True))

    assert (
        alive[1]
        > alive[4]
        == (run.trials["stage"].eq("search") & (run.trials["epochs"] == 9)).sum()
    )


def test_best_of_k_falls_to_the_best_loss_of_the_search(run: Run) -> None:
    curve = plot_best_of_k(run).data[0].y
    search = run.trials[run.trials["stage"] == "search"]

    assert list(curve) == sorted(curve, reverse=True)
    assert curve[-1] == pytest.approx(search["val_loss"].min(), rel=1e-4)


def test_gap_highlights_the_chosen_trials(run: Run) -> None:
    trace = plot_gap(run, frozenset({"c00013"})).data[-1]

    assert (trace.name, len(trace.x)) == ("recommended", 1)


def test_rank_audit_reaches_up_to_the_limit() -> None:
    trace = plot_rank_audit({3: (0.6, 0.8), 9: (0.9, 0.95)}).data[0]

    assert trace.x == (3, 9)
    assert trace.error_y.array == pytest.approx((0.2, 0.05))


def test_names_are_never_markup(tmp_path: Path) -> None:
    run = hostile(tmp_path / "run")

    text = plot_dimension(run, HOSTILE[0]).to_json()

    assert "<script" not in text
    assert "&lt;script" in text.replace("\\u0026", "&")


def test_colours_of_light_and_dark_pair_up() -> None:
    lights = [light for light, _ in PALETTE.values()]

    assert len(set(lights)) == len(lights)


def test_axes_are_logarithmic_only_for_positive_values_that_differ_much() -> None:
    assert scale([0.1, 1.0])["type"] == "log"
    assert scale([0.1, 0.2])["type"] == "linear"
    assert scale([-1.0, 100.0])["type"] == "linear"
    assert scale([])["type"] == "linear"


def test_numbers_are_short_and_valid_json() -> None:
    assert numbers([1 / 3, float("nan"), float("inf")]) == [0.33333, None, None]


def test_a_loss_far_off_stands_at_the_top_and_leaves_the_others_apart(
    script: Callable[..., Script],
) -> None:
    """One trial at 1e22 that did not quite diverge must not flatten all others into a line."""
    written = script()
    for place, last in enumerate([0.1, 0.2, 0.4, 0.0, 1e22]):
        written.trial(f"s{place:05d}", {"lr": 0.01 * (place + 1)}, [1.0, 0.5, last])
    run = load(written.directory)

    heights = [y for trace in plot_dimension(run, "lr").data for y in trace.y]
    curves = [y for trace in plot_curves(run).data for y in trace.y if y is not None]
    expected = plot_best_of_k(run).data[0].y

    assert heights == [0.1, 0.2, 0.4, 0.1, 200.2]
    assert max(curves) < 1e4
    assert max(expected) < 1e4
    assert len([x for trace in plot_gap(run).data for x in trace.x]) == 4


def test_axis_of_many_decades_has_few_labels() -> None:
    assert scale([1e-3, 1e22])["dtick"] == 4
    assert scale([0.1, 10.0])["dtick"] == 1
    assert scale([0.1, 1.0])["dtick"] == "D2"


def test_losses_around_zero_have_a_top_of_their_own() -> None:
    assert ceiling([-3.0, -2.0, -1.0]) == -2.0 + 1000
    assert ceiling([5.0, 5.0, 5.0]) == 5005.0
    assert ceiling([-1.0, -1.0]) == math.inf
    assert ceiling([math.nan]) == math.inf


def test_a_run_draws_itself_with_what_it_recommends(run: Run) -> None:
    found = run.recommendation()
    trials = set(run.trials.index[run.trials["trial_id"].isin(run.recommended)])

    curves = {row for row in run.plot_curves().data[-1].customdata if row is not None}
    line = next(s for s in run.plot_dimension("lr").layout.shapes if s.type == "line")

    assert curves == set(run.plot_gap().data[-1].customdata) == trials
    assert line.x0 == found.config["lr"]
    assert set(run.plot_importance().layout.yaxis.ticktext) == {"lr", "batch size"}


def test_importance_that_the_record_does_not_tell_is_refused(tmp_path: Path) -> None:
    begun = Script(tmp_path / "run")
    begun.trial("s00000", {"lr": 0.1, "batch_size": 16}, [1.0, 0.5, 0.4])

    with pytest.raises(ValueError, match="full-length trials that differ beyond noise"):
        load(begun.directory).plot_importance()
