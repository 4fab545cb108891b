"""The page as one file, and what it says where little can be said."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from results import Run, load
from tests.results.conftest import Script
from tests.results.report_runs import confirmed


@pytest.mark.parametrize("status", ["diverged", "failed", "interrupted"])
def test_run_without_any_result_says_so_and_what_to_do(
    script: Callable[..., Script], text_of: Callable[[Run], str], status: str
) -> None:
    begun = script()
    begun.trial("s00000", {"lr": 0.5, "batch_size": 16}, [None], None)
    begun.line("status", trial_id="s00000", status=status, error="it's over")

    text = text_of(load(begun.directory))

    assert "Nothing to recommend yet." in text
    assert "What happened No trial ended with a finite validation loss" in text
    assert "python tune_main.py" in text
    assert "s00000" in text


@pytest.mark.parametrize("num", [1, 2, 4])
def test_few_trials_give_a_report_without_any_interval(
    script: Callable[..., Script], text_of: Callable[[Run], str], num: int
) -> None:
    begun = script()
    for place in range(num):
        begun.trial(f"s{place:05d}", {"lr": 0.1 / (place + 1), "batch_size": 16}, [1.0, 0.5, 0.4])

    text = text_of(load(begun.directory))

    assert "with 90 %" not in text
    assert "too few" in text


def test_space_without_numbers_has_a_report_without_a_map(
    script: Callable[..., Script], text_of: Callable[[Run], str]
) -> None:
    space = '[space.activation]\ntype = "choice"\nchoices = ["relu", "gelu"]\n'
    begun = script(space=space)
    for place, name in enumerate(["relu", "gelu"] * 3):
        begun.trial(f"s{place:05d}", {"activation": name}, [1.0, 0.5, 0.4 + place / 100])

    text = text_of(load(begun.directory))

    assert "activation relu" in text
    assert "Where the loss is low" not in text


def test_negative_losses_are_drawn_on_a_linear_axis(
    script: Callable[..., Script], text_of: Callable[[Run], str]
) -> None:
    begun = script()
    for place in range(8):
        config = {"lr": 10 ** (-place / 2), "batch_size": 16}
        begun.trial(f"s{place:05d}", config, [1.0, 0.0, -1.0 - place])

    assert "Use lr" in text_of(load(begun.directory))


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
