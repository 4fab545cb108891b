"""None among the choices of a hyperparameter, through all that is done with a run."""

import tomllib

import pandas as pd
import pytest

from results import load
from results.export import export_frames, export_study
from results.shown import run_text
from tests.trainable.conftest import TINY
from tuning import search
from tuning.reproduce import reproduce
from tuning.runs import resume

SPACE = 'epochs = 3\nspace = {"lr": [0.01, 0.1], "grad_clip": [None, 1.0]}\n'


@pytest.fixture(scope="module")
def run(tmp_path_factory, ray_running):
    place = tmp_path_factory.mktemp("none")
    (place / "tiny.py").write_text(SPACE + TINY)
    known = ({"lr": 0.1, "grad_clip": None},)
    options = {"samples": 4, "searcher": "grid", "scheduler": "none", "quiet": True}
    return search(
        task=str(place / "tiny.py"), runs_dir=str(place), name="run", try_first=known, **options
    )


def test_it_is_tried_beside_the_other_values(run):
    searched = run.trials[run.trials["stage"] == "search"]

    assert (searched["status"] == "finished").all()
    assert list(searched["config/grad_clip"]).count(None) == 2
    assert list(searched["config/grad_clip"]).count(1.0) == 2
    assert searched["config/grad_clip"].iloc[0] is None


def test_it_is_ranked_recommended_and_reported(run):
    ranking = run.ranking()
    answer = run.recommendation()

    assert len(ranking) == 4
    assert answer.config.keys() == {"lr", "grad_clip"}
    assert "None" in run_text(run)
    assert "None" in (run.path / "report.html").read_text()


def test_its_trials_are_drawn_beside_the_others(run):
    figures = {"one": run.plot_dimension("grad_clip"), "two": run.plot_map("lr", "grad_clip")}

    for name, figure in figures.items():
        drawn = [trace for trace in figure.data if trace.customdata is not None]
        assert sum(len(trace.x) for trace in drawn) == len(run.trials), name


def test_run_and_record_keep_it(run):
    settings = tomllib.loads((run.path / "run.toml").read_text())

    assert settings["space"]["grad_clip"] == {
        "type": "choice",
        "choices": ["none", 1.0],
        "none": True,
    }
    assert '"grad_clip": null' in (run.path / "epochs.jsonl").read_text()
    assert load(run.path).trials["config/grad_clip"].iloc[0] is None


def test_its_trials_are_reproduced_and_exported(run, tmp_path):
    optuna = pytest.importorskip("optuna", reason="needs optuna, an extra")
    values = list(load(run.path).ranking()["config/grad_clip"])
    rank = 1 + [value is None for value in values].index(True)

    assert reproduce(run.path, rank=rank).matches
    export_frames(run, tmp_path, "csv")
    study = f"sqlite:///{export_study(run, tmp_path / 'study.db')}"
    (name,) = optuna.get_all_study_names(study)
    trials = optuna.load_study(study_name=name, storage=study).trials
    assert {trial.params["grad_clip"] for trial in trials} == {None, 1.0}
    trials = pd.read_csv(tmp_path / "trials.csv", keep_default_na=False)
    assert {*trials["config/grad_clip"]} == {"none", "1.0"}


def test_a_run_goes_on_with_it_also_where_the_space_is_changed(run):
    """Last: the other tests look at the run as it was."""
    more = resume(run.path, samples=2, settings=["grad_clip=None,1.0,2.0"])

    assert len(more.ranking()) == 6
    assert 2.0 in list(more.trials["config/grad_clip"])
    assert None in list(more.trials["config/grad_clip"])
