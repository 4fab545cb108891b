"""What more trials are expected to gain, in heights: logs of the final loss, or losses."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from results.analysis.coordinates import Floats
from results.analysis.posterior import Posterior
from results.analysis.proposals import best_tried, pool_of, proposals
from search_spaces import Config

NUM_SURFACES = 64
"""Drawn for an expectation: its error is an eighth of the gain's own spread."""

MORE = 20
"""Further configurations whose gain an answer tells."""


def expected_regret(posterior: Posterior, rng: np.random.Generator) -> float:
    """By how much the best of the space is expected to lie below the best one tried, in height.

    The expectation over joint draws of what the best tried one has above the lowest.
    """
    return _gain_of(posterior, pool_of(posterior, rng), rng)


def expected_gain(posterior: Posterior, rng: np.random.Generator, num: int = MORE) -> float:
    """By how much the best of `num` more configurations is expected to lie below the best tried.

    Each as it would be proposed; the expectation over joint draws of what the best tried one has
    above the lowest of all. At most that, since which one is lowest would have to be seen through
    the noise of the runs.
    """
    return _gain_of(posterior, proposals(posterior, num, rng), rng)


def _gain_of(posterior: Posterior, configs: list[Config], rng: np.random.Generator) -> float:
    """What the best of `configs` is expected to gain; infinite where nothing tried has a loss."""
    leader = best_tried(posterior, 1)
    if not leader:
        return math.inf
    draws = posterior.draws_of([*leader, *configs], NUM_SURFACES, rng)
    return float((draws[:, 0] - draws.min(axis=1)).mean())


def gain_of_race(differences: Floats, noise: float, num_seeds: int) -> float:
    """What is gained, in height, by letting fresh seeds choose another configuration.

    `differences` are draws of its height above that of the one chosen so far, taken as normal with
    mean m and variance s^2; `num_seeds` runs of each, with noise of standard deviation `noise`,
    measure it with variance t^2 = 2 noise^2 / num_seeds. With v^2 = s^2 + t^2, changing to it where
    the difference measured is below 0 gains s^2/v phi(m/v) - m Phi(-m/v): less than nothing where
    seeds are noisier than the surrogate is unsure.
    """
    mean, variance = float(differences.mean()), float(differences.var())
    sd = math.sqrt(variance + 2 * noise**2 / num_seeds)
    if sd == 0:
        return max(0.0, -mean)
    off = mean / sd
    return variance / sd * NormalDist().pdf(off) - mean * NormalDist().cdf(-off)
