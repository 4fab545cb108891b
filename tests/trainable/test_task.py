"""Finding a task, and what can be said of it without running it."""

import subprocess
import sys

import pytest

from trainable.config import LOOP_NAMES
from trainable.errors import explain
from trainable.preflight import preflight
from trainable.task import find_task, shipped_tasks

BOTH = "def data(): ...\ndef model(config): ...\n"


def write(path, source):
    path.write_text(source)
    return str(path)


def test_shipped_tasks_say_what_they_are_without_being_run():
    assert shipped_tasks() == ["breast_cancer", "charlm", "diabetes", "digits"]
    for name in shipped_tasks():
        task = find_task(name)
        assert task.description.endswith(".")
        assert task.epochs >= 9


@pytest.mark.parametrize("name", ["breast_cancer", "charlm", "diabetes", "digits"])
def test_shipped_tasks_pass_their_first_batch(name):
    task = find_task(name).load()

    result = preflight(task, task.load_data(0), {"batch_size": 4}, epochs=1)

    assert result.num_parameters > 1000
    assert min(result.num_examples) > 50


def test_finding_a_task_imports_neither_torch_nor_ray():
    code = (
        "import sys; from trainable.task import find_task; task = find_task('digits');"
        "print(task.epochs, task.space, 'torch' in sys.modules, 'ray' in sys.modules)"
    )

    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert output.stdout.split() == ["27", "lr-batch", "False", "False"], output.stderr


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("digitz", "got 'digitz': did you mean digits"),
        ("no/such.py", "task file 'no/such.py' does not exist"),
        ("no.such.module", "task module 'no.such.module' cannot be imported"),
        ("a\nb" * 5000, r"got 'a\\nb"),
    ],
)
def test_an_unknown_task_is_refused_in_one_short_line(spec, message):
    with pytest.raises(ValueError, match=message) as error:
        find_task(spec)

    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 250


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def model(config): ...", r"task.py has no data\(\): a task needs data\(\) and model"),
        ("def data(): ...", r"task.py has no model\(config\)"),
        ("def data(:", "task.py line 1: invalid syntax"),
        ("\0", "task.py"),
    ],
)
def test_a_file_that_is_no_task_is_refused(tmp_path, source, message):
    with pytest.raises(ValueError, match=message):
        find_task(write(tmp_path / "task.py", source))


def test_settings_that_are_no_literals_are_computed(tmp_path):
    source = BOTH + "epochs = 3 * 4\nspace = {'lr': [10.0 ** -n for n in range(3)]}\n"

    task = find_task(write(tmp_path / "task.py", source))

    assert task.epochs == 12
    assert task.space == {"lr": [1.0, 0.1, 0.01]}


@pytest.mark.parametrize("epochs", ["0", "'many'", "True"])
def test_epochs_must_be_a_count(tmp_path, epochs):
    task = find_task(write(tmp_path / "task.py", BOTH + f"epochs = {epochs}\n"))

    with pytest.raises(ValueError, match="epochs must be an integer of at least 1"):
        _ = task.epochs


def test_modules_beside_the_file_can_be_imported(tmp_path):
    write(tmp_path / "neighbour_of_task.py", "VALUE = 5\n")
    source = "from neighbour_of_task import VALUE\n" + BOTH.replace("...", "return VALUE")

    assert find_task(write(tmp_path / "task.py", source)).load().data() == 5


def test_a_task_with_its_own_training_reads_nothing_through_the_loop(tmp_path):
    own = find_task(write(tmp_path / "a.py", "def train(config, checkpoint=None): ...\n"))
    optimizer = find_task(write(tmp_path / "b.py", BOTH + "def optimizer(model, config): ...\n"))

    assert own.loop_reads(LOOP_NAMES) == frozenset()
    assert "lr" not in optimizer.loop_reads(LOOP_NAMES)
    assert "batch_size" in optimizer.loop_reads(LOOP_NAMES)


def test_an_error_is_told_in_one_line_that_points_into_the_file(tmp_path):
    source = "def data():\n    return {}['images\\nand more']\ndef model(config): ...\n"
    task = find_task(write(tmp_path / "task.py", source))

    with pytest.raises(KeyError) as error:
        task.load().data()

    assert explain(error.value, task.path) == "task.py line 2: KeyError: images and more"


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


def test_names_inside_functions_are_not_the_tasks(tmp_path):
    """`train, test = ...` in data() does not make a task with a loop of its own."""
    source = "def data():\n    train = 1\n    return train\ndef model(config): ...\n"

    task = find_task(write(tmp_path / "task.py", source))

    assert not task.defines("train")
    assert "lr" in task.loop_reads(LOOP_NAMES)
