"""Studies as Optuna itself writes them, in both kinds of file."""

import math
import pickle
import sqlite3

import pytest

from results import load
from results.export import export
from results.importing import read_source, run_of_trials
from results.importing.optuna_study import read_study
from search_spaces import Choice, Float, Int
from tests.results.report_runs import searched

optuna = pytest.importorskip("optuna", reason="makes the studies; importing them takes none")
State = optuna.trial.TrialState


@pytest.fixture(params=["study.db", "study.journal"])
def place(request, tmp_path):
    return tmp_path / request.param


def study_at(place, name="study", **named):
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = f"sqlite:///{place}"
    if place.suffix == ".journal":
        backend = optuna.storages.journal.JournalFileBackend(str(place))
        storage = optuna.storages.JournalStorage(backend)
    return optuna.create_study(storage=storage, study_name=name, **named)


def told(study, lr, reported=(), value=None, state=None, first=0):
    """One trial, asked for, reported and told."""
    study.enqueue_trial({"lr": lr})
    trial = study.ask({"lr": optuna.distributions.FloatDistribution(1e-4, 1.0, log=True)})
    for step, loss in enumerate(reported, start=first):
        trial.report(loss, step)
    if state is not State.RUNNING:
        study.tell(trial, value, state)


def test_states_become_statuses_and_waiting_trials_are_left_out(place):
    study = study_at(place)
    told(study, 0.1, [3.0, 2.0], 2.0)
    told(study, 0.2, [4.0], state=State.PRUNED)
    told(study, 0.3, [], state=State.FAIL)
    told(study, 0.4, [5.0], state=State.RUNNING)
    study.enqueue_trial({"lr": 0.5})

    run = run_of_trials(read_study(place))

    assert run.trials["status"].tolist() == ["finished", "stopped", "failed", "interrupted"]
    assert run.trials["trial_id"].tolist() == ["s00000", "s00001", "s00002", "s00003"]


def test_steps_from_0_are_epochs_from_1(place):
    told(study_at(place), 0.1, [3.0, 2.0], 2.0)

    assert [e["epoch"] for e in read_study(place).trials[0].epochs] == [1, 2]


def test_a_value_without_a_name_is_the_loss_where_it_is_minimised(place):
    told(study_at(place), 0.1, value=2.0)

    found = read_study(place)

    assert (found.goal.metric, found.goal.mode) == ("val_loss", "min")
    assert not found.has_epochs


def test_the_name_and_the_direction_are_the_studys(place):
    study = study_at(place, direction="maximize")
    with pytest.warns(optuna.exceptions.ExperimentalWarning):
        study.set_metric_names(["accuracy"])
    told(study, 0.1, [0.5, 0.9], 0.9)
    told(study, 0.2, [0.5, 0.95], 0.95)

    run = run_of_trials(read_study(place))

    assert (run.goal.metric, run.goal.mode) == ("accuracy", "max")
    assert run.ranking()["config/lr"].tolist() == [0.2, 0.1]
    assert set(run.trials["status"]) == {"finished"}
    assert read_study(place, metric="auroc").goal.metric == "auroc"
    with pytest.raises(ValueError, match="--mode 'min' is not what the study"):
        read_study(place, mode="min")


def test_where_the_value_is_the_best_of_the_curve_trials_are_compared_by_their_last(place):
    study = study_at(place)
    told(study, 0.1, [3.0, 1.0, 2.0], 1.0)
    told(study, 0.2, [3.0, 1.5, 1.5], 1.5)

    found = read_study(place)

    assert run_of_trials(found).ranking()["config/lr"].tolist() == [0.2, 0.1]
    assert "the study's values are the best of each curve" in found.taken[1]


def test_where_the_value_is_another_number_the_curves_are_left_out(place):
    study = study_at(place, direction="maximize")
    told(study, 0.1, [3.0, 2.0], 0.9)
    told(study, 0.2, [3.0, 2.5], 0.8)
    told(study, 0.3, [3.0], state=State.PRUNED)

    found = read_study(place)

    assert [trial.epochs[0]["value"] for trial in found.trials] == [0.9, 0.8]
    assert "its curves, and 1 pruned trials, are left out" in found.taken[1]


def test_a_reported_value_that_is_not_finite_is_one(place):
    study = study_at(place)
    told(study, 0.1, [3.0, math.nan], state=State.PRUNED)
    told(study, 0.2, [3.0, math.inf], state=State.PRUNED)
    told(study, 0.3, [3.0, 2.0, 1.0], 1.0)

    assert run_of_trials(read_study(place)).trials["status"].tolist() == [
        "diverged",
        "diverged",
        "finished",
    ]


def test_distributions_are_dimensions(place):
    study = study_at(place)
    kinds = optuna.distributions
    study.enqueue_trial({"dropout": 3 * 0.1})  # 0.30000000000000004, as Optuna draws it, too
    trial = study.ask(
        {
            "lr": kinds.FloatDistribution(1e-4, 1.0, log=True),
            "dropout": kinds.FloatDistribution(0.0, 0.5, step=0.1),
            "layers": kinds.IntDistribution(1, 4),
            "width": kinds.IntDistribution(16, 512, log=True),
            "clip": kinds.CategoricalDistribution([None, 0.5, 1.0]),
            "fixed": kinds.FloatDistribution(0.9, 0.9),
        }
    )
    study.tell(trial, 1.0)

    run = run_of_trials(read_study(place))

    assert run.space.dimensions == {
        "lr": Float(1e-4, 1.0, log=True),
        "dropout": Float(0.0, 0.5, step=0.1),
        "layers": Int(1, 4),
        "width": Int(16, 512, log=True),
        "clip": Choice([None, 0.5, 1.0]),
        "fixed": Choice([0.9]),
    }
    assert run.imported["space"] == "stored"
    assert run.space.holds(run.recommendation().config)


