"""Several runs as one body of evidence."""

import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from results import from_dataframe, load
from results.analysis.curves import configs_of
from results.compare import compare
from results.together import together
from tests.results.analysis.searches import confirm, curve_to, search
from tests.results.conftest import LR_BATCH

WIDER = LR_BATCH.replace("low = 1e-4\nhigh = 1.0", "low = 1e-3\nhigh = 10.0").replace("16, ", "")
BEST = {"lr": 0.02, "batch_size": 64}


@pytest.fixture
def searched_as(script):
    """A run of 24 full-length trials and three fresh seeds of one configuration."""

    def begin(name, seed, config=BEST, **settings):
        written, rng = script(name, epochs=9, **settings), np.random.default_rng(seed)
        (written.directory / "task.py").write_text("epochs = 9\n")
        search(written, rng, num=24)
        confirm(written, rng, config)
        return written

    return begin


@pytest.fixture
def two(searched_as):
    """Two searches of one task in spaces that overlap."""
    return [
        searched_as("first", 1).directory,
        searched_as("second", 2, {"lr": 0.03, "batch_size": 32}, space=WIDER).directory,
    ]


def test_all_trials_are_there_under_the_number_of_their_run(two):
    run, alone = load(two), [load(path) for path in two]

    assert len(run.trials) == sum(len(other.trials) for other in alone)
    assert run.trials["trial_id"].is_unique
    assert run.trials["run"].value_counts().to_dict() == {1: 27, 2: 27}
    assert {"1-s00000", "2-c00002"} <= set(run.epochs["trial_id"])
    assert run.roles["2-c00002"] == "seed"
    assert run.wall_seconds == sum(other.wall_seconds for other in alone)


def test_the_space_holds_every_trial(two):
    run = load(two)

    assert (run.space.dimensions["lr"].low, run.space.dimensions["lr"].high) == (1e-4, 10.0)
    assert all(run.space.holds(config) for config in configs_of(run.trials))


def test_more_trials_make_the_answer_surer(two):
    run, alone = load(two), load(two[0])

    def width(found):
        return np.log(found.intervals["lr"]["high"] / found.intervals["lr"]["low"])

    assert width(run.recommendation()) < width(alone.recommendation())
    assert run.recommendation().evidence["trials"] == 54
    assert run.ranking()["rank"].tolist() == list(range(1, len(run.ranking()) + 1))


def test_fresh_seeds_of_all_runs_count(searched_as):
    runs = [searched_as("first", 1), searched_as("second", 2)]
    renumber_seeds(runs[1])

    found = load([run.directory for run in runs]).recommendation()

    assert (found.config, found.evidence["fresh_seeds"]) == (BEST, 6)


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
def test_the_leader_is_the_one_that_fresh_seeds_show_whichever_run_comes_last(searched_as, order):
    good = searched_as("good", 1)
    poor = searched_as("poor", 2, {"lr": 0.3, "batch_size": 32})

    found = load([good.directory, poor.directory][order]).recommendation()

    assert (found.config, found.confirmed) == (BEST, True)


def test_a_better_configuration_without_fresh_seeds_is_recommended_as_not_confirmed(
    searched_as, script
):
    """The other run's fresh seeds were trained without knowing of it."""
    poor = searched_as("poor", 1, {"lr": 0.9, "batch_size": 32})
    only_searched = script("only-searched", epochs=9)
    (only_searched.directory / "task.py").write_text("epochs = 9\n")
    search(only_searched, np.random.default_rng(2), num=24)

    found = load([poor.directory, only_searched.directory]).recommendation()

    assert not found.confirmed
    assert 0.003 < found.config["lr"] < 0.1


def test_what_two_runs_trained_alike_is_taken_once(script):
    """The same configuration with the same seed gives the same curve: that is no second one."""
    long, short = script("long", epochs=9), script("short", epochs=9)
    for written, epochs in ((short, 3), (long, 9)):
        written.trial("s00000", {"lr": 0.1, "batch_size": 32}, curve_to(1.0, 9)[:epochs])
        written.trial(f"s{epochs:05d}", {"lr": 0.01 * epochs, "batch_size": 32}, curve_to(2.0))

    run = load([short.directory, long.directory])

    assert run.trials["trial_id"].tolist() == ["1-s00003", "2-s00000", "2-s00009"]
    assert len(run.epochs) == 27


def test_trials_that_were_imported_without_seeds_are_all_taken():
    grid = {"lr": [0.1, 0.2, 0.3, 0.4]}
    runs = [from_dataframe(pd.DataFrame(grid | {"val_loss": loss})) for loss in ([1, 2, 3, 4], 5)]

    assert len(together(runs).trials) == 8


def test_trials_are_compared_at_rungs_that_all_have_passed(script):
    early = script("early", epochs=27, options="grace_epochs = 1\n")
    late = script("late", epochs=27, options="grace_epochs = 9\n")
    for written in (early, late):
        written.trial("s00000", {"lr": 0.1, "batch_size": 16}, curve_to(1.0, 9), "stopped")

    run = load([late.directory, early.directory])

    assert run.rungs == [1, 3, 9, 27]
    assert run.options["scheduler"] == "mixed"


def test_a_run_that_stopped_nothing_tells_whether_early_ranks_mislead(script):
    free, stopping = script("free"), script("stopping")
    settings = free.directory / "run.toml"
    settings.write_text(settings.read_text().replace('"asha"', '"none"'))
    for seed, written in enumerate((free, stopping)):
        written.trial("s00000", {"lr": 0.1, "batch_size": 16}, [3.0, 2.0, 1.0], seed=seed)

    assert load([free.directory, stopping.directory]).controls == {"1-s00000"}


