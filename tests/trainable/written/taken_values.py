"""Cells whose train() can be written out, by what imports, constants and other names they use."""

VALUES = {
    "imports under other names": """
import math as m
from os import path as p
from collections import OrderedDict as Od, deque
import os.path
def train(config):
    yield m.pi, p.join("a", "b"), list(Od(a=1)), list(deque([1])), os.path.join("a", "b")
""",
    "a module within a package that another import had loaded": """
import xml.dom.minidom
def train(config):
    yield xml.dom.minidom.parseString("<a/>").documentElement.tagName
""",
    "a name of a package as it is public": """
from torch.utils.data import TensorDataset
def train(config):
    yield TensorDataset.__name__
""",
    "built-in functions that were imported": """
from math import floor
from random import randint
def train(config):
    yield floor(2.5), randint(3, 3)
""",
    "plain constants": """
A, B, C, D = 1, 2.5, "it's", b"x"
E, F, G = [1, (2,), {"a": None}], {3, 1}, frozenset({1})
H, I, J, K = float("inf"), range(3), 1 + 2j, ()
def train(config):
    yield A, B, C, D, E, F, G, H, I, J, K
""",
    "a constant that is not a number": """
NAN = float("nan")
def train(config):
    yield str(NAN)
""",
    "a path": """
from pathlib import Path
HERE = Path("a") / "b.csv"
def train(config):
    yield HERE.name
""",
    "small arrays, to the last bit": """
import numpy as np
import torch
MEANS = np.array([0.1, float("nan")], dtype="float32")
WEIGHTS = torch.tensor([[0.1, 1 / 3]])
ONE = np.float64(1 / 3)
def train(config):
    yield MEANS.tobytes(), WEIGHTS.numpy().tobytes(), str(WEIGHTS.dtype), ONE
""",
    "a device, a dtype and a shape of torch": """
import torch
DEVICE, KIND, SHAPE = torch.device("cpu"), torch.float64, torch.zeros(2, 3).shape
def train(config):
    yield DEVICE, KIND, SHAPE
""",
    "a value that changed between": """
N = 1
def train(config):
    yield N
N = 2
""",
    "a name that only a lambda within a function uses": """
SCALE = 3
def train(config):
    yield (lambda x: [SCALE * y for y in x])([1, 2])
""",
    "a global that a function changes": """
calls = 0
def count():
    global calls
    calls += 1
    return calls
def train(config):
    yield count() > 0
""",
    "what IPython has in place of Python's own": """
import os
def train(config):
    with open(os.devnull) as file:
        yield file.read()
""",
    "a local that is called like a global": """
import threading
lock = threading.Lock()
def train(config):
    lock = 1
    yield lock
""",
    "a cell with a magic and a shell command": """
%precision 3
!true
class CFG:
    width = 5
def train(config):
    yield CFG.width
""",
    "a text with empty lines": '''
def train(config):
    yield """a
    
  b"""
''',
    "the name of its own module, which is another one": """
def train(config):
    yield __name__ != ""
""",
    "names in an f-string, a comprehension, a match and a default of a lambda": """
A, B, C, D = 1, 2, 3, 4
def train(config):
    yield f"{A:{B}}", [x + C for x in range(B)], (lambda x=D: x)()
    match B:
        case 2:
            yield A
""",
}
