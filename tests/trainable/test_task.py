"""Finding a task, and what can be said of it without running it."""

import subprocess
import sys

import pytest

from trainable.catalogue import find_task, shipped_tasks
from trainable.config import LOOP_NAMES

BOTH = "def data(): ...\ndef model(config): ...\n"


def write(path, source):
    path.write_text(source)
    return str(path)


def test_shipped_tasks_say_what_they_are_without_being_run():
    assert shipped_tasks() == ["breast_cancer", "charlm", "diabetes", "digits", "mnist5k"]
    for name in shipped_tasks():
        task = find_task(name)
        assert task.description.endswith(".")
        assert task.epochs >= 9


def test_finding_a_task_imports_neither_torch_nor_ray():
    code = (
        "import sys; from trainable.catalogue import find_task; task = find_task('digits');"
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
    own = find_task(write(tmp_path / "a.py", "def train(config, checkpoint=None): yield\n"))
    optimizer = find_task(write(tmp_path / "b.py", BOTH + "def optimizer(model, config): ...\n"))

    assert own.loop_reads(LOOP_NAMES) == frozenset()
    assert "lr" not in optimizer.loop_reads(LOOP_NAMES)
    assert "batch_size" in optimizer.loop_reads(LOOP_NAMES)


REQUIRES = """
def train(config, checkpoint=None):
    if config["lr"] > config.get("limit", 1):
        width = config["width"]
    for epoch in range(config["epochs"]):
        yield {"train_loss": 1.0, "val_loss": config["heigth"]}
"""


def test_a_name_that_train_reads_in_any_case_must_be_set(tmp_path):
    task = find_task(write(tmp_path / "task.py", REQUIRES))

    task.check_required({"heigth", "epochs"})
    with pytest.raises(ValueError, match=r"task.py line 6: .* no 'heigth': did you mean height\?"):
        task.check_required({"height", "epochs"})


@pytest.mark.parametrize(
    ("before", "last"),
    [
        ("config = {'width': 3, **config}", "width"),
        ("if config['lr'] > 1:\n        return", "width"),
        ("for config in [config]:\n        pass", "width"),
        ("try:\n        raise ValueError\n    except ValueError:\n        return", "width"),
        ("if config['lr'] > 1:\n        config['depth']", "lr"),
        ("match config['lr']:\n        case 1:\n            config['depth']", "lr"),
        ("with suppress(KeyError):\n        config['depth']", "lr"),
        ("try:\n        config['depth']\n    except* KeyError:\n        pass", "lr"),
    ],
)
def test_what_may_not_be_reached_or_is_another_configuration_need_not_be_set(
    tmp_path, before, last
):
    source = f"def train(config):\n    {before}\n    yield config[{last!r}]\n"

    find_task(write(tmp_path / "task.py", source)).check_required({"lr"})
