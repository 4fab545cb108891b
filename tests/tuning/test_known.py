"""Known configurations: whatever names them, whole ones of the space, or one line that says why."""

import json
from pathlib import Path

import pandas as pd
import pytest

from results import from_dataframe
from search_spaces import Space
from tests.results.conftest import Script
from trainable.task import TaskFile
from tuning.known import MOST_OF_A_RUN, known_configs
from tuning.options import OptionError, make_options
from tuning.plan import NUM_NEW, RunPlan

SPACE = Space.from_dict(
    {
        "lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True},
        "batch_size": [16, 32, 64],
        "optimizer": ["sgd", "adam"],
        "momentum": {"type": "float", "low": 0.0, "high": 0.99, "when": {"optimizer": "sgd"}},
        "hidden": [32, 64, 128],
        "clip": 1.0,
        "constraints": ["hidden >= batch_size"],
    }
)
SOURCE = """
def data(): ...
def model(config): return config.get("hidden", 64)
"""
TASK = TaskFile("own", Path("own.py"), SOURCE)
DEFAULTS = {"optimizer": "sgd", "momentum": 0.9, "hidden": 64, "clip": 1.0}


def known(*given):
    return known_configs(given, SPACE, TASK)


def test_what_is_left_out_is_what_the_task_does_without_it():
    assert known("lr=0.1,batch_size=32") == [{"lr": 0.1, "batch_size": 32, **DEFAULTS}]


def test_it_may_be_a_dict_or_typed_and_counts_once():
    same = {"lr": 0.1, "batch_size": 32.0, "optimizer": "adam"}

    found = known(same, "lr=0.1, batch_size=32, optimizer=adam", "lr=0.2,batch_size=32")

    assert [config["lr"] for config in found] == [0.1, 0.2]
    assert "momentum" not in found[0]
    assert type(found[0]["batch_size"]) is int


def test_what_is_typed_may_be_longer_than_a_name_of_a_file():
    written = "lr=0.1,hidden=64,optimizer=adam," + " " * 300 + "batch_size=32"

    assert known(written)[0]["batch_size"] == 32


def test_a_list_keeps_its_commas():
    space = Space.from_dict({"lr": [0.1, 0.2], "betas": [[0.9, 0.99], [0.9, 0.999]]})

    assert known_configs(["betas=[0.9, 0.99],lr=0.1"], space, TASK) == [
        {"lr": 0.1, "betas": [0.9, 0.99]}
    ]


@pytest.mark.parametrize("heading", ["lr,batch_size,momentum", "config/lr,config/batch_size,loss"])
def test_a_file_has_a_row_for_each(tmp_path, heading):
    path = tmp_path / "known.csv"
    path.write_text(f"{heading}\n0.1,32,0.5\n1e-3,16.0,\n")

    assert [(c["lr"], c["batch_size"]) for c in known(str(path))] == [(0.1, 32), (1e-3, 16)]
    assert known(path) == known(str(path))


def test_of_a_run_the_best_are_tried_that_the_space_holds(tmp_path):
    run = Script(tmp_path / "run")
    for place, lr in enumerate([0.1, 2.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]):
        config = {"lr": lr, "batch_size": 32, "optimizer": "adam", "hidden": 32}
        run.trial(f"s{place:05d}", config, [1.0 + place] * 3)

    found = known(str(run.directory))

    assert len(found) == MOST_OF_A_RUN
    assert [config["lr"] for config in found] == [0.1, 0.2, 0.3, 0.4, 0.5]


