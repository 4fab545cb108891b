"""A run that is compared by a metric of the task: ranking, answer, report and export go by it."""

import json
import math
import re

import pytest

from results import load
from results.analysis.recommendation import Recommendation
from results.compare import compare
from results.diagnosis import verdicts_in
from results.export import export, study_trials
from results.report.facts import facts
from results.report.first_screen import reasons, sureness
from results.report.hyperparameter_pictures import basin
from results.report.page import render
from results.report.sections import pictures
from results.text.answer import answer
from results.text.ranking_table import ranking_table
from tests.results.conftest import Script
from tests.results.report_runs import confirmed, searched

HIGH = {"options": 'metric = "score"\nmode = "max"\n', "metrics": lambda loss: {"score": 1 - loss}}
LOW = {"options": 'metric = "cost"\nmode = "min"\n', "metrics": lambda loss: {"cost": loss - 1}}


@pytest.fixture
def run(tmp_path):
    return confirmed(tmp_path / "high", **HIGH)


def without_numbers(found: Recommendation):
    return {
        name: value
        for name, value in found.to_dict().items()
        if not name.startswith(("metric", "test_metric", "evidence"))
    }


def test_a_score_and_its_negative_get_one_answer(run, tmp_path):
    other = confirmed(tmp_path / "low", **LOW)

    found = without_numbers(run.recommendation())
    expected = without_numbers(other.recommendation())

    for name in ("config", "intervals", "plateau", "batch_size_probability", "confirmed"):
        assert found[name] == expected[name]
    assert verdicts_in(run.trials) == verdicts_in(other.trials)
    assert run.recommendation().metric == pytest.approx(-other.recommendation().metric)
    assert run.recommendation().config == {"lr": 0.01, "batch_size": 32}


def test_the_highest_score_ranks_first_and_the_table_names_it(run):
    ranked = run.ranking()
    full = ranked[ranked["status"] == "finished"]

    assert full["metric"].is_monotonic_decreasing
    assert re.split(" {2,}", ranking_table(ranked, 5, run.goal)[0])[1:3] == ["score", "best"]
    assert (run.trials["metric"].dropna() == -run.trials["objective"].dropna()).all()


def test_the_answer_names_the_metric_and_its_test_value(run):
    text = answer(run, run.recommendation())

    assert re.search(r"\n {4}score +0\.\d+ \+- \S+ over 3 fresh seeds; test 0\.88\n", text)
    assert "validation" not in text


def test_every_text_of_the_report_that_names_a_loss_names_the_metric_instead(run):
    report = run.report_data()
    shown = [basin(report), *pictures(report)]
    texts = [*sureness(report), *reasons(report)]
    texts += [f"{fact.name} {fact.note}" for fact in facts(report)]
    texts += [f"{p.title} {p.sentence}" for p in shown if p.name not in ("gap", "audit")]
    texts += [
        str(axis.title.text)
        for p in shown
        if p.figure is not None and p.name != "gap"
        for axis in (p.figure.layout.xaxis, p.figure.layout.yaxis)
    ]

    assert not [text for text in texts if "loss" in text.lower()]
    assert any("score" in text for text in texts)
    assert "highest expected final score" in reasons(report)[0]


def test_pictures_show_diverged_trials_at_the_bad_end(run):
    figure = run.plot_dimension("lr")
    heights = {trace.name: trace.y for trace in figure.data}

    assert max(heights["diverged"]) < min(heights["finished"])


def test_optuna_is_told_to_maximise(run, tmp_path):
    optuna = pytest.importorskip("optuna")

    path = export(run, optuna=tmp_path / "study.db")[0]
    study = optuna.load_study(study_name="high", storage=f"sqlite:///{path}")

    finished = run.trials[run.trials["status"] == "finished"]
    assert study.direction.name == "MAXIMIZE"
    assert study.best_value == finished["metric"].max()


def test_runs_are_compared_by_what_each_calls_best(run, tmp_path):
    worse = confirmed(
        tmp_path / "worse", options=HIGH["options"], metrics=lambda loss: {"score": 0.5 - loss}
    )

    rows = compare([worse, run])

    assert rows["run"].tolist() == ["high", "worse"]
    assert rows["compared_by"].tolist() == ["score"] * 2


def test_a_metric_without_a_value_is_named_once(tmp_path):
    searched(tmp_path / "run", metrics=lambda loss: {"f1": math.nan if loss > 0.2 else 0.9})
    run = load(tmp_path / "run")

    text = answer(run, run.recommendation())

    assert len(re.findall(r"f1 has no value at the end of \d+ of \d+ trials", text)) == 1
    assert any("F1 has no value" in sentence for sentence in sureness(run.report_data()))


def test_where_the_metric_never_has_a_value_there_is_no_answer_and_nothing_is_lost(tmp_path):
    searched(tmp_path / "run", options=HIGH["options"])
    run = load(tmp_path / "run")

    text = answer(run, run.recommendation())

    assert "no trial ended with a finite score" in text
    assert "score has no value at the end of" in text
    assert run.trials["val_loss"].notna().any()


def without_a_value(directory, finished, stopped):
    """Six trials to the end, six stopped early; scores of those where they are given."""
    written = Script(directory, epochs=9, options=HIGH["options"])
    for place in range(12):
        is_full = place % 2 == 0
        score = finished if is_full else stopped
        written.metrics = lambda loss, score=score: {} if score is None else {"score": score - loss}
        losses = [1.0 / epoch + 0.01 * place for epoch in range(1, 10 if is_full else 4)]
        config = {"lr": 10 ** (-place / 4), "batch_size": 32}
        written.trial(f"s{place:05d}", config, losses, "finished" if is_full else "stopped")
    return load(directory)


def test_a_trial_without_a_value_ranks_behind_all_that_have_one(tmp_path):
    run = without_a_value(tmp_path / "run", finished=None, stopped=1.0)

    ranked = run.ranking()
    found = run.recommendation()

    assert ranked["status"].tolist() == ["stopped"] * 6 + ["finished"] * 6
    assert found.metric == run.trials["metric"].max()
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert "score has no value at the end of 6 of 12 trials" in answer(run, found)


def test_optuna_is_told_of_no_value_that_is_not_there(tmp_path):
    pytest.importorskip("optuna")
    run = without_a_value(tmp_path / "run", finished=None, stopped=1.0)

    states = [trial.state.name for trial in study_trials(run)]

    assert states.count("FAIL") == states.count("PRUNED") == 6


def test_a_loss_that_rises_while_the_metric_improves_asks_for_no_shorter_training(tmp_path):
    written = Script(tmp_path / "run", epochs=20, options=HIGH["options"])
    epochs = iter(range(1, 100))
    written.metrics = lambda loss: {"score": next(epochs) / 100}
    rising = [0.5 + 0.05 * abs(epoch - 6) for epoch in range(1, 21)]
    falling = [1.0 / epoch for epoch in range(1, 21)]
    written.trial("s00000", {"lr": 0.1}, rising, train_losses=falling)

    found = load(tmp_path / "run").recommendation()

    assert found.evidence["verdict"].startswith("overfits")
    assert "overfits" not in {warning.code for warning in found.warnings}


def test_the_page_offers_no_training_loss_beside_another_metric(run, tmp_path):
    page = render(run.report_data())
    by_loss = render(confirmed(tmp_path / "loss").report_data())

    assert "training loss of all" not in page
    assert "Score is that of the trial's last epoch." in page
    assert "training loss of all" in by_loss
    assert "Validation loss is that of the trial's last epoch." in by_loss
