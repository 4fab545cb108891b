"""A run as a notebook shows it: what the command prints at the end, as a table and a sentence."""

from __future__ import annotations

import html

import pandas as pd

from results.analysis.recommendation import Recommendation
from results.ranking import ranking
from results.run_data import RunData
from results.text.answer import answer
from results.text.ranking_table import NUM_FIGURES, ranking_grid

ROWS = 10
"""Configurations in the table."""

PRE = "margin: 0 0 0.8em; line-height: 1.45; background: none; white-space: pre-wrap"


def html_of(run: RunData, recommendation: Recommendation) -> str:
    """The answer as text, then the best configurations; every text of the run is escaped.

    No colours of its own: light and dark notebooks both show it in theirs.
    """
    ranked = ranking(run.trials)
    text = html.escape(answer(run, recommendation))
    hidden = len(ranked) - min(ROWS, len(ranked))
    more = f"<p>and {hidden} more in <code>run.ranking()</code></p>" if hidden else ""
    return f'<div><pre style="{PRE}">{text}</pre>{_table(ranked.head(ROWS), run)}{more}</div>'


def _table(rows: pd.DataFrame, run: RunData) -> str:
    """The ranking with its figures as the command prints them."""
    head, *body = ranking_grid(rows, run.goal, run.unit)
    lines = "".join(_row("td", cells) for cells in body)
    return f"<table><thead>{_row('th', head)}</thead><tbody>{lines}</tbody></table>"


def _row(tag: str, cells: list[str]) -> str:
    return f"<tr>{''.join(_cell(tag, text, i < NUM_FIGURES) for i, text in enumerate(cells))}</tr>"


def _cell(tag: str, text: str, is_number: bool) -> str:
    side = "right" if is_number else "left"
    return f'<{tag} style="text-align: {side}">{html.escape(text)}</{tag}>'
