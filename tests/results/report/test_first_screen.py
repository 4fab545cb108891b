"""What the first screen says, and what it does not say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from results import from_dataframe, load
from results.report.facts import facts
from results.report.first_screen import headline, is_short, reasons, steps, sureness
from tests.results.conftest import Script
from tests.results.report_runs import confirmed, searched


def test_confirmed_run_names_interval_seeds_and_test_loss(tmp_path: Path) -> None:
    report = confirmed(tmp_path / "run").report_data()

    assert headline(report) == [("lr", "0.01"), ("batch size", "32")]
    assert sureness(report)[0].startswith("The best lr lies between ")
    assert "Trained again with 3 fresh seeds" in sureness(report)[-1]
    assert {fact.name: fact.value for fact in facts(report)}["test loss"] == "0.11"
    assert "lowest expected final loss" in reasons(report)[0]
    assert reasons(report)[1].startswith("Each at its best lr, batch size 32 is expected to end at")


def test_unconfirmed_run_says_to_expect_worse_and_names_the_command(tmp_path: Path) -> None:
    searched(tmp_path / "run")
    report = load(tmp_path / "run").report_data()

    assert "expect somewhat worse than" in sureness(report)[-1]
    assert "ended lowest" in reasons(report)[0]
    assert any(step.command.startswith("python tune_main.py confirm") for step in steps(report))


def test_no_figure_of_the_first_screen_stands_there_twice(tmp_path: Path) -> None:
    report = confirmed(tmp_path / "run").report_data()
    text = " ".join([*sureness(report), *reasons(report)])
    shown = {fact.name: fact for fact in facts(report)}

    assert shown["trials"].note.endswith(" to confirm")
    for name in ("test loss", "trials", "time"):
        assert shown[name].value not in text.replace(",", "").replace(".", " ").split()
    assert "epoch 9" not in text


def test_many_hyperparameters_are_listed_below_the_headline() -> None:
    assert is_short([("lr", "0.1"), ("batch size", "32")])
    assert not is_short([(name, "1") for name in ("lr", "batch size", "momentum", "dropout")])
    assert not is_short([("lr", "n" * 300)])


def test_run_without_a_difference_claims_no_certainty_of_any_value(
    script: Callable[..., Script],
) -> None:
    begun = script()
    for place in range(40):
        config = {"lr": 10 ** (-place / 10), "batch_size": (16, 32)[place % 2]}
        begun.trial(f"s{place:05d}", config, [1.0, 0.5, 0.4 + 0.1 * (place * 0.618 % 1)])

    text = " ".join(sureness(load(begun.directory).report_data()))

    assert "do not differ beyond noise" in text
    assert "90 %" not in text
    assert "as good as" not in text.replace("as good as any", "")
    assert "none of them is better" in reasons(load(begun.directory).report_data())[0]


def test_why_nothing_is_sure_is_said_as_it_is(script: Callable[..., Script]) -> None:
    """Not that there are too few trials, where there are enough."""
    written = script(epochs=9, space='[space.lr]\ntype = "fixed"\nvalue = 0.01\n')
    for place in range(24):
        written.trial(f"s{place:05d}", {"lr": 0.01}, [1.0 + place % 3] * 9, seed=place)
    run = load(written.directory)

    nothing = sureness(run.report_data())[0]
    few = sureness(replace(run, num_validation=5).report_data())[0]

    start = "Within which range the best values lie cannot be said: "
    assert nothing == start + "the space leaves nothing to compare."
    assert few == start + "there are too few validation examples."


def test_of_choices_alone_it_says_which_one_is_probably_the_best(
    script: Callable[..., Script],
) -> None:
    rates, norms = [0.001, 0.01, 0.1], ["none", "batch"]
    space = f'[space.lr]\ntype = "choice"\nchoices = {rates}\n'
    space += '[space.norm]\ntype = "choice"\nchoices = ["none", "batch"]\n'
    written = script(epochs=9, space=space)
    for place in range(36):
        config = {"lr": rates[place % 3], "norm": norms[place // 3 % 2]}
        loss = 0.1 + 0.1 * abs(place % 3 - 1) + 0.03 * (place * 0.618 % 1)
        written.trial(f"s{place:05d}", config, [1.0, 0.5] + [loss] * 7, seed=place)
    run = load(written.directory)

    rate, norm, *_ = sureness(run.report_data())

    assert rate == "Lr 0.01 is the best with > 99 %."
    assert re.fullmatch(r"Norm none is the best with \d+ % \(batch: \d+ %\)(; .*)?\.", norm)


def test_of_a_search_in_which_none_has_ended_nothing_is_said_of_full_length_trials(
    script: Callable[..., Script],
) -> None:
    written = script(epochs=9)
    for place, loss in enumerate([0.5, 0.3]):
        config = {"lr": 0.1 * (place + 1), "batch_size": 32}
        written.trial(f"s{place:05d}", config, [loss] * 3, "stopped")

    first = reasons(load(written.directory).report_data())[0]

    assert first.startswith("No trial ran all 9 epochs; of all this one ended lowest, at 0.3")


def test_of_imported_ends_nothing_is_said_of_epochs_and_time() -> None:
    frame = pd.DataFrame({"lr": [0.1, 0.2, 0.3], "val_loss": [1.0, 2.0, 3.0]})
    report = from_dataframe(frame).report_data()

    assert [fact.name for fact in facts(report)] == ["validation loss", "trials"]
    assert reasons(report)[0].startswith("3 trials ended with a value; of those this one")
    assert steps(report)[0].text.startswith("Imported from a table: no fresh seeds")
