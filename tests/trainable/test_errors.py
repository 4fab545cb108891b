"""Errors in a user's file: one line, and where to look."""

import sys

import pytest
import torch
from torch.utils.data import DataLoader

from trainable.catalogue import find_task
from trainable.config import Config
from trainable.errors import OutOfMemoryError, blaming, explain


def write(path, source):
    path.write_text(source)
    return str(path)


def test_an_error_is_told_in_one_line_that_points_into_the_file(tmp_path):
    source = "def data():\n    return {}['images\\nand more']\ndef model(config): ...\n"
    task = find_task(write(tmp_path / "task.py", source))

    with pytest.raises(KeyError) as error:
        task.load().data()

    assert explain(error.value, task.path) == "task.py line 2: KeyError: images and more"


def test_an_error_in_a_module_beside_the_file_points_there(tmp_path):
    write(tmp_path / "layers_of_task.py", "def build(width):\n    return 1 / width\n")
    source = "from layers_of_task import build\ndef train(config):\n    yield build(0)\n"
    task = find_task(write(tmp_path / "task.py", source))

    with pytest.raises(ZeroDivisionError) as error:
        next(task.load().train({}))

    assert explain(error.value, task.path).startswith("layers_of_task.py line 2: ZeroDivision")


def test_an_error_in_torch_points_at_the_function_that_led_there(tmp_path):
    source = (
        "import torch\ndef train(config): yield\ndef model(config): return torch.nn.Linear(3, 1)\n"
    )
    task = find_task(write(tmp_path / "task.py", source))
    model = task.load().model

    with pytest.raises(RuntimeError) as error, blaming(model, " (given float32 (2, 5))"):
        model({})(torch.zeros(2, 5))

    assert explain(error.value, task.path).startswith(
        "task.py line 3 (given float32 (2, 5)): RuntimeError: mat1 and mat2"
    )


def test_an_error_in_a_reading_process_points_into_the_file(tmp_path):
    source = """
def train(config): yield
class Examples:
    def __len__(self):
        return 4
    def __getitem__(self, row):
        raise ValueError(f"row {row} is damaged")
"""
    task = find_task(write(tmp_path / "task.py", source))
    task.load()
    examples = sys.modules["task_task"].Examples()
    with pytest.raises(ValueError, match="damaged") as error:
        next(iter(DataLoader(examples, num_workers=1)))

    assert explain(error.value, task.path) == "task.py line 7: row 0 is damaged"


def test_a_name_that_nobody_sets_names_the_way_out():
    config = Config({"width": 3, "seed": 0})

    with pytest.raises(KeyError) as error:
        config["widht"]

    assert error.value.args[0] == (
        "the configuration has no 'widht': did you mean width? "
        "add it to the space or use config.get('widht', default)"
    )


def test_out_of_memory_is_said_the_same_way_wherever_it_was(tmp_path):
    path = tmp_path / "task.py"

    with pytest.raises(OutOfMemoryError) as error:
        exec(compile("raise Error(512)", str(path), "exec"), {"Error": OutOfMemoryError})

    assert explain(error.value, path) == "out of memory at batch size 512"
