"""Everything that the answer and its warnings are made of, worked out once per run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from results.analysis.confirmation import FEWEST_WINDOW, SEEDS, has_winner
from results.analysis.early_stopping import unselected
from results.analysis.posterior import Posterior, fit_posterior
from results.analysis.profiles import Profile, margin, profiles
from results.analysis.significance import final_association
from results.analysis.surrogate import one_thread
from results.ranking import configuration_ids, full_length, ranking, row_config
from results.run_data import RunData
from search_spaces import Config

FEWEST_FULL_LENGTH = 20
"""Full-length trials without a confirmed window below which there is no interval."""

NO_DIFFERENCE_CHANCE = 0.10
"""p-value up to which a configuration is said to make a difference. The second round of a
confirmation goes where losses were low, which makes the test conservative: on flat landscapes 1
in 20 p-values lies below 0.14."""


@dataclass(frozen=True)
class Summary:
    """What the record of a run shows about the configuration to recommend."""

    config: Config
    confirmed: bool
    trials: pd.DataFrame
    """Full-length trials of that configuration: its fresh seeds, or what there is."""
    posterior: Posterior | None
    profiles: tuple[Profile, ...]
    """A line per dimension through the configuration; empty without a surface."""
    margin: float
    is_enough: bool
    """Enough full-length trials for intervals."""
    chance: float | None
    """p-value of "the final loss has nothing to do with the configuration"; None if unknown."""

    @property
    def trial_ids(self) -> list[str]:
        """Ids of those trials."""
        ids: list[str] = self.trials["trial_id"].tolist()
        return ids

    @property
    def makes_no_difference(self) -> bool:
        """The final loss does not depend on the configuration, as far as can be seen.

        Early losses do not count: where nothing matters in the end, a small lr is still slower.
        """
        return self.is_enough and self.chance is not None and self.chance > NO_DIFFERENCE_CHANCE

    @property
    def is_sure(self) -> bool:
        """Whether the surface says anything: there is one, on enough trials, and it is not flat."""
        return self.posterior is not None and self.is_enough and not self.makes_no_difference


@one_thread
def summarise(run: RunData) -> Summary | None:
    """Work out the summary; None where no trial ended with a finite loss."""
    if not has_winner(run.trials):
        return None

    seeds = _fresh_seeds(run)
    confirmed = len(seeds) >= SEEDS
    best = ranking(run.trials).iloc[0]
    config = row_config(seeds.iloc[0]) if confirmed else row_config(best)
    posterior = fit_posterior(run.trials, run.space, int(run.options.get("seed") or 0))
    return Summary(
        config=config,
        confirmed=confirmed,
        trials=seeds if confirmed else _trials_of(run.trials, best["trial_id"]),
        posterior=posterior,
        profiles=tuple(profiles(posterior, config, np.random.default_rng(0))) if posterior else (),
        margin=margin(posterior) if posterior else 0.0,
        is_enough=_is_enough(run.trials),
        chance=final_association(unselected(run.trials, run.controls), run.space),
    )


def _fresh_seeds(run: RunData) -> pd.DataFrame:
    """Finished trials of the configuration that was last trained with fresh seeds."""
    is_seed = run.trials["trial_id"].map(run.roles).eq("seed")
    planned = run.trials[is_seed]
    if planned.empty:
        return planned

    ids = configuration_ids(run.trials)
    same = ids == ids[planned.index[-1]]
    kept: pd.DataFrame = run.trials[is_seed.to_numpy() & same & full_length(run.trials)]
    return kept


def _trials_of(trials: pd.DataFrame, trial_id: str) -> pd.DataFrame:
    """The full-length trials of a trial's configuration, or that trial when there is none."""
    ids = configuration_ids(trials)
    itself = trials["trial_id"].eq(trial_id).to_numpy()
    full = trials[(ids == ids[itself.argmax()]) & full_length(trials)]
    return full if len(full) else trials[itself]


def _is_enough(trials: pd.DataFrame) -> bool:
    full = full_length(trials)
    confirmed = int((full & (trials["stage"] == "confirm").to_numpy()).sum())
    return confirmed >= FEWEST_WINDOW or int(full.sum()) >= FEWEST_FULL_LENGTH
