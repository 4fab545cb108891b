"""The unit interval cut into a part for each value, and points of a (log) range."""

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