def test_a_range_that_changed_is_the_smallest_around_all(place):
    study = study_at(place)
    for high in (0.1, 1.0):
        trial = study.ask({"lr": optuna.distributions.FloatDistribution(1e-3, high, log=True)})
        study.tell(trial, 1.0)

    assert read_study(place).dimensions == {"lr": Float(1e-3, 1.0, log=True)}


def test_what_is_suggested_on_one_branch_alone_is_conditional(place):
    study = study_at(place)
    for optimizer, momentum in (("sgd", 0.9), ("adam", None), ("sgd", 0.5)):
        study.enqueue_trial({"optimizer": optimizer, "momentum": momentum})
        trial = study.ask()
        if trial.suggest_categorical("optimizer", ["sgd", "adam"]) == "sgd":
            trial.suggest_float("momentum", 0.0, 0.99)
        study.tell(trial, 1.0)

    space = run_of_trials(read_study(place)).space

    assert space.dimensions["momentum"] == Float(0.0, 0.99)
    assert space.conditions["momentum"].describe() == "when optimizer is sgd"


def test_parameters_are_renamed(place):
    told(study_at(place), 0.1, value=1.0)

    assert read_study(place, columns={"learning_rate": "lr"}).trials[0].config == {
        "learning_rate": 0.1
    }
    with pytest.raises(ValueError, match='the study has no parameter "rate": it has lr'):
        read_study(place, columns={"learning_rate": "rate"})


def test_one_study_of_several_is_chosen(place):
    told(study_at(place, "first"), 0.1, value=1.0)
    told(study_at(place, "second"), 0.2, value=2.0)

    assert read_study(place, study="second").trials[0].config == {"lr": 0.2}
    with pytest.raises(ValueError, match=r"holds 2 studies: choose with --study \(first, second\)"):
        read_study(place)
    with pytest.raises(ValueError, match=r"--study 'third' is not in .* it holds first, second"):
        read_study(place, study="third")


def test_studies_that_cannot_be_imported_are_refused(place):
    study_at(place, "empty")
    study_at(place, "two", directions=["minimize", "maximize"])

    with pytest.raises(ValueError, match=r'study "empty" .* is empty: none of its 0 trials'):
        read_study(place, study="empty")
    with pytest.raises(ValueError, match=r'study "two" has 2 objectives.*trials_dataframe'):
        read_study(place, study="two")


def test_an_own_export_comes_back_as_it_was(tmp_path):
    run = load(searched(tmp_path / "run").directory)
    export(run, optuna=tmp_path / "study.db")

    back = run_of_trials(read_study(tmp_path / "study.db"))

    for name in ("status", "epochs", "val_loss", "seed", "config/lr"):
        assert back.trials[name].tolist() == pytest.approx(run.trials[name].tolist(), nan_ok=True)


def test_nothing_is_unpickled(place, monkeypatch):
    told(study_at(place), 0.1, value=1.0)
    monkeypatch.setattr(pickle, "loads", lambda *_: pytest.fail("unpickled"))
    monkeypatch.setattr(pickle, "load", lambda *_: pytest.fail("unpickled"))

    assert len(read_source(place).trials) == 1


def test_the_half_written_last_line_of_a_journal_is_passed_over(tmp_path):
    place = tmp_path / "study.journal"
    told(study_at(place), 0.1, value=1.0)
    with place.open("a") as file:
        file.write('{"op_code":4,"study')

    assert len(read_study(place).trials) == 1


def test_a_damaged_line_of_a_journal_is_named(tmp_path):
    place = tmp_path / "study.journal"
    told(study_at(place), 0.1, value=1.0)
    lines = place.read_text().splitlines()
    place.write_text("\n".join([lines[0], '{"op_code":4}', *lines[1:]]))

    with pytest.raises(ValueError, match="line 2 is damaged"):
        read_study(place)


def test_the_database_of_another_tool_is_refused(tmp_path):
    with sqlite3.connect(tmp_path / "mlflow.db") as database:
        database.execute("CREATE TABLE experiments (id INTEGER)")

    with pytest.raises(ValueError, match=r"database of another tool \(tables: experiments\)"):
        read_source(tmp_path / "mlflow.db")


def test_a_damaged_database_is_refused(tmp_path):
    place = tmp_path / "study.db"
    told(study_at(place), 0.1, [3.0, 2.0], 2.0)
    data = bytearray(place.read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    place.write_bytes(data)

    with pytest.raises(ValueError, match="cannot be read as the database of an Optuna study"):
        read_source(place)


def test_a_database_of_an_old_version_is_refused_with_the_way_out(tmp_path):
    place = tmp_path / "study.db"
    told(study_at(place), 0.1, value=1.0)
    with sqlite3.connect(place) as database:
        database.execute("ALTER TABLE trial_values DROP COLUMN value_type")

    with pytest.raises(ValueError, match=r"before 3\.0: upgrade a copy of it first"):
        read_source(place)
