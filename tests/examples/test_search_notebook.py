"""The notebook that searches: its cells run in a kernel, one of them interrupted."""

import asyncio
import os
from pathlib import Path

import pytest

from tests import PATIENCE

nbformat = pytest.importorskip("nbformat", reason="needs nbformat, for the notebook only")
nbclient = pytest.importorskip("nbclient", reason="needs nbclient, for the notebook only")
pytest.importorskip("ipykernel", reason="needs ipykernel, for the notebook only")

ROOT = Path(__file__).parent.parent.parent
NOTEBOOK = ROOT / "examples" / "search_in_a_notebook.ipynb"
FIGURE = "application/vnd.plotly.v1+json"
STOPPED = """
import time

def train(config):
    for epoch in range(config["epochs"]):
        time.sleep(0.05)
        yield {"train_loss": 1 / (epoch + 1), "val_loss": config["lr"] / (epoch + 1)}

stopped = search(train=train, epochs=9, samples=300, runs_dir="runs", name="stopped",
                 space={"lr": {"type": "float", "low": 0.1, "high": 1.0}}, searcher="random")
"""


class Client(nbclient.NotebookClient):
    """Runs cells, and keeps each text that an output had."""

    def process_message(self, msg, cell, cell_index):
        if msg["msg_type"] == "update_display_data":
            shown = cell.metadata.setdefault("shown", [])
            shown.append(msg["content"]["data"]["text/plain"])
        return super().process_message(msg, cell, cell_index)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The cells of the notebook by their text, run; between two of them one is interrupted."""
    scratch = tmp_path_factory.mktemp("notebook")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    last = next(n for n, cell in enumerate(notebook.cells) if "resume(run.path" in cell.source)
    notebook.cells.insert(last, nbformat.v4.new_code_cell(STOPPED))
    client = Client(notebook, timeout=PATIENCE, allow_errors=True)
    client.resources = {"metadata": {"path": str(scratch)}}

    async def run():
        async with client.async_setup_kernel(env=kernel_environment()):
            for place, cell in enumerate(notebook.cells):
                if cell.cell_type != "code":
                    continue
                begun = asyncio.ensure_future(client.async_execute_cell(cell, place))
                if cell.source == STOPPED:
                    await some_epochs(scratch / "runs" / "stopped" / "epochs.jsonl", begun)
                    await client.km.interrupt_kernel()
                await begun

    asyncio.run(run())
    return {cell.source: cell for cell in notebook.cells if cell.cell_type == "code"}


def kernel_environment():
    return os.environ | {"PYTHONPATH": str(ROOT), "PLOTLY_RENDERER": "plotly_mimetype"}


async def some_epochs(record, cell):
    """Wait until the record has some, or the cell has ended without."""
    while not cell.done() and not (record.exists() and record.read_text().count('"epoch"') > 8):
        await asyncio.sleep(0.1)


def cell_with(ran, text):
    return next(cell for source, cell in ran.items() if text in source)


def texts(cell):
    data = [o.data["text/plain"] for o in cell.outputs if "data" in o]
    return "\n".join([*data, *(o.text for o in cell.outputs if "text" in o)])


def test_every_cell_runs_and_says_nothing_on_the_side(ran):
    cells = [cell for source, cell in ran.items() if source != STOPPED]
    outputs = [output for cell in cells for output in cell.outputs]

    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]


def test_a_search_leaves_its_plan_and_how_its_trials_ended(ran):
    (output,) = cell_with(ran, "run = search(").outputs

    assert "12 configurations of" in output.data["text/plain"]
    assert output.data["text/plain"].count(" finished") == 1
    assert output.data["text/html"].startswith("<pre")


def test_a_run_is_shown_with_pictures_that_nothing_is_fetched_for(ran):
    answer, *pictures = ran["run"].outputs

    assert "Use  lr" in answer.data["text/html"]
    assert [list(picture.data) for picture in pictures] == [[FIGURE], [FIGURE]]
    assert not any(word in str(answer.data) for word in ("<script", "<img", "http"))


def test_the_written_task_is_readable(ran):
    written = texts(cell_with(ran, "task.py"))

    assert written.startswith('"""Written by flatbasin.search')
    assert 'return Net(hidden=config["hidden"], dropout=config.get("dropout", 0.0))' in written


def test_an_interrupted_cell_shows_the_ranking_so_far_and_how_to_go_on(ran):
    cell = ran[STOPPED]
    (error,) = [o for o in cell.outputs if o.output_type == "error"]
    shown = "\n".join(error.traceback)

    assert error.ename == "Interrupted"
    assert shown.lstrip().startswith("rank")
    assert "interrupted: go on with python tune_main.py resume" in shown
    assert 'run = resume("' in shown
    assert "Traceback" not in shown


def test_progress_is_drawn_in_its_place(ran):
    shown = ran[STOPPED].metadata["shown"]

    assert any("best so far" in text and "running" in text for text in shown)


def test_a_kernel_whose_search_was_interrupted_searches_again(ran):
    cell = cell_with(ran, "resume(run.path")

    assert "config/hidden" in texts(cell)


def test_the_notebook_is_committed_with_its_outputs_and_small():
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    outputs = [o for cell in cells for o in cell.get("outputs", ())]

    assert sum("image/png" in o.get("data", {}) for o in outputs) == 2
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
    assert NOTEBOOK.stat().st_size < 200_000
