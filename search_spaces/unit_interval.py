"""The unit interval cut into a part for each value, and places on a (log) range."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Cells:
    """The unit range cut into one part for each value of a grid."""

    low: float
    step: float
    num: int
    log: bool

    def index(self, u: float) -> int:
        """The number of the grid value that owns `u`."""
        assert 0 <= u <= 1, u
        if self.log:
            index = int((between(u, self.low, self._end, log=True) - self.low) / self.step)
        else:
            index = int(u * self.num)

        return min(max(index, 0), self.num - 1)

    def middle(self, index: int) -> float:
        """The middle of what the grid value number `index` owns."""
        if self.log:
            return position(self.low + (index + 0.5) * self.step, self.low, self._end, log=True)

        return (index + 0.5) / self.num

    def nearest(self, value: float) -> int:
        """The number of the grid value next to `value`."""
        return round((value - self.low) / self.step)

    @property
    def _end(self) -> float:
        return self.low + self.num * self.step


def between(u: float, low: float, high: float, log: bool) -> float:
    """The point of the (log) range at the fraction `u`; no width is formed that could overflow."""
    if log:
        return math.exp(between(u, math.log(low), math.log(high), log=False))

    return low * (1 - u) + high * u


def position(value: float, low: float, high: float, log: bool) -> float:
    """The fraction of the (log) range that lies below the value: the inverse of `between`."""
    if log:
        return position(math.log(value), math.log(low), math.log(high), log=False)

    return (value / 2 - low / 2) / (high / 2 - low / 2)
