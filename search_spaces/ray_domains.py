"""Ray Tune's domains, to and from dimensions; Ray is imported only to make its domains."""

import math
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from search_spaces.dimensions import Choice, Dimension, Float, Function, Int
from search_spaces.messages import shown

if TYPE_CHECKING:
    from search_spaces.space import Space


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


def to_ray(space: "Space") -> dict[str, Any]:
    """The space as a `param_space` for `tune.Tuner`; constants stay plain values.

    ValueError for what Ray cannot say: conditions, constraints, and log grids that do not
    start at a multiple of their step.
    """
    if space.conditions or space.constraints:
        raise ValueError(
            "Ray Tune's domains know neither conditions (when) nor constraints: leave them out"
        )

    return {name: _domain(name, dimension) for name, dimension in space.dimensions.items()}


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


def _domain(name: str, dimension: Dimension) -> Any:
    from ray import tune

    match dimension:
        case Function():
            return tune.sample_from(dimension.function)
        case Choice():
            only = dimension.num_values == 1
            return dimension.choices[0] if only else tune.choice(list(dimension.choices))
        case Float(step=None):
            uniform = tune.loguniform if dimension.log else tune.uniform
            return uniform(dimension.low, dimension.high)
        case Int(step=None | 1):
            randint = tune.lograndint if dimension.log else tune.randint
            return randint(dimension.low, dimension.high + 1)
        case _:
            return _quantized(name, dimension)


def _quantized(name: str, dimension: Float | Int) -> Any:
    """Ray's grids are the multiples of the step; another linear grid is a choice."""
    from ray import tune

    assert dimension.step is not None, dimension
    if math.isclose(math.remainder(dimension.low / dimension.step, 1), 0, abs_tol=1e-9):
        kind = "uniform" if isinstance(dimension, Float) else "randint"
        quantized = getattr(tune, f"qlog{kind}" if dimension.log else f"q{kind}")
        return quantized(dimension.low, dimension.high, dimension.step)
    if dimension.log:
        raise ValueError(
            f'space "{name}": Ray Tune has no log grid from low={dimension.low} in steps of '
            f"{dimension.step}: make low a multiple of step"
        )

    return tune.choice(list(dimension.grid(dimension.num_values or 0)))
