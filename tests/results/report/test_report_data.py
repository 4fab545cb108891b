"""What a report is made of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from results import load
from tests.results.conftest import Script
from tests.results.report_runs import confirmed


def test_confirmed_run_has_a_posterior_and_its_fresh_seeds(tmp_path: Path) -> None:
    report = confirmed(tmp_path / "run").report_data()

    assert report.posterior is not None
    assert len(report.recommended) == 3


def test_few_trials_have_no_posterior_to_show(script: Callable[..., Script]) -> None:
    begun = script()
    begun.trial("s00000", {"lr": 0.1, "batch_size": 16}, [1.0])

    report = load(begun.directory).report_data()

    assert report.posterior is None
    assert report.codes == {"few-full-length"}


def test_runner_up_is_the_best_of_any_other_configuration(script: Callable[..., Script]) -> None:
    begun = script()
    for place, (lr, loss) in enumerate([(0.1, 0.3), (0.1, 0.4), (0.2, 0.5), (0.3, 0.9)]):
        begun.trial(f"s{place:05d}", {"lr": lr}, [1.0, 1.0, loss])

    assert load(begun.directory).report_data().runner_up() == pytest.approx(0.5)


def test_a_lucky_seed_of_another_configuration_is_no_runner_up(
    script: Callable[..., Script],
) -> None:
    """Configurations are ranked by the mean of their seeds, and said to be the next best by it."""
    begun = script(epochs=3)
    begun.trial("s00000", {"lr": 0.1, "batch_size": 32}, [0.9, 0.7, 0.5])
    begun.trial("s00001", {"lr": 0.2, "batch_size": 32}, [0.9, 0.7, 0.4])
    begun.trial("s00002", {"lr": 0.2, "batch_size": 32}, [0.9, 0.7, 0.8], seed=1)

    assert load(begun.directory).report_data().runner_up() == pytest.approx(0.6)
