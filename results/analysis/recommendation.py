"""The recommendation: which configuration to use, how sure that is, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from results.analysis.chances import batch_size_chances, choice_chances
from results.analysis.enqueued import known_figures
from results.analysis.folds import fold_figures
from results.analysis.gain import expected_gain
from results.analysis.importance import importance
from results.analysis.posterior import Posterior
from results.analysis.profiles import LEVEL, Profile
from results.analysis.run_warning import RunWarning
from results.analysis.scaling import relations
from results.analysis.summary import Summary
from results.analysis.warnings import no_result, warnings_of
from results.diagnosis import common, verdicts_in
from results.ranking import BATCH_SIZE, full_length
from results.run_data import RunData
from search_spaces import Config

OUT_OF_MEMORY = r"out of memory at batch size (\d+)"
"""How the training loop says so in a trial's error."""

LEAST_SPEEDUP = 1.05
"""Speed-ups below 5 % are timing noise."""


@dataclass(frozen=True)
class Recommendation:
    """What the record of a run allows to say; None or empty where it allows nothing."""

    config: Config
    """A value for every dimension; empty when no trial had a finite loss."""
    intervals: Mapping[str, Mapping[str, Any]]
    """Per numeric dimension {"low", "high"}: holds its best value with 90 %."""
    plateau: Mapping[str, Any]
    """Per dimension the range {"low", "high"}, or the list of choices, as good within noise."""
    batch_size_probability: Mapping[Any, float]
    """Chance of each tried batch size to be the best."""
    fastest_equivalent: Mapping[str, Any] | None
    """{"config", "speedup"} of the configuration as good within noise that trains fastest."""
    metric: float | None
    """What trials are compared by, after the last epoch: the validation loss by default."""
    metric_sd: float | None
    """Between fresh seeds; None without at least two."""
    val_loss: float | None
    val_loss_sd: float | None
    """Between fresh seeds; None without at least two."""
    test_metric: float | None
    test_loss: float | None
    test_looks: int
    confirmed: bool
    """Whether the configuration was trained again with fresh seeds."""
    best_epoch: int | None
    warnings: tuple[RunWarning, ...]
    evidence: Mapping[str, Any]
    """Trials, full-length trials, fresh seeds, epochs and seconds that the answer rests on, and
    the verdict on the configuration's curves."""

    def to_dict(self) -> dict[str, Any]:
        """What recommendation.json holds: JSON's own types alone."""
        fields = asdict(self)
        chances = self.batch_size_probability
        fields["batch_size_probability"] = {str(size): chances[size] for size in chances}
        fields["warnings"] = [asdict(warning) for warning in self.warnings]
        return fields


def recommendation(run: RunData, summary: Summary | None) -> Recommendation:
    """The answer that the record of `run`, with its `summary`, carries; never more than that.

    A record without any finite loss gives an empty `config` and says why in `warnings`.
    """
    if summary is None:
        return _nothing(run)

    trials = summary.trials
    metric, metric_sd = _over_seeds(trials["metric"])
    val_loss, val_loss_sd = _over_seeds(trials["val_loss"])
    test_name = "test_loss" if run.goal.is_loss else f"test_{run.goal.metric}"
    return Recommendation(
        config=summary.config,
        intervals=_intervals(summary.profiles) if summary.is_sure else {},
        plateau=_plateau(summary),
        batch_size_probability=_batch_size_chances(summary),
        fastest_equivalent=_fastest(run.trials, summary),
        metric=metric,
        metric_sd=metric_sd,
        val_loss=val_loss,
        val_loss_sd=val_loss_sd,
        test_metric=_test_mean(run, trials, test_name),
        test_loss=_test_mean(run, trials, "test_loss"),
        test_looks=len(run.tests),
        confirmed=summary.confirmed,
        best_epoch=int(trials["best_epoch"].astype(float).median()),
        warnings=tuple(warnings_of(run, summary)),
        evidence=_evidence(run, summary),
    )


def _nothing(run: RunData) -> Recommendation:
    """The answer to a run in which no trial ended with a finite metric."""
    return Recommendation(
        config={},
        intervals={},
        plateau={},
        batch_size_probability={},
        fastest_equivalent=None,
        metric=None,
        metric_sd=None,
        val_loss=None,
        val_loss_sd=None,
        test_metric=None,
        test_loss=None,
        test_looks=len(run.tests),
        confirmed=False,
        best_epoch=None,
        warnings=(no_result(run),),
        evidence=_evidence(run, None),
    )


def _intervals(profiles: Sequence[Profile]) -> dict[str, dict[str, Any]]:
    found = {}
    for profile in profiles:
        if profile.dimension.is_numeric:
            low, high = profile.interval()
            found[profile.dimension.name] = {"low": low, "high": high}
    return found


def _batch_size_chances(summary: Summary) -> dict[Any, float]:
    if not summary.is_sure or summary.posterior is None:
        return {}
    return batch_size_chances(summary.posterior)


def _plateau(summary: Summary) -> dict[str, Any]:
    """Per dimension what is as good; nothing where the trials are too few to tell."""
    if not summary.is_enough:
        return {}
    return {
        profile.dimension.name: _as_written(profile, summary.as_good(profile))
        for profile in summary.profiles
    }


def _as_written(profile: Profile, values: list[Any]) -> Any:
    """Choices as a list, values of a range by their ends."""
    return {"low": values[0], "high": values[-1]} if profile.dimension.is_range else values


