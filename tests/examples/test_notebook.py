"""The example notebook: it runs as it is, and is committed with what came out."""

from pathlib import Path

import pytest

from tests import PATIENCE

nbformat = pytest.importorskip("nbformat", reason="needs nbformat, for the notebook only")
nbclient = pytest.importorskip("nbclient", reason="needs nbclient, for the notebook only")
pytest.importorskip("ipykernel", reason="needs ipykernel, for the notebook only")
pytest.importorskip("duckdb", reason="needs duckdb, for the notebook only")

ROOT = Path(__file__).parent.parent.parent
NOTEBOOK = ROOT / "examples" / "analyse_a_run.ipynb"
HOOKS = (
    "plot_basin",
    "plot_curves",
    "plot_gap",
    "plot_dimension",
    "plot_survival",
    "plot_best_of_k",
)
FIGURE = "application/vnd.plotly.v1+json"


def code_cells():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_the_notebook_runs_from_top_to_bottom(tmp_path, monkeypatch):
    """With a smaller search."""
    monkeypatch.setenv("PLOTLY_RENDERER", "plotly_mimetype")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    search = next(cell for cell in notebook.cells if "samples=50" in cell.source)
    search.source = search.source.replace("samples=50", "samples=16, epochs=9")

    nbclient.NotebookClient(
        notebook, timeout=PATIENCE, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()

    drawn = [o for cell in notebook.cells for o in cell.get("outputs", []) if FIGURE in str(o)]
    assert len(drawn) == len(HOOKS) + 2, "a run shows two itself"


def test_the_notebook_is_committed_with_its_outputs_and_small():
    shown = code_cells()[1:]
    errors = [o for cell in code_cells() for o in cell.outputs if o.output_type == "error"]

    assert all(cell.outputs for cell in shown)
    assert not errors
    assert NOTEBOOK.stat().st_size < 550_000
    assert "<script" not in NOTEBOOK.read_text(encoding="utf-8")


@pytest.mark.parametrize("hook", HOOKS)
def test_the_notebook_shows_every_picture(hook):
    cell = next(cell for cell in code_cells() if f"run.{hook}(" in cell.source)

    assert "image/png" in cell.outputs[0].data
