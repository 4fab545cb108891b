"""Cells whose train() can be written out, by what they use."""

TAKEN = {
    "a helper": """
def half(x):
    return x / 2
def train(config):
    yield half(config["lr"])
""",
    "a helper of a helper": """
def one(): return 1
def two(): return one() + one()
def train(config):
    yield two()
""",
    "recursion": """
def fact(n):
    return 1 if n < 2 else n * fact(n - 1)
def train(config):
    yield fact(5)
""",
    "functions that call each other": """
def even(n): return n == 0 or odd(n - 1)
def odd(n): return n != 0 and even(n - 1)
def train(config):
    yield even(10)
""",
    "a class with a base and super()": """
class Base:
    def __init__(self): self.width = 3
class Net(Base):
    def __init__(self):
        super().__init__()
        self.width += 1
def train(config):
    yield Net().width
""",
    "a class that a function uses which its body calls": """
def make():
    return Net if False else 7
class Net:
    size = make()
def train(config):
    yield Net.size, make()
""",
    "a class without a method": """
class CFG:
    epochs = 5
def train(config):
    yield CFG.epochs
""",
    "a class attribute that was set later": """
class CFG:
    width = 5
    depth: int = 2
CFG.width = 8
CFG.more = [1]
def train(config):
    yield CFG.width, CFG.depth, CFG.more
""",
    "a dataclass, and an object of it": """
from dataclasses import dataclass, field
@dataclass
class Settings:
    width: int = 4
    names: list = field(default_factory=list)
settings = Settings(width=5)
def train(config):
    yield settings.width, Settings().names
""",
    "an enumeration": """
import enum
class Mode(enum.Enum):
    FAST = 1
def train(config):
    yield Mode.FAST.value
""",
    "a named tuple": """
from typing import NamedTuple
class Pair(NamedTuple):
    a: int
    b: int = 2
def train(config):
    yield tuple(Pair(1))
""",
    "a decorator of the notebook": """
import functools
def twice(f):
    @functools.wraps(f)
    def inner(*args):
        return 2 * f(*args)
    return inner
@twice
def base(x): return x
def train(config):
    yield base(3)
""",
    "a decorator with arguments of a library": """
from functools import lru_cache
@lru_cache(maxsize=None)
def base(x): return x
def train(config):
    yield base(3)
""",
    "another name for a function": """
def f(): return 1
g = f
def train(config):
    yield g(), f()
""",
    "a function whose own name means something else now": """
def f(): return 1
g = f
def f(): return 2
def train(config):
    yield g(), f()
""",
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
    "a function within a function, and its closure": """
def outer(n):
    def inner(x): return x + n
    return inner
def train(config):
    yield outer(1)(2)
""",
    "default arguments": """
WIDTH = 8
def layer(width=WIDTH, *, depth=[1, 2]): return width, depth
def train(config):
    yield layer()
""",
    "annotations that are evaluated": """
from typing import Optional
class Net: pass
def make(net: Optional[Net] = None) -> Net: return 1
def train(config):
    yield make()
""",
    "annotations that are not": """
from __future__ import annotations
def make(net: NotThere = None): return 1
def train(config):
    yield make()
""",
    "a function under an if": """
if True:
    def helper():
        return 1
def train(config):
    yield helper()
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
    "a property and a static method": """
class Box:
    @property
    def size(self): return 2
    @staticmethod
    def of(x): return x
def train(config):
    yield Box().size, Box.of(1)
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
    "a dataclass whose annotations are not evaluated": """
from __future__ import annotations
from dataclasses import dataclass
@dataclass
class Settings:
    net: NotThere = None
def train(config):
    yield Settings().net
""",
    "helpers that are called like parts of a task": """
def model(config): return config["lr"]
def data(): return [2]
def train(config):
    yield model(config) * data()[0]
""",
}
