"""The outputs of the notebooks in examples/: executed, their figures stored as pictures.

    python -m docs.make_notebook

A figure is stored as PNG alone: its plotly JSON is ten times as many lines, which no code
host draws. Needs the extra `dev` and a Chromium.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import nbclient
import nbformat
from plotly.offline import get_plotlyjs

from docs.make_picture import chromium

ROOT = Path(__file__).parent.parent

NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))

FIGURE = "application/vnd.plotly.v1+json"

WIDTH, HEIGHT = 640, 350

DRAW = """async ([figure, width, height]) => {
    const settings = {format: "png", width, height, scale: 1};
    return (await Plotly.toImage(figure, settings)).split(",")[1];
}"""


def main() -> None:
    os.environ["PLOTLY_RENDERER"] = "plotly_mimetype"
    os.environ["PYTHONPATH"] = str(ROOT)
    for path in NOTEBOOKS:
        make(path)


def make(path: Path) -> None:
    """Execute one notebook and write it back."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as scratch:
        resources = {"metadata": {"path": scratch}}
        nbclient.NotebookClient(notebook, timeout=600, resources=resources).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # times, which differ whenever it is made
    draw(
        [
            o.data
            for c in notebook.cells
            for o in c.get("outputs", [])
            if FIGURE in o.get("data", {})
        ]
    )
    nbformat.write(notebook, path)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def draw(figures: list[Any]) -> None:
    """Put a PNG in the place of each figure's JSON."""
    with chromium() as browser:
        page = browser.new_page()
        page.add_script_tag(content=get_plotlyjs())
        for data in figures:
            picture = page.evaluate(DRAW, [data.pop(FIGURE), WIDTH, HEIGHT])
            data["image/png"] = picture
            data.pop("text/html", None)


if __name__ == "__main__":
    main()
