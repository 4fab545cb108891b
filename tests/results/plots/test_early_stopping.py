"""Who ran how long, and whether early ranks predict final ones."""

from __future__ import annotations

import pytest

from results import Run
from results.plots import (
    plot_rank_audit,
    plot_survival,
)


def test_survival_falls_at_the_rungs(run: Run) -> None:
    alive = dict(zip(plot_survival(run).data[0].x, plot_survival(run).data[0].y, strict=True))

    assert (
        alive[1]
        > alive[4]
        == (run.trials["stage"].eq("search") & (run.trials["epochs"] == 9)).sum()
    )


def test_rank_audit_reaches_up_to_the_limit() -> None:
    trace = plot_rank_audit({3: (0.6, 0.8), 9: (0.9, 0.95)}).data[0]

    assert trace.x == (3, 9)
    assert trace.error_y.array == pytest.approx((0.2, 0.05))
