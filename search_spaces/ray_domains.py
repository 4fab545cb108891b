"""Ray Tune's domains as dimensions; Ray is imported only where one is given."""

import math
import sys
from collections.abc import Mapping
from typing import Any

from search_spaces.dimensions import Choice, Dimension, Function
from search_spaces.messages import shown
from search_spaces.ranges import Float, Int


def is_ray(value: Any) -> bool:
    """Whether it is a Ray Tune domain or `tune.grid_search`, told without importing Ray."""
    if isinstance(value, Mapping):
        return set(value) == {"grid_search"}

    sample = sys.modules.get("ray.tune.search.sample")
    return sample is not None and isinstance(value, sample.Domain)


def from_ray(domain: Any) -> Dimension:
    """The dimension with the same values; ValueError for a domain without bounds.

    Ray's integer upper bounds are exclusive, except with a quantum other than 1.
    """
    if isinstance(domain, Mapping):
        return Choice(domain["grid_search"])

    from ray.tune.search import sample

    if isinstance(domain, sample.Function):
        return _function(domain)
    if isinstance(domain, sample.Categorical):
        return Choice(tuple(domain.categories))

    sampler, quantum = domain.get_sampler(), None
    if isinstance(sampler, sample.Quantized):
        quantum, sampler = sampler.q, sampler.sampler
    if not isinstance(sampler, sample.Uniform | sample.LogUniform):
        raise ValueError(f"Ray's {sampler} has no bounds: use tune.uniform or tune.loguniform")
    log = isinstance(sampler, sample.LogUniform)
    if isinstance(domain, sample.Integer):
        return _integers(domain.lower, domain.upper, log, quantum)

    return Float(domain.lower, domain.upper, log, quantum)


def _function(domain: Any) -> Function:
    if not domain.pass_config:
        raise ValueError(
            "tune.sample_from needs a function of the configuration: what a function without "
            "arguments draws could not be made again"
        )

    return Function(domain.func)


def _integers(lower: Any, upper: Any, log: bool, quantum: Any) -> Dimension:
    """Also a single value, which Ray can write as `randint(5, 6)`."""
    if quantum is None or quantum == 1:
        low, high, step = lower, upper - 1, None
    else:
        low, high, step = math.ceil(lower / quantum), math.floor(upper / quantum), quantum
        low, high = low * quantum, high * quantum
    if low > high:
        raise ValueError(
            f"holds no integer: got lower={shown(lower)}, upper={shown(upper)} (Ray excludes "
            "upper without a quantum): raise upper"
        )

    return Choice((low,)) if low == high else Int(low, high, log, step)
