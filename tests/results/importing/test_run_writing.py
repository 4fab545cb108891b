"""The directory of an imported run: whole or not there, and a search can start from it."""

import tomllib
from pathlib import Path

import pandas as pd
import pytest

from record.goal import Goal
from record.settings import read_whole_run
from results import from_dataframe, load
from results.export import export
from results.importing.imported_trials import ImportedTrial, ImportedTrials
from results.importing.run_writing import run_of_trials
from results.importing.sources import read_source
from results.ranking import row_config
from search_spaces import Choice, Float

FRAME = pd.DataFrame(
    {
        "trial_id": ["a"] * 9 + ["b"] * 9 + ["c"] * 2,
        "epoch": [*range(1, 10), *range(1, 10), 1, 2],
        "config/lr": [0.1] * 9 + [0.01] * 9 + [0.001] * 2,
        "config/batch_size": [16] * 9 + [32] * 11,
        "val_loss": [2.0 / epoch for epoch in [*range(1, 10), *range(1, 10), 1, 2]],
    }
)


def of(*trials, **fields):
    return ImportedTrials("source", "a source", trials, Goal(), **fields)


def trial(trial_id="a", config=None, **fields):
    config = {"lr": 0.1} if config is None else config
    return ImportedTrial(trial_id, config, [{"epoch": 1, "val_loss": 1.0}], "finished", **fields)


def test_run_toml_says_what_is_known_and_where_it_is_from(tmp_path):
    from_dataframe(FRAME, path=tmp_path / "run")

    settings = tomllib.loads((tmp_path / "run" / "run.toml").read_text())
    assert settings["options"] == {
        "metric": "val_loss",
        "mode": "min",
        "epochs": 9,
        "grace_epochs": 1,
    }
    assert settings["imported"] == {
        "source": "DataFrame",
        "kind": "a table",
        "space": "inferred",
    }
    assert "versions" not in settings


def test_the_first_rung_is_not_later_than_the_first_stop():
    assert from_dataframe(FRAME).rungs[0] == 1
    longer = FRAME[FRAME["trial_id"] != "c"]
    assert from_dataframe(longer).options["scheduler"] == "none"
    lost = FRAME.assign(val_loss=FRAME["val_loss"].mask(FRAME["trial_id"] == "c"))
    assert from_dataframe(lost).options["scheduler"] == "none"


def test_the_written_run_is_read_back_and_cannot_be_gone_on_with(tmp_path):
    written = from_dataframe(FRAME, path=tmp_path / "run")
    read = load(tmp_path / "run")

    assert read.trials.equals(written.trials)
    assert read.recommendation().to_dict() == written.recommendation().to_dict()
    with pytest.raises(ValueError, match=r"was imported: nothing here can train .* --config"):
        read_whole_run(tmp_path / "run")


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_none_among_the_choices_comes_back_from_the_exported_files(tmp_path, form):
    """It is a value, and not the absence of one: momentum is there with sgd alone."""
    configs = [
        {"optimizer": "sgd", "clip": None, "momentum": 0.5},
        {"optimizer": "adam", "clip": None},
        {"optimizer": "sgd", "clip": 1.0, "momentum": 0.9},
        {"optimizer": "adam", "clip": 0.1},
    ]
    trials = [trial(str(number), config) for number, config in enumerate(configs)]
    run = run_of_trials(of(*trials), tmp_path / "run")
    export(run, **{form: tmp_path / "files"})

    back = run_of_trials(read_source(tmp_path / "files"))

    assert back.space.dimensions["clip"].has_none
    assert [row_config(row) for row in back.trials.to_dict("records")] == configs


def test_a_run_in_memory_writes_where_it_is_told(tmp_path):
    run = from_dataframe(FRAME)

    with pytest.raises(ValueError, match="this run is in no directory: say where to write"):
        run.write_report()
    assert run.write_report(tmp_path / "run.html").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["run.html"]


def test_a_directory_that_is_there_is_left_as_it_is(tmp_path):
    (tmp_path / "mine").write_text("mine")

    for place in (tmp_path, tmp_path / "mine"):
        with pytest.raises(ValueError, match="is there already: choose another path"):
            from_dataframe(FRAME, path=place)
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_run_that_cannot_be_written_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", "run.toml")

    monkeypatch.setattr("results.importing.run_writing.write_settings", full)

    with pytest.raises(OSError, match="No space left"):
        from_dataframe(FRAME, path=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_trials_without_a_seed_are_never_one_training_twice():
    run = run_of_trials(of(trial("a"), trial("b"), trial("c", seed=7)))

    assert run.trials["seed"].tolist() == [0, 1, 7]


def test_a_seed_that_no_record_can_hold_is_refused():
    with pytest.raises(ValueError, match=r"trial a: the seed must lie within 2\*\*53"):
        run_of_trials(of(trial(seed=2**60)))


def test_the_space_is_stored_given_or_inferred():
    stored = {"lr": Float(1e-4, 1.0, log=True)}

    assert run_of_trials(of(trial(), dimensions=stored)).imported["space"] == "stored"
    assert run_of_trials(of(trial())).space.dimensions == {"lr": Choice([0.1])}
    given = run_of_trials(of(trial()), space={"lr": {"type": "float", "low": 0.01, "high": 1.0}})
    assert given.imported["space"] == "given"
    assert given.space.dimensions == {"lr": Float(0.01, 1.0)}


def test_trials_outside_a_given_space_are_put_aside(tmp_path):
    path = tmp_path / "run"
    run = from_dataframe(FRAME, space={"lr": [0.1, 0.01], "batch_size": [16, 32]}, path=path)

    for one in (run, load(path)):
        assert one.trials["trial_id"].tolist() == ["a", "b"]
        assert one.outside["trial_id"].tolist() == ["c"]


def test_a_space_that_no_trial_fits_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"holds none of the 3 trials \(lr .* the first one is lr"):
        from_dataframe(FRAME, set=["lr=1..2"], path=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_more_hyperparameters_than_can_be_told_apart_are_refused():
    trials = [trial(str(n), {f"x{place}": n + place for place in range(201)}) for n in range(3)]

    with pytest.raises(ValueError, match="201 hyperparameters are too many"):
        run_of_trials(of(*trials))


def test_trials_without_a_hyperparameter_are_refused():
    with pytest.raises(ValueError, match="source has no hyperparameter"):
        run_of_trials(of(trial(config={"seed": 1, "epochs": 9})))


def test_a_source_of_which_no_trial_began_has_no_answer_but_a_run():
    begun = ImportedTrial("a", {"lr": 0.1}, [], "failed", error="boom")

    run = run_of_trials(of(begun))

    (warning,) = run.recommendation().warnings
    assert "there is nothing to recommend" in warning.text
    assert "--task my_task.py --config" in warning.next
    assert run.path == Path("source")


def test_two_trials_of_one_name_are_refused():
    with pytest.raises(ValueError, match="source has trial a 2 times: keep one of them"):
        run_of_trials(of(trial("a"), trial("a")))