def test_the_best_of_an_imported_run_are_tried_as_well(tmp_path):
    frame = pd.DataFrame({"lr": [0.1, 0.2], "batch_size": [16, 32], "val_loss": [0.5, 0.4]})
    from_dataframe(frame, path=tmp_path / "imported")

    found = known(tmp_path / "imported")

    assert [(config["lr"], config["batch_size"]) for config in found] == [(0.2, 32), (0.1, 16)]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("lr=5,batch_size=32", "lr must lie in 0.0001 to 1, log, got 5: widen that with --set lr="),
        ("lr=0.1,batch_size=48", "batch_size must be one of 16, 32, 64, got 48"),
        ("lr=0.1,batch_size=32,clip=2.0", "clip must be one of 1.0, got 2.0"),
        ("lr=0.1,batch_sise=32", "has batch_sise, which the space does not: did you mean batch_si"),
        ("lr=0.1,batch_size=64,hidden=32", "is not in the space, which holds only hidden >= batch"),
        (
            "lr=0.1,batch_size=32,optimizer=adam,momentum=0.5",
            "momentum, which is there when optimizer is sgd: leave",
        ),
        ("lr=0.1,lr=0.2", "has lr twice: keep one"),
        ("lr=0.1,batch_size", "lr is no value: '0.1,batch_size': write lr=0.1,batch_size=32"),
        ("lr=", "needs name=value, got 'lr='"),
        ("no_such_run", "or the directory of a run: no_such_run is not a run: there is no such"),
        ("absent.csv", "absent.csv cannot be read: No such file or directory"),
        (3, "or in Python a dict, got 3"),
        ({"lr": float("nan"), "batch_size": 32}, "lr must be a finite number, got nan"),
    ],
)
def test_what_is_no_configuration_of_the_space_is_refused(given, problem):
    with pytest.raises(OptionError) as refused:
        known(given)

    assert problem in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_the_task_has_no_default_of_must_be_given():
    space = Space.from_dict({"lr": [0.1, 0.2], "width": [1, 2]})

    with pytest.raises(ValueError, match=r"lr=0\.1 lacks width, of which own\.py has no default"):
        known_configs(["lr=0.1"], space, TASK)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "has no row"),
        ("lr,batch_size\n", "has no row"),
        ("lr,batch_size\n0.1,32,5\n", "more cells than its heading"),
        ("learning_rate,batch_size\n0.1,32\n", "row 1 of known.csv has learning_rate"),
        ("lr,batch_size\n0.1,32\nfast,32\n", "row 2 of known.csv is not in the space: lr must be"),
    ],
)
def test_a_file_that_is_wrong_names_its_row(tmp_path, monkeypatch, text, problem):
    monkeypatch.chdir(tmp_path)
    Path("known.csv").write_text(text)

    with pytest.raises(ValueError, match=problem):
        known("known.csv")


def plan(**values):
    return RunPlan.make(make_options({"try_first": ({"lr": 0.1, "batch_size": 32},), **values}))


def test_they_begin_the_search_are_counted_in_its_samples_and_never_stopped():
    trials = plan(samples=10, searcher="sobol").trials

    assert len(trials) == 10
    assert trials[0].config == {"lr": 0.1, "batch_size": 32}
    assert [trial.enqueued for trial in trials] == [True] + [False] * 9
    assert trials[0].control


def test_the_drawn_ones_are_those_of_a_search_without_them():
    without = RunPlan.make(make_options({"samples": 9, "searcher": "sobol"})).trials

    drawn = plan(samples=10, searcher="sobol").trials[1:]

    assert [trial.config for trial in drawn] == [trial.config for trial in without]


def test_a_search_that_learns_is_given_some_drawn_ones_however_many_are_known():
    known = tuple({"lr": 0.01 + place / 1000, "batch_size": 32} for place in range(30))

    trials = plan(samples=50, try_first=known).trials

    assert sum(not trial.enqueued for trial in trials) == NUM_NEW


def test_a_grid_does_not_repeat_them():
    space = {"lr": [0.1, 0.2], "batch_size": [32, 64]}

    trials = plan(samples=9, searcher="grid", space=space).trials

    assert len(trials) == 4
    assert len({json.dumps(trial.config) for trial in trials}) == 4


def test_more_of_them_than_samples_are_refused():
    known = tuple({"lr": 0.1, "batch_size": size} for size in (16, 32, 64))

    with pytest.raises(ValueError, match="names 3 configurations, and --samples is 2"):
        plan(samples=2, try_first=known)
