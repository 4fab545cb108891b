"""A run as a notebook shows it: what the command prints at the end, as a table and a sentence."""

from __future__ import annotations

import html
from collections.abc import Iterable

import pandas as pd

from results.answer import answer
from results.ranking import row_config
from results.store import Run
from results.table import HEADINGS, ranking_cells, value_text

ROWS = 10
"""Configurations in the table."""

NUMBERS = HEADINGS[: HEADINGS.index("status")]
"""Columns that are aligned to the right."""

PRE = "margin: 0 0 0.8em; line-height: 1.45; background: none; white-space: pre-wrap"


def html_of(run: Run) -> str:
    """The answer as text, then the best configurations; every text of the run is escaped.

    Takes the time of the analysis, 0.1 to 0.3 s, when it is shown first. No colours of its own:
    light and dark notebooks both show it in theirs.
    """
    ranked = run.ranking()
    told = html.escape(answer(run, run.recommendation()))
    hidden = len(ranked) - min(ROWS, len(ranked))
    more = f"<p>and {hidden} more in <code>run.ranking()</code></p>" if hidden else ""
    return f'<div><pre style="{PRE}">{told}</pre>{_table(ranked.head(ROWS))}{more}</div>'


def _table(rows: pd.DataFrame) -> str:
    """The ranking with its figures as the command prints them, a column per hyperparameter."""
    configs = [row_config(row) for _, row in rows.iterrows()]
    names = list(dict.fromkeys(name for config in configs for name in config))
    head = [_cell("th", name, name in NUMBERS) for name in HEADINGS[:-1]]
    head += [_cell("th", name, is_number=False) for name in names]
    body = []
    for (_, row), config in zip(rows.iterrows(), configs, strict=True):
        figures = zip(HEADINGS, ranking_cells(row)[:-1], strict=False)
        cells = [_cell("td", text, name in NUMBERS) for name, text in figures]
        cells += [_cell("td", value_text(config.get(name, "")), is_number=False) for name in names]
        body.append(_row(cells))
    return f"<table><thead>{_row(head)}</thead><tbody>{''.join(body)}</tbody></table>"


def _row(cells: Iterable[str]) -> str:
    return f"<tr>{''.join(cells)}</tr>"


def _cell(tag: str, text: str, is_number: bool) -> str:
    side = "right" if is_number else "left"
    return f'<{tag} style="text-align: {side}">{html.escape(text)}</{tag}>'
