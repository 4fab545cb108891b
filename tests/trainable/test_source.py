"""What a task's text says of `epochs` and `space`: what Python would say, run only where needed."""

import random
import sys
from pathlib import Path

import pytest

from trainable.source import ANYTHING, Source

PLAIN = [
    "epochs = 2",
    "epochs: int = 2",
    "if True:\n    quick = 1\nepochs = 2",
    "epochs = 2\nprint(f'{epochs} epochs')",
    "epochs = 2\nclass Settings:\n    epochs = 5",
    "epochs = 2\ndef rest(epochs=7):\n    epochs += 1",
    "epochs = 2\ndef rest(config):\n    for epochs in range(9): pass",
    "epochs = 2\ndef test(model):\n    model.eval().modules()",
    "epochs = 2\nlongest = max([epochs for epochs in range(9)])",
]
RUN = [
    "import math\nepochs = math.ceil(1.5)",
    "epochs = 1 + 1",
    "epochs = 2 if __name__ != '__main__' else 50",
    "epochs = 1\nepochs = 2",
    "epochs = 1\nepochs += 1",
    "epochs = rounds = 2",
    "epochs, rounds = 2, 3",
    "[rounds, *_, epochs] = 5, 4, 3, 2",
    "QUICK = True\nepochs = 30\nif QUICK:\n    epochs = 2",
    "try:\n    import no_such_module\n    epochs = 30\nexcept ImportError:\n    epochs = 2",
    "for epochs in range(3):\n    pass",
    "while (epochs := 2) > 5:\n    pass",
    "from contextlib import nullcontext\nwith nullcontext(2) as epochs:\n    pass",
    "epochs = 9\ndef shorten():\n    global epochs\n    epochs = 2\nshorten()",
    "epochs = 9\nclass Shorter:\n    global epochs\n    epochs = 2",
    "epochs = 9\ndef rest(num=(epochs := 2)): ...",
    "epochs = 9\n@(epochs := lambda f: 2)\ndef epochs(): ...",
    "epochs = 9\n[epochs := n for n in range(3)]",
    "epochs = 9\nmatch {'epochs': 2}:\n    case {'epochs': epochs}: ...",
    "epochs = 9\nglobals()['epochs'] = 2",
    "epochs = 9\nvars().update(epochs=2)",
    "epochs = 9\nexec('epochs = 2')",
    "import sys\nepochs = 9\nsys.modules[__name__].epochs = 2",
    "import sys\nepochs = 9\nsetattr(sys.modules[__name__], 'epochs', 2)",
    "class Settings:\n    epochs = 2\nepochs = Settings.epochs",
    "from dataclasses import dataclass\n@dataclass\nclass Settings:\n    epochs: int = 2\n"
    "epochs = Settings().epochs",
    "epochs = int(f'{2}')",
    "epochs = {'quick': 2, 'full': 50}['quick']",
    "epochs = (lambda: 2)()",
    "import numpy\nepochs = numpy.int64(2)",
    "import os\nepochs = int(os.environ.get('NO_SUCH_VARIABLE', '2'))",
    "import argparse\nparser = argparse.ArgumentParser()\n"
    "parser.add_argument('--epochs', type=int, default=2)\nepochs = parser.parse_args().epochs",
]
DEFAULT = [
    "",
    "epochs: int",
    "epochs = 5\ndel epochs",
    "epochs = None",
    "class Settings:\n    epochs = 5",
    "def rest(config):\n    epochs = 5",
    "if __name__ == '__main__':\n    epochs = 5",
    "try:\n    raise ValueError\nexcept ValueError as epochs:\n    pass",
]


def knows(source, name):
    """Whether the text alone tells."""
    return Source(Path("my_task.py"), source).value(name) is not ANYTHING


@pytest.mark.parametrize("source", PLAIN + RUN)
def test_epochs_are_what_python_says(task_of, source):
    assert task_of(source).epochs == 2


@pytest.mark.parametrize("source", DEFAULT)
def test_a_file_whose_module_has_no_epochs_has_the_default(task_of, source):
    assert task_of(source).epochs == 27


def test_a_class_may_have_an_attribute_for_any_name():
    settings = "class Settings(dict):\n    def __getattr__(self, name): return self[name]\n"

    assert knows(settings + "epochs = 2", "epochs")
    assert not knows("def __getattr__(name): return 2\nepochs = 2", "epochs")


def test_the_file_is_run_unless_one_plain_assignment_of_a_literal_tells():
    assert all(knows(source, "epochs") for source in PLAIN)
    assert not any(knows(source, "epochs") for source in RUN)


