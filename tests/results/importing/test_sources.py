"""One run's trials, as each tool keeps them, give the ranking and the answer of that run."""

from dataclasses import replace

import pytest

from record.goal import Goal
from results import load
from results.importing import read_source, run_of_trials
from tests.results.importing.made import MADE, original, unpacked
from tests.results.test_stored_runs import differences

RENAMED = {"lr": "learning_rate"}
SOURCES = {
    "study.db": {},
    "study.journal": {},
    "per_trial.csv": {"columns": RENAMED},
    "per_epoch.csv": {"columns": RENAMED},
    "per_epoch.parquet": {"columns": RENAMED},
    "wandb.csv": {"columns": RENAMED},
    "function": {},  # an experiment of Ray's whose trainable is a function
    "class": {},
}
HAS_CURVES = SOURCES.keys() - {"per_trial.csv", "wandb.csv"}


@pytest.fixture(scope="module")
def run():
    return original()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Where a source is: the experiments are kept as archives."""
    directory = tmp_path_factory.mktemp("made")
    return {
        name: MADE / name if (MADE / name).is_file() else unpacked(name, directory)
        for name in SOURCES
    }


@pytest.fixture(scope="module")
def runs(place):
    return {
        name: run_of_trials(read_source(place[name], **named)) for name, named in SOURCES.items()
    }


@pytest.fixture(params=SOURCES)
def source(request):
    return request.param


def placed(run):
    """Configuration and metric of each place that holds a finite number, in order.

    Diverged ones have no order among them, and a study knows only that they failed.
    """
    rows = run.ranking()
    known = rows[rows["status"].isin(["finished", "stopped"])]
    names = ["config/lr", "config/batch_size", "epochs", "seeds"]
    return [
        (*key, pytest.approx(metric))
        for key, metric in zip(
            known[names].itertuples(index=False, name=None), known["metric"], strict=True
        )
    ]


def test_the_ranking_is_that_of_the_run(run, runs, source):
    assert placed(runs[source]) == placed(run)
    assert len(runs[source].trials) == len(run.trials)


def test_the_answer_is_that_of_the_run(run, runs, source):
    mine, theirs = runs[source].recommendation(), run.recommendation()

    assert mine.config == theirs.config
    assert mine.metric == pytest.approx(theirs.metric)
    assert not mine.confirmed
    assert mine.evidence["full_length"] == theirs.evidence["full_length"]
    for name, here in mine.intervals.items():
        assert here["low"] <= mine.config[name] <= here["high"] or name == "batch_size"
        there = theirs.intervals[name]
        assert max(here["low"], there["low"]) <= min(here["high"], there["high"])


@pytest.mark.parametrize("source", ["study.db", "study.journal"])
def test_with_the_space_and_the_curves_the_answer_is_the_same_to_the_digit(run, runs, source):
    """But for diverged trials, which an objective reports as failed: without them on both sides."""
    ended = run.trials[run.trials["status"] != "diverged"].reset_index(drop=True)
    theirs, mine = replace(run, trials=ended), runs[source]

    assert (mine.space, mine.rungs, mine.budget) == (run.space, run.rungs, run.budget)
    assert differences(said(mine), said(theirs)) == []


@pytest.mark.parametrize("source", ["per_epoch.csv", "per_epoch.parquet", "function", "class"])
def test_with_the_space_that_was_searched_and_the_curves_it_is_too(run, place, source):
    mine = run_of_trials(read_source(place[source], **SOURCES[source]), space=run.space)

    assert differences(said(mine), said(run)) == []


def said(run):
    """What is recommended, and how sure that is."""
    answer = run.recommendation().to_dict()
    names = ["config", "metric", "intervals", "plateau", "batch_size_probability", "best_epoch"]
    return {name: answer[name] for name in names}


def test_curves_are_those_of_the_run(run, runs):
    for source in HAS_CURVES:
        mine = runs[source].epochs
        best = mine[mine["trial_id"] == runs[source].recommended[0]]["val_loss"]
        there = run.epochs[run.epochs["trial_id"] == run.recommended[0]]["val_loss"]
        assert best.tolist() == pytest.approx(there.tolist()), source


def test_seeds_are_kept(run, runs, source):
    assert sorted(runs[source].trials["seed"]) == sorted(run.trials["seed"])


def test_the_trials_that_diverged_are_not_ranked_by_a_number(run, runs, source):
    lost = runs[source].trials["status"].isin(["diverged", "failed"])
    assert lost.sum() == run.trials["status"].eq("diverged").sum()


def test_what_cannot_be_concluded_is_the_first_warning(runs, source):
    first = runs[source].recommendation().warnings[0]
    chosen = "early stopping chose which trials ran to the end" in first.text
    space = "the space is what was tried, no more" in first.text

    assert first.code == "imported"
    assert "no fresh seeds, so the best is partly luck" in first.text
    assert chosen
    assert space == (not source.startswith("study"))
    assert first.next.startswith("import it with path='runs/imported', then python tune_main")


def test_no_source_is_changed_by_reading_it(place, source):
    before = contents(place[source])

    read_source(place[source], **SOURCES[source])

    assert contents(place[source]) == before


def contents(path):
    """Every file at or beside the path, with its bytes."""
    files = path.rglob("*") if path.is_dir() else path.parent.iterdir()
    return {file: file.read_bytes() for file in files if file.is_file()}


def test_a_written_run_is_the_one_in_memory(place, runs, source, tmp_path):
    written = run_of_trials(read_source(place[source], **SOURCES[source]), tmp_path / "run")
    read = load(tmp_path / "run")

    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == ["epochs.jsonl", "run.toml"]
    for one in (written, read):
        assert one.ranking().equals(runs[source].ranking())
        assert one.space == runs[source].space
        assert one.goal == Goal("val_loss", "min")


def test_a_directory_of_frames_is_read_as_one(run, tmp_path):
    from results.export import export

    export(run, csv=tmp_path / "csv", parquet=tmp_path / "parquet")
    for form in ("csv", "parquet"):
        mine = run_of_trials(read_source(tmp_path / form))
        assert mine.trials["verdict"].tolist() == run.trials["verdict"].tolist()
        assert mine.ranking()["trial_id"].tolist() == run.ranking()["trial_id"].tolist()
