"""Cells whose train() can be written out, by what functions and classes they use."""

DEFINITIONS = {
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
    "a property and a static method": """
class Box:
    @property
    def size(self): return 2
    @staticmethod
    def of(x): return x
def train(config):
    yield Box().size, Box.of(1)
""",
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
    "a decorator that is a class": """
import functools
class Twice:
    def __init__(self, f):
        functools.update_wrapper(self, f)
    def __call__(self, x): return 2 * self.__wrapped__(x)
@Twice
def base(x): return x
def train(config):
    yield base(2)
""",
    "an abstract base and a mixin": """
import abc
class Loss(abc.ABC):
    @abc.abstractmethod
    def value(self): ...
class Mixin:
    factor = 2
class L1(Mixin, Loss):
    def value(self): return self.factor
def train(config):
    yield L1().value()
""",
    "a name that a later cell deleted, of a function that has another": """
def f(): return 1
g = f
del f
def train(config):
    yield g()
""",
}
