"""Everything that the answer and its warnings are made of, worked out once per run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from record.lines import SEED_ROLE
from results.analysis.confirmation import has_winner
from results.analysis.curves import configs_of
from results.analysis.leader import confirmed_leader
from results.analysis.posterior import Posterior, fit_posterior
from results.analysis.profiles import Profile, margin, profiles
from results.ranking import full_length, in_order, ranking, row_config
from results.run_data import RunData
from search_spaces import Config
from search_spaces.values import identity

FEWEST_FULL_LENGTH = 12
"""Full-length trials below which there is no interval."""

FEWEST_EXAMPLES = 10
"""Validation examples below which there is none either."""

LEAST_EVIDENCE = 0.0
"""Evidence from which on a configuration is said to make a difference (docs/posterior.md): that is
likelier than that it makes none."""


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
    noise_margin: float
    """What counts as a difference where configurations differ, in heights."""
    has_enough_trials: bool
    """Enough full-length trials for intervals."""
    has_enough_examples: bool
    """Enough validation examples: which ones were held out is chance that no trial shows."""
    evidence: float | None
    """Log of how much likelier the losses are if the final one depends on the configuration than
    if it does not; None if unknown."""

    @property
    def trial_ids(self) -> list[str]:
        """Ids of those trials."""
        ids: list[str] = self.trials["trial_id"].tolist()
        return ids

    @property
    def is_enough(self) -> bool:
        """Enough of both to say how sure anything is."""
        return self.has_enough_trials and self.has_enough_examples

    @property
    def makes_no_difference(self) -> bool:
        """The final loss does not depend on the configuration, as far as can be seen.

        Early losses do not count: where nothing matters in the end, a small lr is still slower.
        """
        return self.is_enough and self.evidence is not None and self.evidence < LEAST_EVIDENCE

    @property
    def margin(self) -> float:
        """By how much a loss may lie higher and still be as good, in heights."""
        return np.inf if self.makes_no_difference else self.noise_margin

    def as_good(self, profile: Profile) -> list[Any]:
        """Values of a hyperparameter that are as good within noise as the recommended one.

        Where nothing makes a difference, those with which trials ran to the end, or what lies
        between them: of others nothing is known but early losses, which were worse.
        """
        if not self.makes_no_difference:
            return profile.as_good(self.noise_margin)
        assert self.posterior is not None, "it is what sees no difference"
        name = profile.dimension.name
        configs = [self.config, *self.posterior.observations.full_configs]
        known = [config[name] for config in configs if name in config]
        if profile.dimension.is_range:
            return [value for value in profile.values if min(known) <= value <= max(known)]
        tried = set(map(identity, known))
        return [value for value in profile.values if identity(value) in tried]

    @property
    def is_sure(self) -> bool:
        """Whether the surface says anything: there is one, on enough trials, and it is not flat."""
        return self.posterior is not None and self.is_enough and not self.makes_no_difference

    @property
    def why_unsure(self) -> str:
        """Why the surface says nothing, as a clause; empty where it does."""
        if self.is_sure:
            return ""
        if not self.has_enough_trials:
            return "there are too few full-length trials"
        if not self.has_enough_examples:
            return "there are too few validation examples"
        if self.makes_no_difference:
            return "the configurations that ran to the end do not differ beyond noise"
        return "the space leaves nothing to compare"


def summarise(run: RunData) -> Summary | None:
    """Work out the summary; None where no trial ended with a finite metric."""
    if not has_winner(run.trials):
        return None

    leader = confirmed_leader(run)
    config = leader.config if leader else row_config(ranking(run.trials).iloc[0])
    posterior = fit_posterior(run, config)
    return Summary(
        config=config,
        confirmed=leader is not None,
        trials=_trials_of(run, config, fresh=leader is not None),
        posterior=posterior,
        profiles=tuple(profiles(posterior, config, np.random.default_rng(0))) if posterior else (),
        noise_margin=margin(posterior) if posterior else 0.0,
        has_enough_trials=int(full_length(run.trials).sum()) >= FEWEST_FULL_LENGTH,
        has_enough_examples=run.num_validation is None or run.num_validation >= FEWEST_EXAMPLES,
        evidence=posterior.surrogate.evidence if posterior else None,
    )


def _trials_of(run: RunData, config: Config, fresh: bool) -> pd.DataFrame:
    """The full-length trials of `config`, those with fresh seeds where there are any.

    All its trials where none ran to the end.
    """
    trials = run.trials
    same = pd.Series([identity(other) == identity(config) for other in configs_of(trials)])
    is_seed = trials["trial_id"].map(run.roles).eq(SEED_ROLE)
    mine: pd.DataFrame = trials[same.to_numpy() & (is_seed if fresh else True)]
    full = mine[full_length(mine)]
    return full if len(full) else in_order(mine).head(1)
