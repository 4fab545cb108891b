"""The batch before the first trial: what it shows of a task, refused or said."""

import pytest

from tests.trainable.conftest import LINEAR
from trainable.catalogue import find_task
from trainable.errors import explain
from trainable.preflight import preflight
from trainable.trial import make_trial


@pytest.mark.parametrize("name", ["breast_cancer", "charlm", "diabetes", "digits"])
def test_shipped_tasks_pass_their_first_batch(name):
    task = find_task(name).load()

    result = preflight(task, task.load_data(0), {"batch_size": 4}, epochs=1)

    assert result.num_parameters > 1000
    assert min(result.num_examples) > 50


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("return 3", "must return a torch.nn.Module, got int"),
        ("return nn.Flatten()", "no parameters"),
        ("return nn.Linear(5, 1)", "mat1 and mat2 shapes cannot be multiplied"),
        ("return nn.Linear(3, config['width'])", "width"),
    ],
)
def test_a_model_that_cannot_train_fails_on_its_first_batch(task_file, model, message):
    source = f"""
import torch
from torch import nn
from torch.utils.data import TensorDataset
def data():
    return TensorDataset(torch.zeros(30, 3), torch.zeros(30, 1))
def model(config):
    {model}
"""
    task = task_file(source).load()

    with pytest.raises((ValueError, RuntimeError, KeyError), match=message):
        preflight(task, task.load_data(0), {}, epochs=1)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        ("return outputs", r"must return one number, the mean of the batch, got shape \(22, 1\)"),
        ("return 0.5", "must return a tensor of one number, got float"),
    ],
)
def test_a_loss_that_is_not_one_number_is_refused(task_file, loss, message):
    source = f"""
import torch
from torch import nn
from torch.utils.data import TensorDataset
def data():
    return TensorDataset(torch.zeros(30, 3), torch.zeros(30, 1))
def model(config):
    return nn.Linear(3, 1)
def loss(outputs, targets):
    {loss}
"""
    task = task_file(source).load()

    with pytest.raises(ValueError, match=message):
        preflight(task, task.load_data(0), {}, epochs=1)


@pytest.mark.parametrize(
    ("addition", "message"),
    [
        (
            "def loss(outputs, targets):\n    return outputs\n",
            "my_task.py line 9 (outputs float32 (22, 1); targets float32 (22, 1)): "
            "loss() must return",
        ),
        (
            "def metrics(outputs, targets):\n    return {'name': 'x'}\n",
            "my_task.py line 9: metrics() must give numbers, got str for 'name'",
        ),
        (
            "def model(config):\n    return nn.Linear(5, 1)\n",
            "my_task.py line 9 (given float32 (22, 3)): RuntimeError: mat1 and mat2",
        ),
        (
            "def data():\n    return [(1, 'a')] * 9\ndef collate(e):\n    return e[0]\n",
            "my_task.py line 9: a batch must hold tensors whose first dimension",
        ),
        (
            "def model(config):\n    return nn.Flatten()\n",
            "my_task.py line 9: model(config) has no parameters to train",
        ),
        (
            "def model(config):\n    return nn.Linear(3, config['width'])\n",
            "my_task.py line 10: the configuration has no 'width': add it to the space",
        ),
    ],
)
def test_each_mistake_is_one_line_that_points_into_the_file(task_file, addition, message):
    file = task_file(LINEAR + addition)
    task = file.load()

    with pytest.raises((ValueError, RuntimeError, KeyError)) as error:
        preflight(task, task.load_data(0), {}, epochs=1)

    assert explain(error.value, file.path).startswith(message)


LOSSES = {
    "mean": "((o - t - 1) ** 2).mean()",
    "sum": "((o - t - 1) ** 2).sum()",
    "spread": "(o - t).std() + 1",
}


