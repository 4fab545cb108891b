"""Values of hyperparameters with which no trial has ever trained: every one of them failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from results.ranking import CONFIG_PREFIX, row_config
from results.run_data import RunData
from search_spaces import Choice, Config, Space
from search_spaces.set_option import with_dimensions
from search_spaces.values import identity


def never_trained(
    space: Space, failed: Iterable[Config], trained: Iterable[Config]
) -> dict[str, list[Any]]:
    """Per dimension of choices the values that `failed` trials alone have; not where that is all.

    A range has no such values: another number beside a failed one may do.
    """
    failed, trained = list(failed), list(trained)
    found: dict[str, list[Any]] = {}
    for name, dimension in space.searched.items() if trained else ():
        if isinstance(dimension, Choice):
            good, bad = (
                {identity(config[name]) for config in configs if name in config}
                for configs in (trained, failed)
            )
            values = [v for v in dimension.choices if identity(v) in bad - good]
            if 0 < len(values) < len(dimension.choices):
                found[name] = values
    return found


def never_trained_in(run: RunData) -> dict[str, list[Any]]:
    """The same of a run."""
    is_failed = run.trials["status"].eq("failed")
    if not is_failed.any():
        return {}
    choices = [name for name, d in run.space.searched.items() if isinstance(d, Choice)]
    columns = [CONFIG_PREFIX + name for name in choices if CONFIG_PREFIX + name in run.trials]
    failed, trained = (
        map(row_config, run.trials.loc[chosen, columns].to_dict("records"))
        for chosen in (is_failed, ~is_failed & run.trials["epochs"].gt(0))
    )
    return never_trained(run.space, failed, trained)


def without(space: Space, values: Mapping[str, Sequence[Any]]) -> Space:
    """The space without those values of its choices."""
    left = {}
    for name, gone in values.items():
        dimension = space.dimensions[name]
        assert isinstance(dimension, Choice)
        known = {identity(value) for value in gone}
        left[name] = Choice(tuple(v for v in dimension.choices if identity(v) not in known))
    return with_dimensions(space, left) if left else space
