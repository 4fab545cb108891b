"""The search space as the surface sees it: each dimension a coordinate between 0 and 1."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Config = dict[str, Any]
Floats = NDArray[np.float64]

ABSENT = 0.5
"""Coordinate of a dimension that a configuration does not have: the middle, so that its
presence is told by the choice it hangs on alone."""

LOG_RATIO = 4.0
"""Positive numeric choices that span at least this factor are placed by their logarithm."""


@dataclass(frozen=True)
class Dimension:
    """One hyperparameter that varies."""

    name: str
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    whole: bool = False
    """Takes whole numbers between low and high."""
    choices: tuple[Any, ...] = ()
    """The values it may take; numbers in rising order. Empty for a range."""
    when: Mapping[str, Any] = field(default_factory=dict)
    """Present only where each named dimension has (one of) the given values."""

    @property
    def is_numeric(self) -> bool:
        """A range, or choices among numbers: values have an order and a distance."""
        return all(_is_number(choice) for choice in self.choices)

    @property
    def is_range(self) -> bool:
        """Every value between low and high may be tried."""
        return not self.choices

    @property
    def width(self) -> int:
        """Coordinates that it takes: one, or one per unordered choice."""
        return 1 if self.is_numeric else len(self.choices)

    def is_present(self, config: Mapping[str, Any]) -> bool:
        """Whether a configuration with these values has this dimension."""
        return all(
            config.get(name) in (accepted if isinstance(accepted, list) else [accepted])
            for name, accepted in self.when.items()
        )

    def coordinates(self, values: Sequence[Any]) -> Floats:
        """The values between 0 and 1, shape (len(values), width); absent ones in the middle."""
        if not self.is_numeric:
            return np.array([[float(_same(v, c)) for c in self.choices] for v in values])

        numbers = np.array([v if _is_number(v) else math.nan for v in values], dtype=float)
        inside = np.clip(numbers, self.low, self.high)
        placed = (self._scaled(inside) - self._scaled(self.low)) / self._span()
        return np.asarray(np.nan_to_num(placed, nan=ABSENT)).reshape(-1, 1)

    def line(self, num: int) -> list[Any]:
        """Up to `num` values from the lowest to the highest; of choices all."""
        if self.choices:
            return list(self.choices)
        return list(dict.fromkeys(self.value(place) for place in np.linspace(0, 1, num)))

    def value(self, coordinate: float) -> Any:
        """The value at a coordinate between 0 and 1; of choices the one in that share."""
        if self.choices:
            return self.choices[min(int(coordinate * len(self.choices)), len(self.choices) - 1)]

        scaled = self._scaled(self.low) + coordinate * self._span()
        value = float(np.exp(scaled) if self.log else scaled)
        value = min(max(value, self.low), self.high)
        return round(value) if self.whole else value

    def _scaled(self, value: Any) -> Any:
        return np.log(value) if self.log else value

    def _span(self) -> float:
        return float(self._scaled(self.high) - self._scaled(self.low))


def read_dimensions(space: Mapping[str, Any]) -> list[Dimension]:
    """The dimensions of a space in its TOML form that vary and are not derived from others."""
    found = [_dimension(name, written) for name, written in space.items()]
    return [dimension for dimension in found if dimension is not None]


def coordinates(dimensions: Sequence[Dimension], configs: Sequence[Mapping[str, Any]]) -> Floats:
    """The configurations as points, shape (len(configs), sum of the widths)."""
    columns = [d.coordinates([config.get(d.name) for config in configs]) for d in dimensions]
    return np.hstack(columns) if columns else np.zeros((len(configs), 0))


def complete(dimensions: Sequence[Dimension], config: Mapping[str, Any], base: Config) -> Config:
    """`config` with each dimension that its choices call for, and without those they rule out.

    What is missing is taken from `base`, or else from the middle of the dimension.
    """
    whole = {**base, **config}
    for dimension in dimensions:
        if not dimension.is_present(whole):
            whole.pop(dimension.name, None)
        elif dimension.name not in whole:
            whole[dimension.name] = dimension.value(ABSENT)
    return whole


def _dimension(name: str, written: Any) -> Dimension | None:
    """One entry of the space; None for a constant, a function or a form unknown here."""
    if isinstance(written, list):
        return _choice(name, written, {})
    if not isinstance(written, dict):
        return None

    when = written.get("when", {})
    if written.get("type") == "choice":
        return _choice(name, written.get("choices", []), when)
    low, high = written.get("low", 0.0), written.get("high", 0.0)
    log = bool(written.get("log"))
    if written.get("type") not in ("float", "int") or not _is_range(low, high, log):
        return None
    return Dimension(name, low, high, log, whole=written["type"] == "int", when=when)


def _choice(name: str, choices: list[Any], when: Mapping[str, Any]) -> Dimension | None:
    if len(choices) < 2:
        return None
    if not all(_is_number(choice) for choice in choices):
        return Dimension(name, choices=tuple(choices), when=when)

    low, high = min(choices), max(choices)
    log = low > 0 and high / low >= LOG_RATIO
    return Dimension(name, low, high, log, choices=tuple(sorted(choices)), when=when)


def _is_range(low: Any, high: Any, log: bool) -> bool:
    return _is_number(low) and _is_number(high) and low < high and (low > 0 or not log)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _same(value: Any, choice: Any) -> bool:
    """Equal in value and kind, so that True is not 1."""
    return type(value) is type(choice) and bool(value == choice)
