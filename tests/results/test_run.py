"""What a run can be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from results import Run, load
from tests.results.conftest import Script
from tests.results.report_runs import confirmed


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return confirmed(tmp_path / "run")


def test_a_run_draws_itself_with_what_it_recommends(run: Run) -> None:
    found = run.recommendation()
    trials = set(run.trials.index[run.trials["trial_id"].isin(run.recommended)])

    curves = {row for row in run.plot_curves().data[-1].customdata if row is not None}
    line = next(s for s in run.plot_dimension("lr").layout.shapes if s.type == "line")

    assert curves == set(run.plot_gap().data[-1].customdata) == trials
    assert line.x0 == found.config["lr"]
    assert set(run.plot_importance().layout.yaxis.ticktext) == {"lr", "batch size"}


def test_importance_that_the_record_does_not_tell_is_refused(tmp_path: Path) -> None:
    begun = Script(tmp_path / "run")
    begun.trial("s00000", {"lr": 0.1, "batch_size": 16}, [1.0, 0.5, 0.4])

    with pytest.raises(ValueError, match="full-length trials that differ beyond noise"):
        load(begun.directory).plot_importance()
