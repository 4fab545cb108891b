"""Runs side by side, and whether their answers differ."""

import pytest

from results import load
from results.compare import compare, differences

GOOD, POOR = {"lr": 0.1, "batch_size": 32}, {"lr": 0.5, "batch_size": 32}


@pytest.fixture
def answered(script):
    """A run whose recommended configuration ended so with each of its fresh seeds."""

    def begin(name, config, losses, **settings):
        written = script(name, epochs=3, **settings)
        plan = [
            {"trial_id": f"c{seed:05d}", "seed": seed, "config": config, "role": "seed"}
            for seed in range(len(losses))
        ]
        written.line("stage", stage="confirm", trials=plan)
        for trial, loss in zip(plan, losses, strict=True):
            curve = [3 * loss, 2 * loss, loss]
            written.trial(trial["trial_id"], config, curve, stage="confirm", seed=trial["seed"])
        return load(written.directory)

    return begin


def test_runs_are_compared_by_their_honest_loss(searched, script, rng):
    other = script("other", epochs=9)
    other.trial("s00000", {"lr": 0.5}, [None], status="diverged")

    rows = compare([load(other.directory), load(searched.directory)])

    assert rows["run"].tolist() == ["run", "other"]
    assert rows["val_loss"].isna().tolist() == [False, True]


def test_each_further_run_is_held_against_the_best(answered):
    runs = [
        answered("poor", POOR, [0.20, 0.201, 0.199]),
        answered("good", GOOD, [0.10, 0.101, 0.099]),
        answered("close", {"lr": 0.11, "batch_size": 32}, [0.102, 0.1, 0.101]),
    ]

    rows = differences(runs)

    assert rows["better"].tolist() == ["good", "good"]
    assert rows["worse"].tolist() == ["close", "poor"]
    assert rows["is_real"].tolist() == [False, True]
    assert rows["difference"].tolist() == pytest.approx([0.01, 0.5], abs=0.001)
    assert rows["seeds"].tolist() == rows["seeds_worse"].tolist() == [3, 3]


def test_a_score_differs_in_its_own_units(answered):
    higher = {"options": 'metric = "f1"\nmode = "max"\n', "metrics": lambda loss: {"f1": 1 - loss}}
    runs = [
        answered("low", POOR, [0.2, 0.201, 0.199], **higher),
        answered("high", GOOD, [0.1, 0.101, 0.099], **higher),
    ]

    row = differences(runs).iloc[0]

    assert (row["better"], row["metric"], row["is_share"]) == ("high", "f1", False)
    assert row["difference"] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("settings", "losses", "why"),
    [
        ({}, [], "no fresh seeds of the answer of other"),
        ({}, [0.2, 0.2], "no fresh seeds of the answer of other"),
        ({"options": "split_seed = 1\n"}, [0.2] * 3, r"differ in the split seed \(0 and 1\)"),
    ],
)
def test_where_there_is_no_figure_it_is_said_why(answered, script, settings, losses, why):
    good = answered("good", GOOD, [0.1, 0.1, 0.1])
    other = answered("other", POOR, losses, **settings) if losses else None
    if other is None:
        written = script("other", epochs=3)
        written.trial("s00000", POOR, [0.3, 0.3, 0.3])
        other = load(written.directory)

    rows = differences([good, other])

    assert rows["unknown"].str.contains(why).all()
    assert rows["low"].isna().all()


def test_a_run_without_fresh_seeds_is_no_yardstick_for_those_that_have_them(answered, script):
    lucky = script("lucky", epochs=3)
    lucky.trial("s00000", {"lr": 0.2, "batch_size": 16}, [0.03, 0.02, 0.01])
    runs = [
        load(lucky.directory),
        answered("good", GOOD, [0.1, 0.101, 0.099]),
        answered("poor", POOR, [0.2, 0.201, 0.199]),
    ]

    rows = differences(runs)

    assert rows["better"].tolist() == ["good", "good"]
    assert rows["worse"].tolist() == ["lucky", "poor"]
    assert rows["is_real"].tolist() == [False, True]


def test_the_same_answer_is_no_difference(answered):
    runs = [answered("a", GOOD, [0.1, 0.2, 0.3]), answered("b", GOOD, [0.2, 0.3, 0.4])]

    assert differences(runs)["unknown"].tolist() == ["recommend the same: lr 0.1, batch_size 32"]


def test_runs_of_one_name_are_told_apart_by_their_paths(answered):
    runs = [answered("x/run", GOOD, [0.1] * 3), answered("y/run", POOR, [0.2] * 3)]

    row = differences(runs).iloc[0]

    assert (row["better"], row["worse"]) == tuple(str(run.path) for run in runs)


def test_one_run_has_no_difference(answered):
    assert differences([answered("a", GOOD, [0.1] * 3)]).empty