SPACES = [
    "space['hidden'] = [1, 2]",
    "space |= {'hidden': [1, 2]}",
    "space = space | {'hidden': [1, 2]}",
    "space = {**space, 'hidden': [1, 2]}",
    "space.update(hidden=[1, 2])",
    "space.setdefault('hidden', [1, 2])",
    "space['width'] = [1]\nspace['hidden'] = [1, 2]\nspace.pop('width')",
    "space['hidden'], rounds = [1, 2], 3",
    "same = space\nsame['hidden'] = [1, 2]",
    "def widen(what):\n    what['hidden'] = [1, 2]\nwiden(space)",
    "def widen():\n    space['hidden'] = [1, 2]\nwiden()",
    "for name in ['hidden']:\n    space[name] = [1, 2]",
    "space.__setitem__('hidden', [1, 2])",
    "class Widen:\n    space['hidden'] = [1, 2]",
    "dict.update(space, {'hidden': [1, 2]})",
    "space['hidden'] = [9]\nspace['hidden'][:] = [1, 2]",
    "if not space.get('hidden'):\n    space[f'hid{\"den\"}'] = [1, 2]",
]


@pytest.mark.parametrize("change", SPACES)
def test_a_space_that_the_file_changes_is_what_it_becomes(task_of, change):
    assert task_of(f"space = {{'lr': [0.1]}}\n{change}").space == {"lr": [0.1], "hidden": [1, 2]}


def test_a_list_within_a_space_that_is_changed_is_what_it_becomes(task_of):
    assert task_of("space = {'lr': [0.1]}\nspace['lr'].append(1.0)").space == {"lr": [0.1, 1.0]}


@pytest.mark.parametrize(
    "line",
    [
        "from chosen import epochs, space",
        "from chosen import *",
        "import chosen\nepochs, space = chosen.epochs, chosen.space",
        "from chosen import length as epochs, where as space",
    ],
)
def test_what_is_imported_from_a_file_beside_it_counts(task_of, tmp_path, line, monkeypatch):
    chosen = "epochs = length = 2\nspace = where = {'lr': [0.5]}\ntrain = None\n"
    (tmp_path / "chosen.py").write_text(chosen)
    monkeypatch.delitem(sys.modules, "chosen", raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    task = task_of(line)

    assert (task.epochs, task.space) == (2, {"lr": [0.5]})
    assert not task.defines("train")
    assert not task.defines("optimizer")


@pytest.mark.parametrize(
    ("source", "defined"),
    [
        ("def loss(outputs, targets): ...", True),
        ("loss = lambda outputs, targets: 0", True),
        ("import math\nloss = math.dist", True),
        ("from math import dist as loss", True),
        ("from torch import nn\nloss = nn.MSELoss()", True),
        ("loss = None", False),
        ("def loss(outputs, targets): ...\ndel loss", False),
        ("if False:\n    def loss(outputs, targets): ...", False),
        ("loss = print if 1 > 2 else None", False),
        ("def forget(function): ...\n@forget\ndef loss(outputs, targets): ...", False),
        ("class Net:\n    def loss(self): ...", False),
        ("def outer():\n    def loss(): ...", False),
        ("from math import *", False),
    ],
)
def test_a_function_is_defined_where_the_module_has_it(task_of, source, defined):
    assert task_of(source).defines("loss") is defined


def test_data_that_is_called_train_is_no_training_loop(task_of):
    task = task_of("train, test = [1, 2], [3]")

    assert not task.defines("train")
    assert task.load().train is None


MIXED = [
    *("epochs = 3", "epochs = 4", "epochs: int = 5", "epochs: int", "epochs += 1", "del epochs"),
    *("a, epochs = 1, 6", "epochs = b = 7", "if 1:\n    epochs = 8", "(epochs := 9)", "f()", "g()"),
    *("for epochs in (1, 2): pass", "[epochs for epochs in range(3)]", "def epochs(): pass"),
    *(
        "def f():\n    global epochs\n    epochs = 10",
        "def g():\n    epochs = 11",
        "import ast as epochs",
    ),
    *(
        "class K:\n    epochs = 12",
        "class L:\n    global epochs\n    epochs = 13",
        "exec('epochs = 99')",
    ),
    *("[epochs := n for n in range(3)]", "def h(v=(epochs := 14)): pass", "lambda: (epochs := 3)"),
    *(
        "match 3:\n    case epochs: pass",
        "while False:\n    epochs = 1",
        "globals()['epochs'] = 15",
    ),
    *("space = {'lr': [1]}", "space = {'a': [2]}", "space['b'] = 1", "space |= {'c': 1}", "m()"),
    *("space.update(d=1)", "space.pop('lr', 0)", "s = space", "s['e'] = 1", "space = dict(space)"),
    *("def m():\n    space['f'] = 1", "def n(space):\n    space['g'] = 1", "n({})", "n(space)"),
    *("space: dict = {}", "K.space = 3", "vars()['space'] = {'z': 1}", "(space)['lr'].append(4)"),
]


def test_whatever_is_mixed_the_text_says_what_python_says_or_nothing():
    choose = random.Random(0)
    told = 0
    for _ in range(4000):
        text = "\n".join(choose.choices(MIXED, k=choose.randint(1, 7)))
        scope = {"__name__": "task"}
        try:
            exec(text, scope)
        except Exception:  # a name before it is bound: no file that runs
            continue
        for name in ("epochs", "space"):
            value = Source(Path("my_task.py"), text).value(name)
            told += value is not ANYTHING
            assert value is ANYTHING or value == scope.get(name), text
    assert told > 500
