"""What single odd losses do to the answer: nothing. And how losses become targets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from results import Run, load
from results.analysis.observations import Scale
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


def targets(size: float, above: list[float]) -> np.ndarray:
    """Of losses whose logarithm lies so far `above` the lowest, in a basin of this size."""
    return Scale({9: 0.0}, size, floor=1e-9).targets(np.exp(above), 9)


def test_noise_is_nearly_the_same_everywhere_in_a_basin() -> None:
    bottom, rim = targets(0.1, [0.0, 0.01]), targets(0.1, [0.1, 0.11])

    assert np.diff(rim) > 0.8 * np.diff(bottom)


def test_how_bad_a_loss_is_beyond_the_basin_hardly_counts() -> None:
    assert targets(0.1, [20.0])[0] < 4 * targets(0.1, [1.0])[0]


def test_a_run_whose_losses_span_decades_is_damped_from_a_factor_of_e_on() -> None:
    assert targets(0.9, [1.0])[0] == pytest.approx(np.log(2))
    assert targets(3.0, [3.0])[0] == pytest.approx(np.log(2)), "unless its basin is larger still"


def test_heights_are_what_targets_were_made_of() -> None:
    scale = Scale({9: -2.0}, 0.1, floor=1e-9)
    heights = np.array([-2.3, -2.0, -1.5, 1.0])

    assert scale.heights(scale.targets(np.exp(heights), 9), 9) == pytest.approx(heights)
