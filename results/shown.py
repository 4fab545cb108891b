"""A run as a command shows it at its end: the ranking, then the answer."""

from __future__ import annotations

from results.format import typed_path
from results.run import Run
from results.text.answer import answer
from results.text.ranking_table import ranking_table

ROWS = 50
"""Rows of the ranking that are printed."""


def run_text(run: Run) -> str:
    """Both, with the report as the next thing to open where there is one."""
    report = run.path / "report.html"
    next_step = f"open {typed_path(report)}" if report.exists() else None
    rows = ranking_table(run.ranking(), ROWS, run.goal, run.unit)
    return "\n".join([*rows, "", answer(run, run.recommendation(), next_step)])
