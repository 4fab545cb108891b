"""Functions of cells that cannot be written out: refused in one line, with the way out."""

import json

import pytest

from trainable.written.given import task_of_functions

REFUSED = {
    "a closure over an array": (
        """
import numpy as np
def make(images):
    def train(config):
        yield images.sum()
    return train
train = make(np.zeros(10_000))
""",
        "train is a closure over images, and cannot be written into a task file: define it at the "
        "top of a cell and make that inside it",
    ),
    "a lambda": ("train = lambda config: iter([1])", "train is a lambda, .*: write it as a def"),
    "a lambda that is used": (
        "act = lambda x: x\ndef train(config):\n    yield act(1)",
        "train uses act, which is a lambda, .*: write it as a def",
    ),
    "a large array": (
        "import numpy as np\nimages = np.zeros((1797, 64))\ndef train(config):\n    yield images",
        r"train uses images, which is a ndarray of shape \(1797, 64\), and cannot be written into "
        r"a task file: make it inside train\(\)",
    ),
    "a large tensor that a helper uses": (
        "import torch\nx = torch.zeros(5000)\ndef f(): return x\ndef train(config):\n    yield f()",
        r"f uses x, which is a Tensor of shape \(5000,\), .*: make it inside f\(\)",
    ),
    "a long list": (
        "rows = list(range(100_000))\ndef train(config):\n    yield rows",
        "train uses rows, which is a list of 100000 values",
    ),
    "a frame": (
        "import pandas as pd\nframe = pd.DataFrame({'a': [1]})\ndef train(c):\n    yield frame",
        r"train uses frame, which is a DataFrame of shape \(1, 1\)",
    ),
    "an open file": (
        "import os\nfile = io_open = __import__('io').open(os.devnull)\n"
        "def train(config):\n    yield file.read()",
        "train uses file, which is a TextIOWrapper",
    ),
    "a model that was built": (
        "from torch import nn\nnet = nn.Linear(1, 1)\ndef train(config):\n    yield net",
        "train uses net, which is a Linear, and cannot be .*: make it inside train",
    ),
    "a method of an object": (
        "class T:\n    def train(self, config): yield 1\ntrain = T().train",
        r"train is a method of an object \(T\), .*: write a def that makes the object",
    ),
    "a method of a class": (
        "class T:\n    @staticmethod\n    def train(config): yield 1\ntrain = T.train",
        r"train is a part of the class T, .*: search\(T\), or write a def",
    ),
    "a built-in function": ("train = iter", "train is a built-in function, which"),
    "a partial": (
        "import functools\ndef f(a, config): yield a\ntrain = functools.partial(f, 1)",
        "train is a functools.partial, .*: write a def that calls it",
    ),
    "a local class": (
        "def make():\n    class Net: pass\n    return Net\nNet = make()\n"
        "def train(config):\n    yield Net",
        "train uses Net, which is defined inside a function, .*: define it at the top of a cell",
    ),
    "a decorator that hides what it decorates": (
        "def d(f):\n    def inner(c): return f(c)\n    return inner\n"
        "@d\ndef train(config):\n    yield 1",
        "train is a closure over f, .*functools.wraps",
    ),
    "a decorator that was called": (
        "import functools\ndef d(f):\n    @functools.wraps(f)\n    def inner(c): return f(c)\n"
        "    return inner\ndef plain(config):\n    yield 1\ntrain = d(plain)",
        "train is made of plain by a call, .*: write that as @decorator above def train",
    ),
    "a function without a source": (
        "exec('def train(config): yield 1')",
        r"train is a function whose source is not kept, .*: put it into a file, and search\(Path",
    ),
    "the shell itself": (
        "def train(config):\n    files = !ls\n    yield files",
        "train uses get_ipython",
    ),
    "a setting of the notebook that a task would take for its own": (
        "epochs = 5\ndef train(config):\n    yield epochs",
        r"train uses epochs, and a task means epochs by that: give it too, "
        r"search\(..., epochs=epochs\), or rename it",
    ),
}


def test_a_helper_that_a_task_would_take_for_a_part_is_refused(cells):
    given = cells("def loss(a, b): return 1\ndef metrics(a, b): return {'m': loss(a, b)}")

    with pytest.raises(ValueError, match=r"metrics uses loss, and a task means .* give it too"):
        task_of_functions({"metrics": given["metrics"]}, ())


@pytest.mark.parametrize(("source", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_written_out_is_refused_with_the_way_out(cells, source, message):
    train = cells(source)["train"]

    with pytest.raises(ValueError, match=message) as refused:
        task_of_functions({"train": train}, ())

    assert len(str(refused.value).splitlines()) == 1


GIVEN_AS_IT_IS = {
    "data": ("(1, 2)", r"data is a tuple of 2 values, .*: give a function that returns it"),
    "model": ("nn.Linear(1, 1)", r"model is a Linear, .*a function that builds it, def model"),
    "loss": ("nn.MSELoss()", r"loss is a MSELoss, .*a function that calls it, def loss"),
    "optimizer": ("'adam'", r"optimizer is a str, .*def optimizer\(model, config\)"),
    "metrics": ("nn.MSELoss", r"metrics is the class MSELoss: give a function"),
}


@pytest.mark.parametrize("part", GIVEN_AS_IT_IS)
def test_a_part_that_is_no_function_is_refused(cells, part):
    value, message = GIVEN_AS_IT_IS[part]
    namespace = cells(f"from torch import nn\nvalue = {value}")

    with pytest.raises(ValueError, match=message):
        task_of_functions({part: namespace["value"]}, ())


def test_two_things_of_one_name_are_refused(cells):
    namespace = cells("def helper(): return 1\ndef train(config):\n    yield helper()")
    train = namespace["train"]
    other = cells("def helper(): return 2\ndef loss(outputs, targets): return helper()")["loss"]
    split = type(other)(other.__code__, dict(other.__globals__) | {"helper": json.dumps})

    with pytest.raises(ValueError, match="mean different things by helper: rename one of them"):
        task_of_functions({"train": train, "loss": split}, ())
