"""Scripted tasks with a known optimum: what a search would see, without training anything.

A landscape gives the noise-free final loss of (lr, batch size) and a learning curve towards
it. Curves of small learning rates and large batches fall more slowly, so early epochs favour
large learning rates (short-horizon bias, arXiv 1803.02021), as real searches do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

LR_LOW, LR_HIGH = 1e-4, 1.0
BATCH_SIZES = (16, 32, 64, 128, 256)
SPACE = {
    "lr": {"type": "float", "low": LR_LOW, "high": LR_HIGH, "log": True},
    "batch_size": {"type": "choice", "choices": list(BATCH_SIZES)},
}
INITIAL_LOSS = 2.3
"""Cross-entropy of guessing among ten classes; no configuration ends above it."""


@dataclass(frozen=True, kw_only=True)
class Landscape:
    """A task: log loss is a bowl in log10 lr, plus a bowl in log2 batch size, plus noise."""

    best_lr: float
    """log10 of the best lr at the best batch size."""
    best_batch: float
    """log2 of the best batch size."""
    best_loss: float = 0.1
    left: float = 0.5
    """Rise of log loss one decade below the best lr; `right` one decade above."""
    right: float = 0.8
    batch_bend: float = 0.01
    """Rise of log loss one doubling away from the best batch size (grows quadratically)."""
    lr_per_doubling: float = 0.0
    """Decades by which the best lr grows per doubling of the batch size."""
    cliff: float = math.inf
    """Decades above the best lr beyond which training diverges."""
    noise: float = 0.05
    """Standard deviation of the log loss between seeds."""
    speed: float = 4.0
    """Epochs in which the curve at the optimum falls by 1/e."""

    def optimum(self, batch_size: float) -> float:
        """log10 of the best lr at this batch size, which may lie outside the space."""
        return self.best_lr + self.lr_per_doubling * (math.log2(batch_size) - self.best_batch)

    def final(self, lr: float, batch_size: float) -> float:
        """The noise-free loss after all epochs; infinite beyond the cliff."""
        off = math.log10(lr) - self.optimum(batch_size)
        if off > self.cliff:
            return math.inf

        rise = (self.right if off > 0 else self.left) * off**2
        rise += self.batch_bend * (math.log2(batch_size) - self.best_batch) ** 2
        return min(self.best_loss * math.exp(rise), INITIAL_LOSS)

    def worth(self, config: Mapping[str, Any]) -> float:
        """`final` of a configuration."""
        return self.final(config["lr"], config["batch_size"])

    def best_in_space(self) -> float:
        """The lowest noise-free loss that the space holds."""
        grid = np.logspace(math.log10(LR_LOW), math.log10(LR_HIGH), 401)
        return min(self.final(lr, size) for size in BATCH_SIZES for lr in grid)

    def best_lr_in_space(self, batch_size: float) -> float:
        """The best lr that may be tried at this batch size."""
        low, high = math.log10(LR_LOW), math.log10(LR_HIGH)
        return float(10 ** min(max(self.optimum(batch_size), low), high))

    def curve(self, config: dict[str, Any], epochs: int, rng: np.random.Generator) -> list[float]:
        """Validation losses of one trial; ends with the first that is not finite (NaN).

        Seeds differ by one offset for the whole curve and a smaller jitter per epoch, which
        together have the standard deviation `noise`.
        """
        offset, jitter = rng.normal(0, 0.9 * self.noise), rng.normal(0, 0.436 * self.noise, epochs)
        final = self.final(config["lr"], config["batch_size"])
        off = math.log10(config["lr"]) - self.optimum(config["batch_size"])
        if math.isinf(final):
            return [INITIAL_LOSS] * rng.integers(0, 3) + [math.nan]

        doublings = math.log2(config["batch_size"]) - self.best_batch
        tau = self.speed * 10 ** (-0.5 * off) * 2 ** (0.3 * doublings)
        epoch = np.arange(1, epochs + 1)
        left = (np.exp(-epoch / tau) - np.exp(-epochs / tau)) / (1 - np.exp(-epochs / tau))
        start = math.log(INITIAL_LOSS / final)
        return list(final * np.exp(start * left + offset + jitter))


def bowl(rng: np.random.Generator) -> Landscape:
    """A smooth basin of random place, width and batch-size preference."""
    return Landscape(
        best_lr=rng.uniform(-2.8, -1.2),
        best_batch=rng.uniform(5, 7),
        best_loss=rng.uniform(0.05, 0.5),
        left=rng.uniform(0.25, 0.8),
        right=rng.uniform(0.25, 1.2),
        batch_bend=rng.uniform(0.01, 0.04),
    )


def cliff(rng: np.random.Generator) -> Landscape:
    """The basin ends in divergence, 0.2 to 0.6 decades above the best lr."""
    return replace(bowl(rng), cliff=rng.uniform(0.2, 0.6), right=0.25)


def interaction(rng: np.random.Generator) -> Landscape:
    """The best lr grows with the batch size, between B^0.5 and B^1."""
    return replace(
        bowl(rng), best_lr=rng.uniform(-2.4, -1.6), lr_per_doubling=rng.uniform(0.15, 0.30)
    )


def flat(rng: np.random.Generator) -> Landscape:
    """Nothing matters; what differs is noise."""
    return replace(bowl(rng), left=0.0, right=0.0, batch_bend=0.0)


def edge(rng: np.random.Generator) -> Landscape:
    """The best lr lies beyond either end of the range."""
    beyond = rng.uniform(0.1, 0.8)
    place = math.log10(LR_HIGH) + beyond if rng.random() < 0.5 else math.log10(LR_LOW) - beyond
    return replace(bowl(rng), best_lr=place)


def heavy_noise(rng: np.random.Generator) -> Landscape:
    """The bowl with three times the noise: 15 % between seeds."""
    return replace(bowl(rng), noise=0.15)


def wide(rng: np.random.Generator) -> Landscape:
    """A decade of lr costs 5 to 12 %."""
    return replace(bowl(rng), left=rng.uniform(0.05, 0.12), right=rng.uniform(0.05, 0.12))


def one_sided(rng: np.random.Generator) -> Landscape:
    """Above the best lr the loss rises 20 times as fast as below."""
    left = rng.uniform(0.1, 0.4)
    return replace(bowl(rng), left=left, right=20 * left)


def slow(rng: np.random.Generator) -> Landscape:
    """Curves fall so slowly that early ranks mislead: they favour large learning rates."""
    return replace(bowl(rng), speed=rng.uniform(9, 14))


@dataclass(frozen=True, kw_only=True)
class LandscapeOfFive:
    """A landscape of lr and batch size with three further dimensions, not all of which matter."""

    plane: Landscape
    best: tuple[float, float, float]
    """Best place of each further dimension between 0 and 1."""
    bends: tuple[float, float, float]
    """Rise of the log loss from the best place of each to one a whole range away."""
    lr_by_dropout: float = 0.0
    """Decades by which the best lr grows over the range of `dropout`."""

    def curve(
        self, config: Mapping[str, Any], epochs: int, rng: np.random.Generator
    ) -> list[float]:
        """As that of the plane."""
        return self._plane(config).curve(config, epochs, rng)

    def worth(self, config: Mapping[str, Any]) -> float:
        """The noise-free loss after all epochs."""
        return self._plane(config).worth(config)

    def best_in_space(self) -> float:
        """The lowest noise-free loss that the space holds."""
        low = [
            replace(self.plane, best_lr=self.plane.best_lr + self.lr_by_dropout * (u - 0.5))
            for u in (np.linspace(0, 1, 21) if self.lr_by_dropout else [self.best[1]])
        ]
        rises = [
            self.bends[1] * (u - self.best[1]) ** 2
            for u in (np.linspace(0, 1, 21) if self.lr_by_dropout else [self.best[1]])
        ]
        return min(
            plane.best_in_space() * math.exp(rise) for plane, rise in zip(low, rises, strict=True)
        )

    def _plane(self, config: Mapping[str, Any]) -> Landscape:
        places = (
            (math.log10(config["weight_decay"]) + 6) / 5,
            config["dropout"] / 0.6,
            config["smoothing"] / 0.2,
        )
        rise = sum(
            b * (u - at) ** 2 for b, u, at in zip(self.bends, places, self.best, strict=True)
        )
        return replace(
            self.plane,
            best_lr=self.plane.best_lr + self.lr_by_dropout * (places[1] - 0.5),
            best_loss=self.plane.best_loss * math.exp(rise),
        )


@dataclass(frozen=True, kw_only=True)
class LandscapeOfChoices:
    """A landscape of choices alone: of lr, batch size, and one without an order."""

    plane: Landscape
    rises: Mapping[str, float]
    """Rise of the log loss with each value of `norm`."""

    def curve(
        self, config: Mapping[str, Any], epochs: int, rng: np.random.Generator
    ) -> list[float]:
        """As that of the plane."""
        return self._plane(config["norm"]).curve(dict(config), epochs, rng)

    def worth(self, config: Mapping[str, Any]) -> float:
        """The noise-free loss after all epochs."""
        return self._plane(config["norm"]).worth(config)

    def best_in_space(self) -> float:
        """The lowest noise-free loss that the space holds."""
        plane = self._plane(self.best_norm)
        return min(plane.final(lr, size) for size in BATCH_SIZES for lr in RATES)

    @property
    def best_norm(self) -> str:
        """The best value of `norm`, whatever the others are."""
        return min(self.rises, key=self.rises.__getitem__)

    def best_lr_in_space(self, batch_size: float) -> float:
        """The best lr that may be tried at this batch size."""
        return min(RATES, key=lambda lr: self.plane.final(lr, batch_size))

    def _plane(self, norm: str) -> Landscape:
        return replace(self.plane, best_loss=self.plane.best_loss * math.exp(self.rises[norm]))


RATES = tuple(float(f"{rate:.1g}") for rate in np.logspace(-4, 0, 9))
SPACE_OF_CHOICES = {
    "lr": {"type": "choice", "choices": list(RATES)},
    "batch_size": SPACE["batch_size"],
    "norm": {"type": "choice", "choices": ["none", "batch", "layer"]},
}


def _of_choices(plane: Landscape, rng: np.random.Generator, rise: float) -> LandscapeOfChoices:
    """The values of `norm` differ by about `rise` in the log loss."""
    rises = np.abs(rng.normal(0, rise, 3))
    rises -= rises.min()
    return LandscapeOfChoices(
        plane=plane, rises=dict(zip(("none", "batch", "layer"), rises.tolist(), strict=True))
    )


LANDSCAPES_OF_CHOICES: dict[str, Callable[[np.random.Generator], LandscapeOfChoices]] = {
    "bowl of choices": lambda rng: _of_choices(bowl(rng), rng, 0.08),
    "edge of choices": lambda rng: _of_choices(edge(rng), rng, 0.08),
    "flat of choices": lambda rng: _of_choices(flat(rng), rng, 0.0),
}

SPACE_OF_FIVE = SPACE | {
    "weight_decay": {"type": "float", "low": 1e-6, "high": 0.1, "log": True},
    "dropout": {"type": "float", "low": 0.0, "high": 0.6},
    "smoothing": {"type": "float", "low": 0.0, "high": 0.2},
}


def _of_five(plane: Landscape, rng: np.random.Generator, **more: float) -> LandscapeOfFive:
    """One or two of the further dimensions matter."""
    bends = rng.uniform(0.3, 2.0, 3)
    bends[rng.permutation(3)[: rng.integers(1, 3)]] = 0.0
    best = rng.uniform(0.1, 0.9, 3)
    return LandscapeOfFive(plane=plane, best=tuple(best), bends=tuple(bends), **more)


LANDSCAPES_OF_FIVE: dict[str, Callable[[np.random.Generator], LandscapeOfFive]] = {
    "plain of five": lambda rng: _of_five(bowl(rng), rng),
    "edge of five": lambda rng: _of_five(edge(rng), rng),
    "interaction of five": lambda rng: _of_five(
        interaction(rng), rng, lr_by_dropout=rng.uniform(0.4, 0.8)
    ),
    "cliff of five": lambda rng: _of_five(cliff(rng), rng),
}

LANDSCAPES: dict[str, Callable[[np.random.Generator], Landscape]] = {
    "bowl": bowl,
    "cliff": cliff,
    "interaction": interaction,
    "flat": flat,
    "edge": edge,
    "heavy noise": heavy_noise,
    "wide": wide,
    "one-sided": one_sided,
    "slow": slow,
}