def _fastest(trials: pd.DataFrame, summary: Summary) -> dict[str, Any] | None:
    """The batch size whose best configuration is as good and whose epochs take least time.

    Each batch size is judged at its own best lr. None when that is the recommended one.
    """
    posterior, config = summary.posterior, summary.config
    if posterior is None or posterior.observations.batch is None or not summary.is_enough:
        return None

    name = posterior.observations.batch.name
    speeds = _seconds_per_epoch(trials, name)
    here = speeds.get(config.get(name))
    equal = [c for c in _best_of_sizes(posterior, summary) if c[name] in speeds]
    if not here or not equal:
        return None

    fastest = min(equal, key=lambda other: speeds[other[name]])
    speedup = here / speeds[fastest[name]]
    return {"config": fastest, "speedup": float(speedup)} if speedup >= LEAST_SPEEDUP else None


def _best_of_sizes(posterior: Posterior, summary: Summary) -> list[Config]:
    """The best configuration of each batch size, of those as good as the recommended one."""
    config = summary.config
    assert posterior.observations.batch is not None
    name = posterior.observations.batch.name
    sizes = np.array([c.get(name) for c in posterior.configs], dtype=float)
    best = [
        int(np.flatnonzero(sizes == size)[posterior.mean[sizes == size].argmin()])
        for size in dict.fromkeys(sizes)
    ]
    lowest = posterior.draws[:, int(posterior.mean.argmin())]
    upper = np.quantile(posterior.draws[:, best] - lowest[:, None], (1 + LEVEL) / 2, axis=0)
    return [
        posterior.rounded(place)
        for place, above in zip(best, upper, strict=True)
        if above <= summary.margin and posterior.configs[place].get(name) != config.get(name)
    ]


def _seconds_per_epoch(trials: pd.DataFrame, name: str) -> dict[Any, float]:
    """Per batch size the median over its trials, of those that took any time."""
    if f"config/{name}" not in trials:
        return {}
    timed = trials[(trials["epochs"] > 0) & (trials["seconds"] > 0)]
    each = timed["seconds"] / timed["epochs"]
    return dict(each.groupby(timed[f"config/{name}"]).median())


def _over_seeds(values: pd.Series) -> tuple[float | None, float | None]:
    """Mean and standard deviation; no deviation of a single one, nothing where it is unknown."""
    numbers = values.to_numpy(dtype=float)
    if not np.isfinite(numbers).all():
        return None, None
    return float(numbers.mean()), float(numbers.std(ddof=1)) if len(numbers) > 1 else None


def _test_mean(run: RunData, trials: pd.DataFrame, name: str) -> float | None:
    """Mean of what was read of the test part, over the recommended configuration's trials."""
    last = {line["trial_id"]: line.get(name) for line in run.tests}
    read = [value for trial_id in trials["trial_id"] if (value := last.get(trial_id)) is not None]
    return float(np.mean(read)) if read else None


def largest_that_fits(trials: pd.DataFrame) -> int | None:
    """The largest batch size tried that is smaller than every one that ran out of memory.

    None where none did, or none fits.
    """
    failed = trials["error"].astype(str).str.extract(OUT_OF_MEMORY)[0].dropna().astype(int)
    if failed.empty or BATCH_SIZE not in trials:
        return None
    sizes = trials.loc[trials["status"] != "failed", BATCH_SIZE].dropna()
    fitting = sizes[sizes < failed.min()]
    return None if fitting.empty else int(fitting.max())


def _evidence(run: RunData, summary: Summary | None) -> dict[str, Any]:
    trials = summary.trials if summary else run.trials.iloc[:0]
    return {
        "trials": len(run.trials),
        "full_length": int(full_length(run.trials).sum()),
        "fresh_seeds": len(trials) if summary and summary.confirmed else 0,
        "verdict": str(common(verdicts_in(trials)) or ""),
        "epochs": sum(int(f["epochs"].sum()) for f in (run.trials, run.folds) if len(f)),
        "seconds": float(run.wall_seconds),
        "damaged_lines": run.damaged_lines,
        "largest_batch_size_that_fits": largest_that_fits(run.trials),
        "folds": fold_figures(run, summary.config) if summary else None,
        "known": known_figures(run, summary) if summary else None,
    } | (_sure_of(summary) | relations(run, summary) if summary else {})


def _sure_of(summary: Summary) -> dict[str, Any]:
    """Which choices are best, which hyperparameters matter, which do not, and what more
    configurations would gain.

    Nothing where the surface says nothing.
    """
    if not summary.is_sure or summary.posterior is None:
        return {
            "choice_probability": {},
            "importance": {},
            "no_effect": [],
            "gain_of_20_more": None,
        }
    return {
        "choice_probability": choice_chances(summary.posterior, summary.config),
        "importance": importance(summary.posterior),
        "no_effect": [
            profile.dimension.name
            for profile in summary.profiles
            if len(profile.values) > 1 and len(summary.as_good(profile)) == len(profile.values)
        ],
        "gain_of_20_more": _gain(summary),
    }


def _gain(summary: Summary) -> float | None:
    """The share by which MORE configurations are expected to better the metric."""
    posterior = summary.posterior
    assert posterior is not None, "there is one where the summary is sure"
    gain = expected_gain(posterior, np.random.default_rng(0))
    if posterior.observations.scale.is_log:
        return float(-np.expm1(-gain))
    size = abs(float(posterior.mean_of([summary.config])[0]))
    return gain / size if size else None
