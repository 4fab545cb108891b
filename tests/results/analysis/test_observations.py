"""What single odd losses do to the answer: nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from results import Run, load
from tests.results.report_runs import searched_of_three


def run_with(directory: Path, odd: list[float], shift: float = 0.0) -> Run:
    """A basin, and far from it one trial with `odd` losses and one that almost diverged."""
    begun = searched_of_three(directory, shift=shift)
    far = {"lr": 0.9, "batch_size": 16, "momentum": 0.9}
    begun.trial("s00048", far, [*odd, *[7.2] * (9 - len(odd))])
    begun.trial("s00049", far | {"lr": 0.95}, [3.6e6] * 9)
    return load(directory)


@pytest.mark.parametrize("place", [0, 2])
def test_a_loss_of_zero_that_was_luck_leaves_the_answer_alone(tmp_path: Path, place: int) -> None:
    odd = [7.2] * place
    with_zero = run_with(tmp_path / "zero", [*odd, 0.0]).recommendation()
    without = run_with(tmp_path / "none", [*odd, 0.05]).recommendation()

    assert with_zero.config == without.config
    assert with_zero.intervals["lr"] == without.intervals["lr"]
    assert [w.code for w in with_zero.warnings] == [w.code for w in without.warnings]


def test_a_loss_that_almost_diverged_hides_no_basin_of_losses_below_zero(tmp_path: Path) -> None:
    answer = run_with(tmp_path / "run", [7.2], shift=-0.15).recommendation()

    assert "no-difference" not in [warning.code for warning in answer.warnings]
    assert 0.003 < answer.config["lr"] < 0.03
