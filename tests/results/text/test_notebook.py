"""A run shown by a notebook."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from results import load
from results.text.ranking_table import ranking_grid
from tests.results.conftest import Script
from tests.results.report_runs import confirmed, hostile, searched


def test_answer_stands_above_the_ten_best_with_figures_as_the_command_prints_them(
    tmp_path: Path,
) -> None:
    run = confirmed(tmp_path / "run")
    shown = run._repr_html_()
    printed = ranking_grid(run.ranking().head(1), run.goal, run.unit)[1]

    assert "Use  lr 0.01  and  batch size 32." in shown
    assert shown.count("<tr>") == 11
    assert re.search(r"and \d+ more in <code>run\.ranking\(\)</code>", shown)
    assert printed == re.findall(r"<td[^>]*>([^<]*)</td>", shown)[: len(printed)]


def test_unconfirmed_run_says_so(tmp_path: Path) -> None:
    searched(tmp_path / "run")

    assert "not confirmed by fresh seeds" in load(tmp_path / "run")._repr_html_()


def test_texts_of_a_run_are_escaped(tmp_path: Path) -> None:
    shown = hostile(tmp_path / "run")._repr_html_()
    tags = set(re.findall(r"</?([a-z]+)", shown))

    assert tags == {"div", "pre", "table", "thead", "tbody", "tr", "th", "td", "p", "code"}


def test_run_without_any_result_is_shown_with_what_to_do(script: Callable[..., Script]) -> None:
    begun = script()
    begun.trial("s00000", {"lr": 0.5, "batch_size": 16}, [None], "diverged")

    assert "nothing to recommend" in load(begun.directory)._repr_html_()


def test_run_inside_another_text_is_one_short_line(tmp_path: Path) -> None:
    run = confirmed(tmp_path / "run")

    assert repr(run) == f"<Run run: {len(run.trials)} trials, {len(run.epochs)} epochs>"
