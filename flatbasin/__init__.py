"""The name people import: search, load; the commands that read runs.

Flatbasin is PyTorch hyperparameter search on Ray Tune that ends in an answer.

    from flatbasin import load, search

    run = search(task="digits", samples=50)
    run = load("runs/digits-20260101-120000")   # neither Ray nor torch

Importing this package costs next to nothing: what a name needs is imported with its first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from flatbasin import packages

packages.find_ours_first()

if TYPE_CHECKING:
    from results import Run, from_dataframe, from_result_grid, load
    from results.analysis.recommendation import Recommendation
    from trainable.tune_trainable import trainable_of
    from tuning import resume, search

__all__ = [
    "Recommendation",
    "Run",
    "from_dataframe",
    "from_result_grid",
    "load",
    "resume",
    "search",
    "trainable_of",
]

_HOMES = {
    "Recommendation": "results.analysis.recommendation",
    "Run": "results",
    "from_dataframe": "results",
    "from_result_grid": "results",
    "load": "results",
    "resume": "tuning",
    "search": "tuning",
    "trainable_of": "trainable.tune_trainable",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("flatbasin")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(
        f"module 'flatbasin' has no attribute {name!r}: it has {', '.join(__all__)}"
    )


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
