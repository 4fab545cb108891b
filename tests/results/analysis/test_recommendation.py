"""From a record to an answer, on runs whose truth is known, and on runs that hold too little."""

import json
import math
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results import load
from results.analysis.recommendation import largest_that_fits
from results.text.answer import answer
from tests.results.analysis.searches import SIZES, codes, confirm, curve_to, loss_at
from tests.results.conftest import CONDITIONAL, LR, Script

FIELDS = [
    "config",
    "intervals",
    "plateau",
    "batch_size_probability",
    "fastest_equivalent",
    "metric",
    "metric_sd",
    "val_loss",
    "val_loss_sd",
    "test_metric",
    "test_loss",
    "test_looks",
    "confirmed",
    "best_epoch",
    "warnings",
    "evidence",
]


def test_answer_has_the_fields_of_the_design_and_is_json(searched):
    found = load(searched.directory).recommendation().to_dict()

    assert list(found) == FIELDS
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_unconfirmed_answer_is_the_best_ranked_configuration(searched):
    run = load(searched.directory)

    found = run.recommendation()

    assert not found.confirmed
    assert found.val_loss_sd is None
    assert found.config["lr"] == run.ranking().iloc[0]["config/lr"]


def test_interval_holds_the_best_learning_rate(searched):
    interval = load(searched.directory).recommendation().intervals["lr"]

    assert interval["low"] <= 0.02 <= interval["high"]
    assert interval["high"] / interval["low"] < 30


def test_confirmed_answer_is_the_configuration_trained_with_fresh_seeds(searched, rng):
    config = {"lr": 0.021, "batch_size": 64}
    confirm(searched, rng, config)

    found = load(searched.directory).recommendation()

    assert (found.config, found.confirmed) == (config, True)
    assert found.val_loss == pytest.approx(0.1, rel=0.1)
    assert 0 < found.val_loss_sd < 0.02


def test_interrupted_confirmation_leaves_the_unconfirmed_answer(searched, rng):
    confirm(searched, rng, {"lr": 0.5, "batch_size": 64}, num=2)

    found = load(searched.directory).recommendation()

    assert not found.confirmed
    assert found.config["lr"] != 0.5


def test_chances_of_the_batch_sizes_add_up_to_one(searched):
    chances = load(searched.directory).recommendation().batch_size_probability

    assert sorted(chances) == SIZES
    assert sum(chances.values()) == pytest.approx(1)


def test_larger_batch_that_is_as_good_is_named_when_it_is_faster(script, rng):
    written = script(epochs=9)
    for place in range(60):
        config = {"lr": float(10 ** rng.uniform(-3, -0.5)), "batch_size": SIZES[place % 5]}
        written.line("trial", trial_id=f"s{place:05d}", config=config)
        for epoch, loss in enumerate(curve_to(loss_at(config, rng)), start=1):
            written.line(
                "epoch",
                trial_id=f"s{place:05d}",
                epoch=epoch,
                val_loss=loss,
                seconds=16 / config["batch_size"],
            )
        written.line("status", trial_id=f"s{place:05d}", status="finished")
    confirm(written, rng, {"lr": 0.02, "batch_size": 32})

    fastest = load(written.directory).recommendation().fastest_equivalent

    assert fastest["config"]["batch_size"] > 32
    assert fastest["speedup"] > 1.5


def test_test_loss_and_the_number_of_times_it_was_read_are_given(searched, rng):
    confirm(searched, rng, {"lr": 0.021, "batch_size": 64})
    searched.line("test", trial_id="c00000", test_loss=0.3)
    searched.line("test", trial_id="s00001", test_loss=0.9)

    found = load(searched.directory).recommendation()

    assert (found.test_loss, found.test_looks) == (0.3, 2)


def test_run_in_which_all_diverged_recommends_nothing_and_says_why(script):
    written = script()
    for place in range(3):
        written.trial(f"s{place:05d}", {"lr": 0.5}, [None], status="diverged")
    run = load(written.directory)

    found = run.recommendation()

    assert (found.config, found.val_loss) == ({}, None)
    assert "3 diverged" in found.warnings[0].text
    assert "lr=0.0005..0.5:log" in found.warnings[0].next
    assert "nothing to recommend" in answer(run, found)


def test_run_whose_trials_all_failed_recommends_nothing(script):
    written = script()
    written.trial("s00000", {"lr": 0.5}, [], status="failed")

    assert load(written.directory).recommendation().config == {}


def test_interrupted_trial_is_better_than_no_answer(script):
    written = script()
    written.trial("s00000", {"lr": 0.5}, [1.0], status=None)

    found = load(written.directory).recommendation()

    assert (found.config, found.confirmed) == ({"lr": 0.5}, False)
    assert "few-full-length" in codes(found)


