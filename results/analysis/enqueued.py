"""How the recommended configuration compares with those that were known beforehand."""

from __future__ import annotations

from typing import Any

import numpy as np

from results.analysis.posterior import Posterior
from results.analysis.summary import Summary
from results.ranking import ranking, row_config
from results.run_data import RunData
from search_spaces import Config
from search_spaces.values import identity

NUM_DRAWS = 4000
"""Draws of the two final losses: a chance of 97 % is then known to 0.3 %."""


def known_figures(run: RunData, summary: Summary) -> dict[str, Any] | None:
    """The best-ranked configuration of those that were enqueued; None where none was.

    `num` of them, its `config`, `status` and `metric`, whether it `is_recommended`, and the chance
    that the recommended one is `better`: that its final loss without noise is lower, by the
    posterior of both. None where the losses do not tell.
    """
    if not run.trials["enqueued"].any():
        return None
    rows = ranking(run.trials)
    known = rows[rows["enqueued"]].to_dict("records")
    configs = [row_config(row) for row in known]
    here = identity(summary.config)
    place = next((n for n, config in enumerate(configs) if identity(config) == here), 0)
    best, config = known[place], configs[place]
    is_recommended = identity(config) == here
    has_value = np.isfinite(best["metric"])
    is_asked = summary.is_sure and has_value and not is_recommended
    return {
        "num": len(known),
        "config": config,
        "status": best["status"],
        "metric": float(best["metric"]) if has_value else None,
        "is_recommended": is_recommended,
        "better": _chance(summary.posterior, summary.config, config) if is_asked else None,
    }


def _chance(posterior: Posterior | None, one: Config, other: Config) -> float:
    """The chance that the final loss of `one` lies below that of `other`."""
    assert posterior is not None, "there is one where the summary is sure"
    draws = posterior.draws_of([one, other], NUM_DRAWS, np.random.default_rng(0))
    return float((draws[:, 0] < draws[:, 1]).mean())