def test_a_loss_is_looked_at_with_the_halves_of_a_batch(task_file, tmp_path):
    """A sum is refused, what depends on the whole batch is said."""
    found = {}
    for name, value in LOSSES.items():
        source = LINEAR.replace("torch.zeros(30, 3)", "torch.randn(30, 3)")
        task = task_file(f"{source}\ndef loss(o, t): return {value}\n").load()
        try:
            notes = preflight(task, task.load_data(0), {}, epochs=1).notes
            found[name] = tuple(note for note in notes if "validation part" not in note)
        except ValueError as error:
            found[name] = explain(error, tmp_path / "my_task.py")

    assert found["mean"] == ()
    assert found["sum"].startswith("my_task.py line 10: loss() is the sum over its batch")
    assert "depends on which examples are together" in found["spread"][0]


def test_a_loss_may_take_the_configuration(task_file):
    source = (
        LINEAR + "def loss(o, t, config): return config['weight'] * ((o - t - 1) ** 2).mean()\n"
    )
    task = task_file(source).load()
    data = task.load_data(0)

    light, heavy = (
        make_trial(task, data, {"weight": w, "lr": 1e-9}, seed=0, epochs=1) for w in (1, 3)
    )

    assert "weight" in preflight(task, data, {"weight": 1.0}, epochs=1).names_read
    assert heavy.run_epoch().val_loss == pytest.approx(3 * light.run_epoch().val_loss)


def test_a_validation_part_without_a_batch_is_refused(task_file):
    source = (
        LINEAR
        + """
def data():
    part = TensorDataset(torch.zeros(30, 3), torch.zeros(30, 1))
    return part, lambda batch_size: iter([])
"""
    )
    task = task_file(source).load()

    with pytest.raises(ValueError, match="data\\(\\) gave no batch"):
        preflight(task, task.load_data(0), {}, epochs=1)


@pytest.mark.parametrize(
    "addition",
    [
        "def model(config):\n    torch.manual_seed(7)\n    return nn.Linear(3, 1)",
        "def optimizer(model, config):\n    torch.manual_seed(7)\n"
        "    return torch.optim.SGD(model.parameters(), lr=0.1)",
        "def loss(o, t):\n    torch.manual_seed(7)\n    return ((o - t - 1) ** 2).mean()",
    ],
)
def test_a_task_that_seeds_torch_itself_is_said(task_file, addition):
    """All its trials are of one seed, and fresh seeds are none."""
    task = task_file(LINEAR + addition + "\n").load()

    assert (
        "the task seeds torch itself, with 7"
        in preflight(task, task.load_data(0), {}, epochs=1).notes[-1]
    )


CLASSES = LINEAR.replace("torch.zeros(30, 1)", "torch.arange(30) % 4").replace("3, 1", "3, 4")


@pytest.mark.parametrize(
    ("addition", "is_said"),
    [
        ("", False),
        ("def model(config): return nn.Sequential(nn.Linear(3, 4), nn.Softmax(1))", True),
        ("def model(config): return nn.Sequential(nn.Linear(3, 4), nn.LogSoftmax(1))", False),
        (
            "def model(config): return nn.Sequential(nn.Linear(3, 4), nn.Softmax(1))\n"
            "loss = nn.CrossEntropyLoss()",
            True,
        ),
        (
            "def model(config): return nn.Sequential(nn.Linear(3, 4), nn.Softmax(1))\n"
            "def loss(o, t): return nn.functional.nll_loss(o.log(), t)",
            False,
        ),
    ],
)
def test_probabilities_for_a_cross_entropy_are_said(task_file, addition, is_said):
    task = task_file(f"{CLASSES}{addition}\n").load()

    notes = preflight(task, task.load_data(0), {}, epochs=1).notes

    assert any("leave the softmax out of the model" in note for note in notes) == is_said


def test_label_smoothing_without_classes_is_refused(task_file):
    task = task_file(LINEAR).load()

    with pytest.raises(ValueError, match="label_smoothing is of the cross entropy of integer targ"):
        preflight(task, task.load_data(0), {"label_smoothing": 0.1}, epochs=1)
