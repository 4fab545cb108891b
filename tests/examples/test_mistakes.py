"""Mistakes in a task, as the command tells them: one line that points into the file, exit 2."""

import pytest

from tune_main import main

TASK = """
import torch
from torch import nn
from torch.utils.data import TensorDataset
space = {"lr": [0.01, 0.1]}
def data():
    return TensorDataset(torch.rand(90, 3), torch.rand(90, 1))
def model(config):
    return nn.Linear(3, 1)
"""


@pytest.mark.usefixtures("ray_running")
@pytest.mark.parametrize(
    ("addition", "message"),
    [
        ("space = {'lr': [0.1], 'hiden': [1, 2]}", "samples hiden, which neither"),
        (
            "space = {'widht': [1, 2]}\ndef model(config):\n    return config['width'], 'widht'",
            "samples widht, which neither the training loop nor my_task.py reads: did you mean "
            "width? correct the name, or read it in the task",
        ),
        (
            "def model(config):\n    return nn.Linear(config['width'], 1)",
            "my_task.py line 11: the configuration has no 'width': add it to the space or use",
        ),
        (
            "def loss(outputs, targets):\n    return outputs",
            "my_task.py line 10 (outputs float32 (32, 1); targets float32 (32, 1)): "
            "loss() must return",
        ),
        (
            "def metrics(outputs, targets):\n    return {'name': None}",
            "my_task.py line 10: metrics() must give numbers, got NoneType for 'name'",
        ),
        (
            "def model(config):\n    return nn.ReLU()",
            "my_task.py line 10: model(config) has no parameters to train",
        ),
        (
            "def model(config):\n    return nn.Linear(4, 1)",
            "my_task.py line 10 (given float32 (32, 3)): RuntimeError: mat1 and mat2",
        ),
    ],
)
def test_a_mistake_is_one_line_that_points_into_the_file(addition, message, tmp_path, capsys):
    path = tmp_path / "my_task.py"
    path.write_text(TASK + addition + "\n")

    code = main(["--task", str(path), "--samples", "2", "--runs-dir", str(tmp_path / "runs")])

    error = capsys.readouterr().err
    assert code == 2
    assert message in error
    assert error.startswith("tune_main.py: ")
    assert error.count("\n") == 1
    assert not (tmp_path / "runs").exists()
