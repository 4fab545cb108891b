"""Limits: the values that a hyperparameter of a known name can take at all."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from search_spaces.messages import shown
from search_spaces.ranges import Float, Int
from search_spaces.values import is_number


@dataclass(frozen=True)
class Limits:
    """Numbers between two ends; an end that is None does not limit them."""

    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None
    whole: bool = False
    """Integers only."""

    def allow(self, value: Any) -> bool:
        """Whether a hyperparameter with these limits can take the value."""
        return (
            is_number(value)
            and (isinstance(value, int) or not self.whole)
            and (self.above is None or value > self.above)
            and (self.at_least is None or value >= self.at_least)
            and (self.below is None or value < self.below)
            and (self.at_most is None or value <= self.at_most)
        )


POSITIVE = Limits(above=0)
NOT_NEGATIVE = Limits(at_least=0)
SHARE = Limits(at_least=0, below=1)
COUNT = Limits(at_least=1, whole=True)

LIMITS = MappingProxyType(
    {
        "lr": POSITIVE,
        "batch_size": COUNT,
        "momentum": SHARE,
        "dropout": SHARE,
        "label_smoothing": SHARE,
        "weight_decay": NOT_NEGATIVE,
        "warmup_epochs": NOT_NEGATIVE,
        "grad_clip": POSITIVE,
        "accumulate_steps": COUNT,
        "num_workers": Limits(at_least=0, whole=True),
    }
)

_CHECKED = MappingProxyType(
    {
        "lr": ("a number above 0", "start above 0"),
        "batch_size": ("an integer of at least 1", "use choices or type int"),
    }
)
"""What is refused whatever the task, in words, and the way out. Other names may mean something
else in a task that does not leave them to the training loop."""


def check_value(name: str, field: str, value: Any) -> None:
    """Raise ValueError for a value that no task can use under this name."""
    if name in _CHECKED and not LIMITS[name].allow(value):
        words, way_out = _CHECKED[name]
        raise ValueError(f"{field} must be {words}, got {shown(value)}: {way_out}")


def limits_of(name: str, dimension: Float | Int) -> Limits:
    """The limits of a known name; of another one the sign that its range has.

    Integers from 1 on are sizes and counts: they stay at least 1.
    """
    if name in LIMITS:
        return LIMITS[name]
    if isinstance(dimension, Int) and dimension.low >= 1:
        return COUNT
    if dimension.low >= 0:
        return POSITIVE if dimension.low > 0 else NOT_NEGATIVE

    return Limits(at_most=0) if dimension.high <= 0 else Limits()
