"""What a task may be given as: a name, a path, a module, a class."""

import importlib
import types

import pytest

from trainable.written.given import task_of

TASK = """
def data():
    return [1, 2], [3, 4]
def model(config):
    return config["width"]
epochs = 4
"""
CLASS = """
class Task:
    epochs = 4
    space = {"lr": [0.1, 0.2]}
    def __init__(self):
        self.scale = 2
    def data(self):
        return self.scale
    @staticmethod
    def model(config):
        return config["width"]
    @classmethod
    def optimizer(cls, model, config):
        return cls.epochs
    def loss(self, outputs, targets, weight=0.5):
        return weight * outputs
"""


def test_a_path_and_its_text_are_one_task(tmp_path):
    path = tmp_path / "my_task.py"
    path.write_text(TASK)

    assert task_of(path) == task_of(str(path))


def test_a_module_is_its_file(tmp_path, monkeypatch):
    (tmp_path / "my_task_17.py").write_text(TASK)
    monkeypatch.syspath_prepend(tmp_path)

    task = task_of(importlib.import_module("my_task_17"))

    assert (task.path, task.epochs) == (tmp_path / "my_task_17.py", 4)


def test_a_module_of_a_package_keeps_its_name(tmp_path, monkeypatch):
    (tmp_path / "package_17").mkdir()
    (tmp_path / "package_17" / "__init__.py").write_text("")
    (tmp_path / "package_17" / "my_task.py").write_text(TASK)
    monkeypatch.syspath_prepend(tmp_path)

    task = task_of(importlib.import_module("package_17.my_task"))

    assert task.spec == "package_17.my_task"


def test_the_methods_of_a_class_are_the_parts_of_a_task(cells):
    file = task_of(cells(CLASS)["Task"])

    task = file.load()

    assert (file.epochs, file.space) == (4, {"lr": [0.1, 0.2]})
    assert task.data() == 2
    assert task.model({"width": 3}) == 3
    assert task.optimizer(None, {}) == 4
    assert task.loss(2.0, None) == 1.0
    assert "width" in file.reads.names


def test_a_generator_may_be_a_method(cells):
    source = "class Task:\n    def train(self, config, checkpoint=None):\n        yield checkpoint"
    task = task_of(cells(source)["Task"]).load()

    assert list(task.train({})) == [None]
    assert list(task.train({}, 1)) == [1]


def test_a_class_of_a_module_is_imported_from_there(tmp_path, monkeypatch):
    (tmp_path / "classes_17.py").write_text(CLASS)
    monkeypatch.syspath_prepend(tmp_path)

    task = task_of(importlib.import_module("classes_17").Task)

    assert "from classes_17 import Task" in task.source
    assert task.load().data() == 2


REFUSED = {
    "a class without parts": (
        "class Task:\n    pass",
        r"task is the class Task, which has none of data, .*: a task class has data\(\)",
    ),
    "a class that needs arguments": (
        "class Task:\n    def __init__(self, n): pass\n    def train(self, config): yield 1",
        r"Task\(\) must need no arguments, and takes n",
    ),
    "a method without self": (
        "class Task:\n    def data(): return 1\n    def model(self, config): return 1",
        r"Task\.data\(\) takes nothing, not even self: add self, or @staticmethod",
    ),
    "a part called as in another library": (
        "class Task:\n    def data(self): return 1\n    def model(self, config): return 1\n"
        "    def criterion(self, a, b): return 1",
        r"Task\.criterion is not called by anyone: did you mean loss\(outputs, targets\)\?",
    ),
    "a class without a model": (
        "class Task:\n    def data(self): return 1",
        r"task\.py has no model\(config\)",
    ),
    "a model": (
        "from torch import nn\nclass Task(nn.Module):\n    pass",
        "task is a class of torch, Task: is it model=Task",
    ),
    "an object of a class": (
        "class T:\n    def train(self, config): yield 1\nTask = T()",
        r"task is a T, and cannot be written into a run: search\(T\)",
    ),
    "a function": (
        "def Task(): return 1",
        r"task is a function, Task: give it by its name, search\(data=",
    ),
    "a number": ("Task = 3", "task is an int, and cannot be written into a run: give a shipped"),
}


@pytest.mark.parametrize(("source", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_task_is_refused_with_the_way_out(cells, source, message):
    given = cells(source)["Task"]

    with pytest.raises(ValueError, match=message):
        task_of(given)


def test_a_module_without_a_file_is_refused():
    with pytest.raises(ValueError, match="task is the module made, which has no file: give its"):
        task_of(types.ModuleType("made"))


def test_a_notebook_is_no_file_of_a_task(tmp_path):
    (tmp_path / "mine.ipynb").write_text("{}")

    with pytest.raises(ValueError, match="is a notebook: search from a cell of it"):
        task_of(tmp_path / "mine.ipynb")


def test_a_notebook_is_one_by_its_bare_name_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.ipynb").write_text("{}")

    with pytest.raises(ValueError, match=r"'mine\.ipynb' is a notebook: search from a cell of it"):
        task_of("mine.ipynb")
