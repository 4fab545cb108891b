"""Data as people have it: taken where the meaning is plain, else refused in one line."""

import pytest

from trainable.errors import explain
from trainable.preflight import preflight
from trainable.trial import make_trial

HEAD = """
import json
from pathlib import Path
import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, StackDataset, TensorDataset
DIR = Path(__file__).parent
class Own(Dataset):
    def __init__(self, x, y): self.x, self.y = x, y
    def __len__(self): return len(self.y)
    def __getitem__(self, i): return self.x[i], self.y[i]
class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 3)
X = np.random.default_rng(0).normal(size=(90, 4))
Y = np.arange(90) % 3
NAMED = [({"x": torch.tensor(x), "mask": torch.ones(4)}, int(y)) for x, y in zip(X, Y)]
def model(config): return nn.Linear(4, 3)
"""
ONE = "def model(config): return nn.Linear(4, 1)\n"
CE = "loss = nn.CrossEntropyLoss()\n"
TAKEN = {
    "float64 in a Dataset": "def data(): return Own(X, Y)",
    "float64 in a TensorDataset": "def data():\n"
    "    return TensorDataset(torch.tensor(X), torch.tensor(Y))",
    "float64 in a StackDataset": "def data():\n"
    "    return StackDataset(torch.tensor(X), torch.tensor(Y))",
    "float64 targets": ONE + "loss = nn.MSELoss()\ndef data(): return Own(X, X[:, :1])",
    "float64 in own loaders": "def part(b): return DataLoader(Own(X, Y), b)\n"
    "def data(): return part, part",
    "float64 from a collate": "def collate(examples):\n"
    "    x, y = zip(*examples)\n"
    "    return torch.tensor(np.array(x)), torch.tensor(np.array(y))\n"
    "def data(): return Own(X, Y)",
    "float64 for a model of it": "def model(config): return nn.Linear(4, 3).double()\n"
    "def data(): return Own(X, Y), TensorDataset(torch.tensor(X), torch.tensor(Y))",
    "int32 labels": "def data(): return Own(X, Y.astype('int32'))",
    "uint8 labels": "def data(): return Own(X, Y.astype('uint8'))",
    "labels in a column": "def data(): return Own(X, Y[:, None])",
    "labels of true and false": "def data(): return Own(X, Y > 1)",
    "Python numbers": "def data(): return [(torch.tensor(x), int(y)) for x, y in zip(X, Y)]",
    "lists": "def data(): return X.tolist(), Y.tolist()",
    "an array and a list": "def data(): return X, ['abc'[y] for y in Y]",
    "a list of an array and a series": "def data(): return [X, pd.Series(Y)]",
    "what train_test_split returns": "from sklearn.model_selection import train_test_split\n"
    "def data(): return train_test_split(X, Y)",
    "a dict by name": "class Net(Named):\n"
    "    def forward(self, x, mask=None, other=None): return self.linear(x)\n"
    "def model(config): return Net()\ndef data(): return NAMED",
    "a dict by any name": "class Net(Named):\n"
    "    def forward(self, **inputs): return self.linear(inputs['x'])\n"
    "def model(config): return Net()\ndef data(): return NAMED",
    "a dict as one": "class Net(Named):\n"
    "    def forward(self, batch): return self.linear(batch['x'])\n"
    "def model(config): return Net()\ndef data(): return NAMED",
    "a dict of one name": "class Net(Named):\n"
    "    def forward(self, batch, scale=1): return self.linear(batch)\n"
    "def model(config): return Net()\n"
    "def data(): return [({'batch': d['x']}, y) for d, y in NAMED]",
}
REFUSED = {
    "float16": (
        "def data(): return Own(X.astype('float16'), Y)",
        "(given float16 (16, 4)): mat1 and mat2 must have the same dtype, but got Half and Float: "
        "give the model float32, as .float() makes it",
    ),
    "bytes for a convolution": (
        "def model(config): return nn.Sequential(nn.Conv1d(1, 2, 2), nn.Flatten())\n"
        "def data(): return Own(np.arange(360).reshape(90, 1, 4).astype('uint8'), Y)",
        "give the model float32",
    ),
    "int32 labels for a loss of one's own": (
        CE + "def data(): return Own(X, Y.astype('int32'))",
        "CrossEntropyLoss (outputs float32 (16, 3); targets int32 (16,)): RuntimeError: expected",
    ),
    "a column for a loss of one's own": (
        CE + "def data(): return Own(X, Y[:, None])",
        "CrossEntropyLoss (outputs float32 (16, 3); targets int64 (16, 1)): RuntimeError: ",
    ),
    "texts in a Dataset": (
        "def data(): return Own(X, ['abc'[y] for y in Y])",
        "targets are texts, such as ",
    ),
    "floats as classes": (
        "def data(): return Own(X, X[:, 0])",
        "outputs and targets must have one shape, got outputs (16, 3) and targets (16,): reshape "
        "one in data() or model(config), make class numbers integers, or write a loss()",
    ),
    "classes from 1 in a Dataset": (
        "def data(): return Own(X, Y + 1)",
        "targets are from 1 to 3, and an example has 3 outputs: classes are counted from 0",
    ),
    "classes from 1 in arrays": (
        "def data(): return X, Y + 1",
        "has the target 3, for which the model has no output: classes are counted from 0",
    ),
    "a label of the test part alone": (
        "def data(): return Own(X, Y), Own(X, Y), Own(X, Y + 2)",
        "targets are from 2 to 4, and an example has 3 outputs",
    ),
    "a label of a validation loader": (
        "def part(y): return lambda b: DataLoader(Own(X, y), b)\n"
        "def data(): return part(Y), part(Y - 1)",
        "targets are from -1 to 1, and an example has 3 outputs",
    ),
    "two classes and one output": (
        ONE + "def data(): return Own(X, Y > 1)",
        "targets are from 0 to 1, and an example has 1 output: classes are counted from 0, and "
        "each needs an output; for one output give floats, and for two classes loss = nn.BCEW",
    ),
    "the same in arrays": (
        ONE + "def data(): return X, Y > 1",
        "for one output give floats, and for two classes loss = nn.BCEWithLogitsLoss()",
    ),
    "missing numbers in a Dataset": (
        "X[:40, 1] = np.nan\ndef data(): return Own(X, Y), Own(X[50:], Y[50:])",
        "inputs of the first batch of the training part hold ",
    ),
    "infinity in the validation part": (
        "Z = X.copy()\nZ[3] = np.inf\ndef data(): return Own(X, Y), Own(Z, Y)",
        "inputs of the first batch of the validation part hold 4 numbers that are not finite",
    ),
    "infinity in the test part": (
        "Z = X.copy()\nZ[3, 1:] = -np.inf\ndef data(): return Own(X, Y), Own(X, Y), Own(Z, Y)",
        "inputs of the first batch of the test part hold 3 numbers that are not finite",
    ),
    "targets that are missing": (
        ONE + "def data(): return Own(X, X[:, :1] * np.nan), Own(X, X[:, :1])",
        "targets of the first batch of the training part hold 16 numbers that are not finite",
    ),
    "a missing cell": (
        "def data():\n    table = pd.DataFrame(X)\n    table.iloc[3, 1] = None\n"
        "    return table, Y",
        "part are not finite in 1 of ",
    ),
    "a name that forward lacks": (
        "class Net(Named):\n    def forward(self, x, lengths): return self.linear(x)\n"
        "def model(config): return Net()\ndef data(): return NAMED",
        "Net.forward() got an unexpected keyword argument 'mask'",
    ),
    "an example that is a dict": (
        "def data(): return [{'x': torch.tensor(x), 'label': int(y)} for x, y in zip(X, Y)]",
        "an example must be (inputs, targets), got dict: return pairs from the dataset or collate",
    ),
    "a dict of parts": (
        "def data(): return {'train': Own(X, Y), 'val': Own(X, Y)}",
        "data() must return torch Datasets, or functions of batch_size that make batches, got dict",
    ),
    "a loader": ("def data(): return DataLoader(Own(X, Y), 32)", "of one batch size: return a fun"),
    "nothing": ("def data(): pass", "got NoneType"),
    "a sparse matrix": (
        "from scipy.sparse import csr_matrix\ndef data(): return csr_matrix(X), Y",
        "inputs are a sparse csr_matrix: return their toarray()",
    ),
    "objects": ("def data(): return X.astype(object), Y", "inputs hold object, not numbers"),
    "a file that is not there": (
        "def data(): return pd.read_csv('none_such.csv')",
        "line 22: FileNotFoundError: [Errno 2] No such file or directory: 'none_such.csv'",
    ),
    "a directory": ("def data(): return pd.read_csv(DIR)", "IsADirectoryError: [Errno 21] Is a "),
    "an empty table": (
        "def data(): return pd.read_csv(DIR / 'empty.csv')",
        "line 22: No columns to parse from file (",
    ),
    "a ragged table": (
        "def data(): return pd.read_csv(DIR / 'ragged.csv')",
        "Error tokenizing data. C error: Expected 2 fields in line 3, saw 4 (",
    ),
    "another encoding": (
        "def data(): return pd.read_csv(str(DIR / 'latin.csv'))",
        "'utf-8' codec can't decode byte 0xe4 in position 0: unexpected end of data (",
    ),
    "a table as an array": (
        "def data(): return np.loadtxt(DIR / 'ragged.csv', delimiter=',')",
        "could not convert string 'a' to float64 at row 0, column 1. (",
    ),
    "what is no checkpoint": ("def data(): return torch.load(DIR / 'ragged.csv')", "ragged.csv)"),
    "what is no image": (
        "from PIL import Image\ndef data(): return Image.open(DIR / 'ragged.csv')",
        "UnidentifiedImageError: cannot identify image file ",
    ),
    "what is no JSON": ("def data(): return json.load(open(DIR / 'empty.csv'))", "Expecting value"),
    "a column that is not there": (
        "def data():\n    table = pd.DataFrame({'a': [1.0] * 60})\n"
        "    return table, table['label']",
        "line 24: KeyError: label",
    ),
}


@pytest.fixture
def look(task_file, tmp_path):
    """Loads a task and runs what comes before its first trial; None, or what is wrong with it."""
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "ragged.csv").write_text('a,b\n1,2\n1,2,3,4\n"x')
    (tmp_path / "latin.csv").write_bytes("\xe4,b\n1,2\n".encode("latin1"))

    def looked(source):
        file = task_file(HEAD + source + "\n")
        try:
            task = file.load()
            data = task.load_data(0)
            preflight(task, data, {"batch_size": 16}, epochs=2)
            make_trial(task, data, {"batch_size": 16}, seed=0, epochs=2).run_epoch()
        except Exception as error:  # whatever a task raises is told so
            return explain(error, file.path)
        return None

    return looked


@pytest.mark.parametrize("kind", TAKEN)
def test_what_is_plain_is_taken(look, kind):
    assert look(TAKEN[kind]) is None


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_not_is_refused_in_one_line_before_the_first_trial(look, kind):
    source, words = REFUSED[kind]

    error = look(source)

    assert words in error
    assert "\n" not in error
