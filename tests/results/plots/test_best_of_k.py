"""The expected best of k configurations."""

from __future__ import annotations

import pytest

from results import Run
from results.plots import (
    plot_best_of_k,
)


def test_best_of_k_falls_to_the_best_loss_of_the_search(run: Run) -> None:
    curve = plot_best_of_k(run).data[0].y
    search = run.trials[run.trials["stage"] == "search"]

    assert list(curve) == sorted(curve, reverse=True)
    assert curve[-1] == pytest.approx(search["val_loss"].min(), rel=1e-4)