def test_a_constant_of_one_run_is_a_value_in_the_range_of_the_other(script):
    momentum = "[space.momentum]\ntype = "
    fixed = script("fixed", space=LR_BATCH + momentum + '"choice"\nchoices = [0.9]\n')
    free = script("free", space=LR_BATCH + momentum + '"float"\nlow = 0.0\nhigh = 0.99\n')
    fixed.trial("s00000", {"lr": 0.1, "batch_size": 16}, [1.0] * 3)
    free.trial("s00000", {"lr": 0.1, "batch_size": 16, "momentum": 0.5}, [1.0] * 3)

    assert load([fixed.directory, free.directory]).trials["config/momentum"].tolist() == [0.9, 0.5]


def test_a_dimension_that_one_run_does_not_know_is_refused(script):
    without = script("without")
    momentum = '[space.momentum]\ntype = "float"\nlow = 0.0\nhigh = 0.99\n'
    with_it = script("with", space=LR_BATCH + momentum)
    without.trial("s00000", {"lr": 0.1, "batch_size": 16}, [1.0] * 3)
    with_it.trial("s00000", {"lr": 0.1, "batch_size": 16, "momentum": 0.5}, [1.0] * 3)

    with pytest.raises(ValueError, match=r"^without has no value of momentum on record.*--set mom"):
        load([without.directory, with_it.directory])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"epochs": 27}, "the budget (9 epochs and 27 epochs)"),
        ({"options": "split_seed = 1\n"}, "the split seed (0 and 1)"),
        (
            {"options": 'metric = "f1"\nmode = "max"\n'},
            "the metric (min of val_loss and max of f1)",
        ),
        (
            {"options": "steps = 500\nevals = 9\n"},
            "the budget (9 epochs and 500 steps in 9 evaluations)",
        ),
    ],
)
def test_runs_that_cannot_be_compared_are_refused_saying_what_differs(script, settings, words):
    runs = [script("a", epochs=9), script("b", **({"epochs": 9} | settings))]
    for written in runs:
        written.trial("s00000", BEST, [1.0] * 9)

    with pytest.raises(ValueError, match=re.escape(f"together: they differ in {words}")):
        load([written.directory for written in runs])


def test_the_task_is_its_source_not_its_name(two):
    (two[1] / "task.py").write_text("epochs = 9  # other data\n")

    with pytest.raises(ValueError, match=r"differ in the task \(their task\.py differ\)"):
        load(two)


def test_a_run_given_twice_is_refused(two):
    with pytest.raises(ValueError, match="first is given twice: a run counts once"):
        load([two[0], two[1], two[1].parent / "second" / ".." / "first"])


def test_no_run_is_refused_and_one_is_itself(two):
    assert load([two[0]]).path == two[0]
    with pytest.raises(ValueError, match="there is no run to load"):
        load([])


def test_runs_together_have_no_directory_to_write_to(two, tmp_path):
    run = load(two)

    with pytest.raises(ValueError, match=r"2 runs together have no directory.*write_report\('tog"):
        run.write_report()
    page = run.write_report(str(tmp_path / "both.html")).read_text(encoding="utf-8")

    assert "2 runs together" in page
    assert f"compare {two[0]} {two[1]} --together" in page
    assert sorted(path.name for path in two[0].iterdir()) == ["epochs.jsonl", "run.toml", "task.py"]


def test_a_run_is_called_by_the_directory_one_is_in(two, monkeypatch):
    monkeypatch.chdir(two[0])

    assert load([".", "../second"]).path.name == "first+second"


def test_frames_are_written_where_one_says(two, tmp_path):
    from results import write_frames

    with pytest.raises(ValueError, match="no directory of their own"):
        write_frames(load(two))
    assert len(write_frames(load(two), tmp_path)) == 3


def test_pictures_are_drawn_of_all_trials(two):
    run = load(two)

    assert len(run.plot_basin().data) > 0
    assert len(run.plot_importance().data) > 0
    assert max(run.plot_survival().data[0].y) == 48


def test_folds_of_the_same_splits_are_compared_and_others_not(script):
    for name, of in (("a", 5), ("b", 5), ("c", 3)):
        written = script(name, options=f"folds = {of}\n")
        written.trial("s00000", {"lr": float(f"0.{of}"), "batch_size": 16}, [1.0] * 3)
        plan = [{"trial_id": "f00000", "seed": 1, "config": BEST, "role": "fold", "fold": 0}]
        written.line("stage", stage="folds", trials=plan)
        written.trial("f00000", BEST, [1.0] * 3, stage="folds", seed=1)
    names = [written.directory.parent / name for name in "abc"]

    assert load(names).folds["fold"].tolist() == [0, 0, 1]


def test_runs_together_are_a_row_of_a_comparison(two):
    assert compare([load(two)])["run"].tolist() == ["first+second"]


def test_taking_together_costs_pandas_only(two):
    code = (
        "import sys; from results import load; load(sys.argv[1:]).trials;"
        "heavy = {'ray', 'torch', 'sklearn', 'scipy', 'plotly', 'optuna'} & set(sys.modules);"
        "assert not heavy, heavy"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, two)], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr


def renumber_seeds(written):
    """Fresh seeds as those of a search with another --seed."""
    record = written.directory / "epochs.jsonl"
    record.write_text(re.sub(r'"seed": (\d)', r'"seed": 10\1', record.read_text()))
