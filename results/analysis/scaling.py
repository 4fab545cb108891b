"""What else the record tells: how the best learning rate goes with the batch size, where training
diverges, whether early ranks predict final ones, what more samples would gain."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from results.analysis.best_of_k import gain_of_doubling
from results.analysis.early_stopping import rank_correlations, unselected
from results.analysis.posterior import Posterior
from results.analysis.profiles import LEVEL
from results.analysis.summary import Summary
from results.ranking import full_length
from results.run_data import RunData

FEWEST_AT_SIZE = 3
"""Full-length trials at a batch size below which its best lr is a guess of the surface."""


@dataclass(frozen=True)
class Interval:
    """A value with the ends of its 90 % interval."""

    value: float
    low: float
    high: float


def relations(run: RunData, summary: Summary) -> dict[str, Any]:
    """All of them as JSON's own types; None or empty where the record does not tell."""
    posterior = summary.posterior if summary.is_sure else None
    rule = scaling_exponent(posterior) if posterior else None
    free = unselected(run.trials, run.controls)
    ranks = rank_correlations(free[full_length(free)], run.epochs, run.rungs[:-1])
    sizes = answer_by_batch_size(summary)
    return {
        "best_by_batch_size": {str(size): asdict(found) for size, found in sizes.items()},
        "scaling_exponent": asdict(rule) if rule else None,
        "divergence_thresholds": _named(divergence_thresholds(run.trials)),
        "rank_correlations": {str(rung): found for rung, (found, _) in ranks.items()},
        "gain_of_doubling": gain_of_doubling(run.trials),
    }


def best_by_batch_size(posterior: Posterior) -> dict[Any, Interval]:
    """The best value of the main dimension at each batch size that was run at full length."""
    main, found = posterior.observations.main, _lowest(posterior)
    is_between = main is not None and main.is_range  # what lies between two choices is none
    method: Literal["linear", "nearest"] = "linear" if is_between else "nearest"
    return {size: _interval(values, method) for size, values in found.items()}


def lowest_by_batch_size(posterior: Posterior) -> dict[Any, float]:
    """The expected final loss at each batch size that was run, at its own best learning rate."""
    assert posterior.observations.batch is not None
    sizes = [config.get(posterior.observations.batch.name) for config in posterior.configs]
    losses = pd.Series(posterior.observations.loss(posterior.mean)).groupby(sizes).min()
    return {size: float(losses[size]) for size in best_by_batch_size(posterior)}


def answer_by_batch_size(summary: Summary) -> dict[Any, Interval]:
    """`best_by_batch_size`, with the answer's own interval at the recommended batch size.

    The two are quantiles of different draws of one surface, whose tails may differ by a factor:
    a map that showed the other one would contradict the answer beside it.
    """
    posterior = summary.posterior if summary.is_sure else None
    if posterior is None:
        return {}
    found = best_by_batch_size(posterior)
    main, batch = posterior.observations.main, posterior.observations.batch
    if main is None or batch is None:
        return {}

    here = summary.config.get(batch.name)
    lines = [line for line in summary.profiles if line.dimension.name == main.name]
    if here in found and lines:
        line = lines[0]
        lowest = np.median(line.difference.argmin(axis=1)).astype(int)
        found[here] = Interval(float(line.values[lowest]), *map(float, line.interval()))
    return found


def scaling_exponent(posterior: Posterior) -> Interval | None:
    """b in lr ~ B^b (1 for SGD, 0.5 for Adam are usual: arXiv 2205.10287), with its interval.

    A straight line through the best lr per batch size of each drawn surface, on log scales.
    None with fewer than two sizes that were run, or where no lr is searched on a log scale: the
    best of a few choices jumps from one to the next.
    """
    main, found = posterior.observations.main, _lowest(posterior)
    if len(found) < 2 or min(found) <= 0:
        return None
    if main is None or main.name != "lr" or not (main.is_range and main.log):
        return None

    sizes = np.log(np.array(list(found), dtype=float))
    rates = np.log(np.array(list(found.values()), dtype=float))
    centred = sizes - sizes.mean()
    return _interval(centred @ rates / (centred @ centred))


def clear_exponent(found: Interval | None) -> Interval | None:
    """The exponent where the record shows that the best lr grows with the batch size.

    Its 90 % interval lies above 0, and it is not 0.0 when written. How wide that interval is stands
    beside it wherever it is shown.
    """
    is_clear = found is not None and found.low > 0 and round(found.value, 1) > 0
    return found if is_clear else None


def divergence_thresholds(trials: pd.DataFrame) -> dict[Any, float]:
    """Per batch size (None where it is not searched) the lowest lr above which all diverged."""
    if "config/lr" not in trials:
        return {}

    known = trials[trials["status"].isin(["finished", "stopped", "diverged"])]
    groups = known.groupby("config/batch_size") if "config/batch_size" in known else [(None, known)]
    found = {}
    for size, group in groups:
        survived = group.loc[group["status"] != "diverged", "config/lr"].max()
        lost = group.loc[group["status"] == "diverged", "config/lr"]
        above = lost[lost > survived] if pd.notna(survived) else lost
        if len(above):
            found[size] = float(above.min())
    return found


def _lowest(posterior: Posterior) -> dict[Any, Any]:
    """Per batch size with enough trials where, in the main dimension, each draw is lowest.

    Nothing where the batch size is that itself.
    """
    observations = posterior.observations
    if observations.batch is None or observations.main in (None, observations.batch):
        return {}
    assert observations.main is not None

    full = observations.full_configs
    name, main = observations.batch.name, observations.main.name
    sizes = np.array([config.get(name, np.nan) for config in posterior.configs], dtype=float)
    values = np.array([config[main] for config in posterior.configs], dtype=float)
    enough = [
        size
        for size in dict.fromkeys(config.get(name) for config in posterior.configs)
        if sum(config.get(name) == size for config in full) >= FEWEST_AT_SIZE
    ]
    return {
        size: values[sizes == size][posterior.draws[:, sizes == size].argmin(axis=1)]
        for size in enough
    }


def _interval(values: Any, method: Literal["linear", "nearest"] = "linear") -> Interval:
    low, middle, high = np.quantile(values, [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2], method=method)
    return Interval(float(middle), float(low), float(high))


def _named(thresholds: dict[Any, float]) -> dict[str, float]:
    """Batch sizes as JSON keys; `any` where it is not searched."""
    return {"any" if size is None else f"{size:g}": lr for size, lr in thresholds.items()}
