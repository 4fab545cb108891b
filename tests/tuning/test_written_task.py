"""Searches of functions that were defined in cells, on real Ray."""

import shutil

import pytest

from record.settings import TASK_FILE
from results import load
from tune_main import main
from tuning import resume, search

pytestmark = pytest.mark.usefixtures("ray_running")

TASK = """
import torch
from torch import nn
from torch.utils.data import TensorDataset

WIDTH = 8

def make(num):
    inputs = torch.randn(num, WIDTH)
    return TensorDataset(inputs, inputs.sum(1, keepdim=True))

class Net(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(WIDTH, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, inputs):
        return self.layers(inputs)

def data():
    return make(60)

def model(config):
    return Net(config["hidden"])

def loss(outputs, targets):
    return nn.functional.l1_loss(outputs, targets)
"""
OPTIONS = {
    "samples": 4,
    "epochs": 3,
    "space": {"lr": [0.01, 0.1], "hidden": [4, 8]},
    "searcher": "random",
    "scheduler": "none",
    "quiet": True,
    "confirm": False,
    "report": False,
}


@pytest.fixture
def notebook(cells, tmp_path, monkeypatch):
    """A notebook with the task in its cells, in a directory of its own."""
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    return cells(TASK)


def parts(notebook, *names):
    return {name: notebook[name] for name in names}


def curves(run):
    return run.epochs.pivot_table(index="trial_id", columns="epoch", values="val_loss")


def test_losses_of_functions_are_those_of_a_file_to_the_last_bit(notebook, tmp_path, write_task):
    given = parts(notebook, "data", "model", "loss")
    written = search(**given, **OPTIONS, runs_dir=str(tmp_path / "runs"), name="functions")
    of_file = search(write_task(TASK), **OPTIONS, runs_dir=str(tmp_path / "runs"), name="file")

    assert curves(written).equals(curves(of_file))


def test_a_run_of_functions_goes_on_and_is_reproduced_by_itself_elsewhere(
    notebook, tmp_path, monkeypatch, capsys
):
    run = search(**parts(notebook, "data", "model", "loss"), **OPTIONS)
    moved = tmp_path / "elsewhere" / "run"
    shutil.move(run.path, moved)
    shutil.rmtree(tmp_path / "notebooks")
    monkeypatch.chdir(tmp_path)

    assert main(["reproduce", str(moved)]) == 0
    assert main(["resume", str(moved), "--samples", "2"]) == 0
    assert "the same to the last bit" in capsys.readouterr().out
    assert len(load(moved).trials) == 6


def test_the_written_file_is_a_task_like_any_other(notebook, tmp_path):
    run = search(**parts(notebook, "data", "model", "loss"), **OPTIONS)
    kept = tmp_path / "kept.py"
    shutil.copy(run.path / TASK_FILE, kept)

    again = search(kept, **OPTIONS, name="again")

    assert curves(again).equals(curves(run))


def test_the_settings_of_a_run_of_functions_begin_another(notebook, tmp_path, capsys):
    run = search(**parts(notebook, "data", "model", "loss"), **OPTIONS)
    config = ["--config", str(run.path / "run.toml"), "--runs-dir", str(tmp_path / "more")]

    assert main([*config, "--samples", "1", "--quiet", "--name", "again"]) == 0
    assert len(load(tmp_path / "more" / "again").trials) == 1


@pytest.mark.parametrize("place", ["notebooks", "src"])
def test_a_run_of_functions_goes_on_with_the_modules_that_it_imports(
    notebook, cells, tmp_path, monkeypatch, place
):
    """Those beside the notebook, and those from where the notebook has looked for them."""
    (tmp_path / place).mkdir(exist_ok=True)
    (tmp_path / place / f"losses_of_{place}.py").write_text(
        "def train(config):\n    yield {'train_loss': 1.0, 'val_loss': 1.0}\n"
    )
    monkeypatch.syspath_prepend(tmp_path / place)
    train = cells(f"from losses_of_{place} import train")["train"]
    options = OPTIONS | {"epochs": 1, "space": {"lr": [0.1, 0.2]}, "samples": 1}

    run = search(train=train, **options)
    monkeypatch.chdir(tmp_path)

    assert len(resume(run.path, samples=1).trials) == 2


def test_a_class_is_searched(cells, tmp_path):
    made = cells(
        "class Task:\n"
        "    epochs = 2\n"
        "    space = {'lr': [0.1, 0.2]}\n"
        "    def train(self, config):\n"
        "        while True:\n"
        "            yield {'train_loss': 1.0, 'val_loss': config['lr']}\n"
    )["Task"]
    options = {name: OPTIONS[name] for name in ("quiet", "confirm", "report")}

    run = search(made, samples=2, runs_dir=str(tmp_path), **options)

    assert run.recommendation().config == {"lr": 0.1}


REFUSED = {
    "a misspelt part": (
        lambda n: {"data": n["data"], "model": n["model"], "criterion": n["loss"]},
        r"criterion is not an option of a search: did you mean loss\?",
    ),
    "a misspelt option": (
        lambda n: {"data": n["data"], "model": n["model"], "sample": 3},
        r"sample is not an option of a search: did you mean samples\?",
    ),
    "a task and functions": (
        lambda n: {"task": "digits", "loss": n["loss"]},
        r"task and functions are two tasks: give search\(task\) or search\(loss=loss\), not both",
    ),
    "half a task": (lambda n: {"data": n["data"]}, r"task\.py has no model\(config\)"),
    "a data set": (
        lambda n: {"data": n["make"](3), "model": n["model"]},
        r"data is a TensorDataset, .*: give a function that returns it, def data\(\)",
    ),
    "a scheduler that is neither option nor function": (
        lambda n: {"data": n["data"], "model": n["model"], "scheduler": "cosine"},
        "scheduler must be 'asha', 'median' or 'none', got 'cosine'",
    ),
    "an error in a function": (
        lambda n: {"data": n["broken"], "model": n["model"]},
        r"task\.py line \d+: .*no examples here",
    ),
    "a name of the space that nobody reads": (
        lambda n: {"data": n["data"], "model": n["model"], "space": {"depth": [1, 2]}},
        "depth",
    ),
}


@pytest.mark.parametrize(("given", "message"), REFUSED.values(), ids=REFUSED)
def test_a_search_that_cannot_be_is_refused_in_one_line_and_leaves_nothing(
    notebook,
    cells,
    tmp_path,
    given,
    message,
):
    cells("def broken():\n    raise RuntimeError('no examples here')")

    with pytest.raises(ValueError, match=message) as refused:
        search(**{"space": OPTIONS["space"], "quiet": True} | given(notebook))

    assert len(str(refused.value).splitlines()) == 1
    assert not (tmp_path / "notebooks" / "runs").exists()


def test_an_error_shows_the_line_that_nobody_has_seen(notebook, cells):
    cells("def broken():\n    raise RuntimeError('no examples here')")

    with pytest.raises(ValueError, match="no examples here") as refused:
        search(data=notebook["broken"], model=notebook["model"], space=OPTIONS["space"], quiet=True)

    (note,) = refused.value.__notes__
    assert note.endswith("of task.py: raise RuntimeError('no examples here')")