def test_losses_below_zero_have_an_answer(script, rng):
    written = script(epochs=9)
    for place in range(30):
        config = {"lr": float(10 ** rng.uniform(-4, 0)), "batch_size": SIZES[place % 5]}
        end = (math.log10(config["lr"]) + 2) ** 2 - 5 + rng.normal(0, 0.05)
        written.trial(f"s{place:05d}", config, [end] * 9)

    interval = load(written.directory).recommendation().intervals["lr"]

    assert interval["low"] <= 0.01 <= interval["high"]


def test_space_of_unordered_and_conditional_dimensions_has_an_answer(script, rng):
    written = script(epochs=9, space=CONDITIONAL)
    for place in range(40):
        config = {"lr": float(10 ** rng.uniform(-4, 0)), "optimizer": ["sgd", "adam"][place % 2]}
        if config["optimizer"] == "sgd":
            config["momentum"] = float(rng.uniform(0, 0.99))
        written.trial(f"s{place:05d}", config, curve_to(loss_at(config, rng)))

    found = load(written.directory).recommendation()

    assert set(found.config) >= {"lr", "optimizer"}
    assert "optimizer" not in found.intervals
    assert set(found.plateau) == set(found.config)


def test_a_best_trial_with_a_dimension_that_the_answer_lacks_does_no_harm(script, rng):
    """The lucky one has a momentum; what fresh seeds chose has none."""
    space = CONDITIONAL.replace(LR, '[space.lr]\ntype = "choice"\nchoices = [0.001, 0.01, 0.1]\n')
    written = script(
        epochs=9, space=space + '[space.batch_size]\ntype = "choice"\nchoices = [16, 32]'
    )
    for place in range(40):
        config = {"lr": [0.001, 0.01, 0.1][place % 3], "batch_size": [16, 32][place // 3 % 2]}
        config["optimizer"] = ["sgd", "adam"][place % 2]
        if config["optimizer"] == "sgd":
            config["momentum"] = float(rng.uniform(0, 0.99))
        loss = 0.1 * math.exp(0.6 * math.log10(config["lr"] / 0.01) ** 2 + rng.normal(0, 0.05))
        written.trial(f"s{place:05d}", config, curve_to(loss), seed=place)
    lucky = {"lr": 0.01, "batch_size": 32, "optimizer": "sgd", "momentum": 0.9}
    written.trial("s00098", lucky, curve_to(0.07), seed=98)
    adam = {"lr": 0.01, "batch_size": 32, "optimizer": "adam"}
    confirm(written, rng, adam)

    found = load(written.directory).recommendation()

    assert (found.config, found.confirmed) == (adam, True)


@st.composite
def hopeless_trials(draw):
    """Up to 12 trials that end in any way at all."""
    loss = st.one_of(st.none(), st.floats(-3, 3), st.just(0.0))
    return [
        (
            {
                "lr": draw(st.sampled_from([1e-4, 0.01, 1.0])),
                "batch_size": draw(st.sampled_from([16, 256])),
            },
            draw(st.lists(loss, max_size=4)),
            draw(st.sampled_from(["finished", "stopped", "diverged", "failed", None])),
            draw(st.sampled_from(["search", "confirm"])),
        )
        for _ in range(draw(st.integers(1, 12)))
    ]


@given(trials=hopeless_trials())
@settings(max_examples=40, deadline=None)
def test_any_record_has_an_answer_in_words(trials):
    with tempfile.TemporaryDirectory() as scratch:
        written = Script(Path(scratch))
        for place, (config, losses, status, stage) in enumerate(trials):
            written.trial(f"s{place:05d}", config, losses, status=status, stage=stage)
        run = load(written.directory)

        found = run.recommendation()

        assert json.dumps(found.to_dict(), allow_nan=False)
        assert found.config or found.warnings
        assert len(answer(run, found).splitlines()) <= 15


def test_the_largest_batch_size_that_fits_is_named_where_others_ran_out_of_memory():
    trials = pd.DataFrame(
        {
            "status": ["finished", "stopped", "failed", "failed"],
            "config/batch_size": [64, 128, 256, 512],
            "error": [None, None, *(f"out of memory at batch size {n}" for n in (256, 512))],
        }
    )

    assert largest_that_fits(trials) == 128
    assert largest_that_fits(trials[:2]) is None


def test_the_recommended_value_lies_in_its_interval(searched, rng):
    """Even where fresh seeds chose another one than the surface would."""
    confirm(searched, rng, {"lr": 0.12, "batch_size": 64})

    found = load(searched.directory).recommendation()

    assert found.config["lr"] == 0.12
    assert found.intervals["lr"]["low"] <= 0.12 <= found.intervals["lr"]["high"]
