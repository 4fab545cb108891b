"""The report's words, its size, and what it says where little can be said."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from results import Run, load
from results.report.first_screen import facts, headline, is_short, reasons, steps, sureness
from tests.results.conftest import Script
from tests.results.report_runs import confirmed, searched


@pytest.fixture
def told(tmp_path: Path) -> Callable[[Run], str]:
    """The report's text without scripts, styles and tags."""

    def tell(run: Run) -> str:
        page = run.write_report().read_text(encoding="utf-8")
        plain = re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.DOTALL)
        return " ".join(re.sub(r"<[^>]*>", " ", plain).split())

    return tell


def test_confirmed_run_is_told_with_interval_seeds_and_test_loss(tmp_path: Path) -> None:
    report = confirmed(tmp_path / "run").report_data()

    assert headline(report) == [("lr", "0.01"), ("batch size", "32")]
    assert sureness(report)[0].startswith("The best lr lies between ")
    assert "Trained again with 3 fresh seeds" in sureness(report)[-1]
    assert {fact.name: fact.value for fact in facts(report)}["test loss"] == "0.11"
    assert "lowest expected final loss" in reasons(report)[0]
    assert reasons(report)[1].startswith("Each at its best lr, batch size 32 is expected to end at")


def test_unconfirmed_run_warns_of_luck_and_names_the_command(tmp_path: Path) -> None:
    searched(tmp_path / "run")
    report = load(tmp_path / "run").report_data()

    assert "expect somewhat worse than" in sureness(report)[-1]
    assert "ended lowest" in reasons(report)[0]
    assert any(step.command.startswith("python tune_main.py confirm") for step in steps(report))


def test_no_figure_of_the_first_screen_is_told_twice(tmp_path: Path) -> None:
    report = confirmed(tmp_path / "run").report_data()
    told = " ".join([*sureness(report), *reasons(report)])
    shown = {fact.name: fact for fact in facts(report)}

    assert shown["trials"].note.endswith(" to confirm")
    for name in ("test loss", "trials", "time"):
        assert shown[name].value not in told.replace(",", "").replace(".", " ").split()
    assert "epoch 9" not in told


def test_many_hyperparameters_are_listed_below_the_headline() -> None:
    assert is_short([("lr", "0.1"), ("batch size", "32")])
    assert not is_short([(name, "1") for name in ("lr", "batch size", "momentum", "dropout")])
    assert not is_short([("lr", "n" * 300)])


@pytest.mark.parametrize("status", ["diverged", "failed", "interrupted"])
def test_run_without_any_result_says_so_and_what_to_do(
    script: Callable[..., Script], told: Callable[[Run], str], status: str
) -> None:
    begun = script()
    begun.trial("s00000", {"lr": 0.5, "batch_size": 16}, [None], None)
    begun.line("status", trial_id="s00000", status=status, error="it's over")

    text = told(load(begun.directory))

    assert "Nothing to recommend yet." in text
    assert "What happened No trial ended with a finite validation loss" in text
    assert "python tune_main.py" in text
    assert "s00000" in text


@pytest.mark.parametrize("num", [1, 2, 4])
def test_few_trials_give_a_report_without_any_interval(
    script: Callable[..., Script], told: Callable[[Run], str], num: int
) -> None:
    begun = script()
    for place in range(num):
        begun.trial(f"s{place:05d}", {"lr": 0.1 / (place + 1), "batch_size": 16}, [1.0, 0.5, 0.4])

    text = told(load(begun.directory))

    assert "with 90 %" not in text
    assert "too few" in text


def test_run_without_a_difference_claims_no_certainty_of_any_value(
    script: Callable[..., Script],
) -> None:
    begun = script()
    for place in range(40):
        config = {"lr": 10 ** (-place / 10), "batch_size": (16, 32)[place % 2]}
        begun.trial(f"s{place:05d}", config, [1.0, 0.5, 0.4 + 0.1 * (place * 0.618 % 1)])

    told = " ".join(sureness(load(begun.directory).report_data()))

    assert "do not differ beyond noise" in told
    assert "90 %" not in told
    assert "as good as" not in told.replace("as good as any", "")
    assert "none of them is better" in reasons(load(begun.directory).report_data())[0]


def test_space_without_numbers_is_told_without_a_map(
    script: Callable[..., Script], told: Callable[[Run], str]
) -> None:
    space = '[space.activation]\ntype = "choice"\nchoices = ["relu", "gelu"]\n'
    begun = script(space=space)
    for place, name in enumerate(["relu", "gelu"] * 3):
        begun.trial(f"s{place:05d}", {"activation": name}, [1.0, 0.5, 0.4 + place / 100])

    text = told(load(begun.directory))

    assert "activation relu" in text
    assert "Where the loss is low" not in text


def test_negative_losses_are_drawn_on_a_linear_axis(
    script: Callable[..., Script], told: Callable[[Run], str]
) -> None:
    begun = script()
    for place in range(8):
        config = {"lr": 10 ** (-place / 2), "batch_size": 16}
        begun.trial(f"s{place:05d}", config, [1.0, 0.0, -1.0 - place])

    assert "Use lr" in told(load(begun.directory))


def test_report_is_one_file_below_6_mb_with_plotly_once(tmp_path: Path) -> None:
    path = confirmed(tmp_path / "run").write_report()
    page = path.read_text(encoding="utf-8")

    assert path.name == "report.html"
    assert len(page.encode()) < 6e6
    assert page.count("plotly.js v") == 1
    assert not re.search(r'<(script|link|img)[^>]+(src|href)="(?!data:)', page)
    assert not list(path.parent.glob("*.tmp"))


def test_what_the_script_reads_is_strict_json(tmp_path: Path) -> None:
    page = confirmed(tmp_path / "run").write_report().read_text(encoding="utf-8")

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    blocks = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)
    figures, data = (json.loads(block, parse_constant=refuse) for block in blocks)

    assert {"basin", "curves", "gap"} <= figures.keys()
    assert data["trials"][0]["id"] == "s00000"
