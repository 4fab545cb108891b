"""What docs/frames.md and docs/report.md say is so."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from results import Run, write_frames
from tests.results.report_runs import confirmed

DOCS = Path(__file__).parents[3] / "docs"
EXAMPLE = "runs/digits-20260101-120000"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run under the name that the docs use."""
    run = confirmed(tmp_path / EXAMPLE)
    write_frames(run)
    monkeypatch.chdir(tmp_path)
    return run


@pytest.mark.parametrize(
    ("heading", "frame"),
    [
        ("`trials`", lambda run: run.trials),
        ("`epochs`", lambda run: run.epochs),
        ("`Run.ranking()`", lambda run: run.ranking()),
    ],
)
def test_every_column_of_a_run_is_documented_and_no_other(
    run: Run, heading: str, frame: Callable[[Run], pd.DataFrame]
) -> None:
    columns = {name for name in frame(run) if not name.startswith("config/")}
    section = frames_section(heading)
    cells = [row.split("|")[1] for row in section.splitlines() if row.startswith("| `")]
    documented = [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]

    assert set(documented) - {"config/<name>"} == columns


@pytest.mark.parametrize("page", ["frames.md", "report.md"])
def test_python_snippets_run(run: Run, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plotly.graph_objects.Figure.show", lambda figure: None)  # opens a browser
    snippets = fenced(page, "python")

    assert snippets
    for snippet in snippets:
        exec(compile(snippet, page, "exec"), {})


def test_duckdb_snippets_run(run: Run) -> None:
    duckdb = pytest.importorskip("duckdb", reason="needs duckdb, for the docs' snippets only")

    for query in fenced("frames.md", "sql")[0].split(";")[:-1]:
        assert duckdb.sql(query).fetchall()


def frames_section(heading: str) -> str:
    text = (DOCS / "frames.md").read_text(encoding="utf-8")
    return text.split(f"## {heading}")[1].split("\n## ")[0]


def fenced(page: str, language: str) -> list[str]:
    """The code blocks of one language."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
