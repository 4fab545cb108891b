"""Exports are read back with the tools they are for."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from results import Run, load
from results.export import distribution, export
from search_spaces import Choice, Float, Function, Int
from tests.results.report_runs import HOSTILE, confirmed, hostile, searched

optuna = pytest.importorskip("optuna", reason="needs optuna, an extra")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return confirmed(tmp_path / "run")


def loaded(path: Path, name: str = "run") -> optuna.Study:
    return optuna.load_study(study_name=name, storage=f"sqlite:///{path}")


def test_study_holds_every_trial_in_the_state_it_ended_in(run: Run, tmp_path: Path) -> None:
    study = loaded(export(run, optuna=tmp_path / "study.db")[0])

    states = pd.Series([trial.state.name for trial in study.trials]).value_counts()
    statuses = run.trials["status"].value_counts()
    assert len(study.trials) == len(run.trials)
    assert states["COMPLETE"] == statuses["finished"]
    assert states["PRUNED"] == statuses["stopped"]
    assert states["FAIL"] == statuses["diverged"] + statuses["failed"]


def test_study_holds_losses_per_epoch_and_names_the_same_best(run: Run, tmp_path: Path) -> None:
    study = loaded(export(run, optuna=tmp_path / "study.db")[0])

    trial = next(t for t in study.trials if t.user_attrs["trial_id"] == "c00003")
    curve = run.epochs[run.epochs["trial_id"] == "c00003"]
    finished = run.trials[run.trials["status"] == "finished"]
    assert trial.intermediate_values == dict(zip(curve["epoch"], curve["val_loss"], strict=True))
    assert study.best_value == finished["val_loss"].min()
    assert study.best_params.keys() == {"lr", "batch_size"}


def test_diverged_trial_keeps_its_finite_losses_alone(run: Run, tmp_path: Path) -> None:
    study = loaded(export(run, optuna=tmp_path / "study.db")[0])

    diverged = next(t for t in study.trials if t.user_attrs["status"] == "diverged")
    assert diverged.intermediate_values == {1: 2.0}


def test_values_that_optuna_cannot_hold_become_attributes(tmp_path: Path) -> None:
    run = hostile(tmp_path / "run")
    study = loaded(export(run, optuna=tmp_path / "study.db")[0])

    assert study.trials[0].params[HOSTILE[0]] == HOSTILE[0]
    assert study.trials[-1].user_attrs["error"] == HOSTILE[-1]


def test_optuna_goes_on_from_an_exported_study(run: Run, tmp_path: Path) -> None:
    study = loaded(export(run, optuna=tmp_path / "study.db")[0])

    study.optimize(lambda trial: trial.suggest_float("lr", 1e-4, 1.0, log=True), n_trials=2)

    assert len(study.trials) == len(run.trials) + 2


def test_second_export_into_one_file_is_refused(run: Run, tmp_path: Path) -> None:
    export(run, optuna=tmp_path / "study.db")

    with pytest.raises(ValueError, match="holds a study of run already: choose another file"):
        export(run, optuna=tmp_path / "study.db")


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_frames_are_written_in_the_form_asked_for(run: Run, tmp_path: Path, form: str) -> None:
    paths = export(run, **{form: tmp_path / "out"})

    read = pd.read_csv if form == "csv" else pd.read_parquet
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(p.name for p in paths)
    assert [len(read(path)) for path in paths] == [len(run.trials), len(run.epochs)]
    assert list(read(paths[0]).columns) == list(run.trials.columns)


def test_export_without_a_target_says_which_there_are(tmp_path: Path) -> None:
    searched(tmp_path / "run")

    with pytest.raises(ValueError, match="--optuna FILE, --csv DIR or --parquet DIR"):
        export(load(tmp_path / "run"))


def test_dimensions_become_optunas_distributions() -> None:
    kinds = optuna.distributions

    assert distribution(Float(1e-4, 1, log=True)) == kinds.FloatDistribution(1e-4, 1.0, log=True)
    assert distribution(Int(1, 9)) == kinds.IntDistribution(1, 9)
    assert distribution(Choice([16, 32])) == kinds.CategoricalDistribution([16, 32])
    assert distribution(Choice([[1, 2], [3]])) is None
    assert distribution(Function(abs)) is None
