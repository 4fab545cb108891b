"""Functions of cells: what is written out does the same."""

import inspect

import pytest

from tests.trainable.written.taken_definitions import DEFINITIONS
from tests.trainable.written.taken_values import VALUES
from trainable.written.given import task_of_functions

TAKEN = DEFINITIONS | VALUES


def does(written):
    """What train() of the file yields."""
    return list(written.load().train({"lr": 0.5}))


@pytest.mark.parametrize("source", TAKEN.values(), ids=TAKEN)
def test_a_function_of_a_cell_does_the_same_from_its_file(cells, source):
    train = cells(source)["train"]

    written = task_of_functions({"train": train}, ())

    assert does(written) == list(train({"lr": 0.5}))


def test_functions_of_other_names_become_the_parts_they_are_given_as(cells):
    namespace = cells(
        "def make_train(config):\n    yield config['lr']\n    yield make_train.__name__"
    )

    written = task_of_functions({"train": namespace["make_train"]}, ())

    assert does(written) == [0.5, "train"]
    assert "lr" in written.reads.names


def test_a_class_given_as_the_model_is_made_of_what_the_configuration_has(cells):
    namespace = cells(
        "from torch import nn\n"
        "class Net(nn.Linear):\n"
        "    def __init__(self, width, bias=True): super().__init__(width, 1, bias)\n"
        "def data(): return 1"
    )

    written = task_of_functions({"data": namespace["data"], "model": namespace["Net"]}, ())
    model = written.load().build_model({"width": 3, "bias": False})

    assert (model.in_features, model.bias) == (3, None)
    assert written.reads.names == {"width", "bias"}


def test_an_array_of_a_thousand_numbers_is_the_largest_that_is_written(cells):
    use = "def train(config):\n    yield x.tobytes()"
    namespace = cells("import numpy as np\nx = np.random.default_rng(0).normal(size=1000)", use)

    assert does(task_of_functions({"train": namespace["train"]}, ())) == [namespace["x"].tobytes()]
    cells("x = np.zeros(1001)")
    with pytest.raises(ValueError, match=r"an? ndarray of shape \(1001,\)"):
        task_of_functions({"train": namespace["train"]}, ())


def test_the_file_begins_with_imports_then_constants_then_definitions(cells):
    namespace = cells(
        "def train(config):\n    yield helper()",
        "import json\nSEP = ','\ndef helper():\n    # kept\n    return json.dumps(SEP)",
    )

    written = task_of_functions({"train": namespace["train"]}, ()).source.splitlines()

    assert written[0].startswith('"""Written by flatbasin.search from the functions of')
    assert [line for line in written[1:] if line] == [
        "import json",
        "SEP = ','",
        "def helper():",
        "    # kept",
        "    return json.dumps(SEP)",
        "def train(config):",
        "    yield helper()",
    ]


def test_a_function_of_a_module_is_imported_from_there(cells, tmp_path, monkeypatch):
    (tmp_path / "my_functions_17.py").write_text("def train(config):\n    yield 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    namespace = cells("from my_functions_17 import train")

    written = task_of_functions({"train": namespace["train"]}, ())

    assert "from my_functions_17 import train" in written.source
    assert does(written) == [1]


def test_the_text_of_a_task_is_known_where_it_has_no_file(cells):
    train = cells("def train(config):\n    yield 1")["train"]

    loaded = task_of_functions({"train": train}, ()).load()

    assert inspect.getsource(loaded.train) == "def train(config):\n    yield 1\n"


def test_the_task_is_called_like_the_notebook(cells, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", '/home/me/my """first"\\ try.ipynb')
    train = cells("def train(config):\n    yield 1")["train"]

    written = task_of_functions({"train": train}, ())

    assert written.name == "my first try"
    assert does(written) == [1]
