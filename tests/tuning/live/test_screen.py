"""What the live view's screen says."""

from __future__ import annotations

import pytest

from tests.tuning.live.lines import begun, epoch, state_of, whole
from tuning.live.screen import plain_line, screen, sparkline


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (40, 10)])
def test_screen_fits_its_terminal_however_much_runs(width: int, height: int) -> None:
    lines = [line for n in range(30) for line in whole(f"done{n}", [0.5] * 9)]
    lines += [
        line for n in range(50) for line in (begun(f"run{n}", 1e-4), epoch(f"run{n}", 1, 1.0))
    ]

    shown = screen("title " * 40, state_of(lines), width, height).plain.split("\n")

    assert len(shown) <= height
    assert max(map(len, shown)) <= width
    if height >= 24:
        assert "more" in shown[-1]


def test_screen_names_progress_leaders_and_running_trials() -> None:
    lines = [*whole("a", [0.25] * 9, lr=0.032), *whole("b", [1.0] * 3, "stopped")]
    state = state_of([*lines, begun("c"), epoch("c", 1, 2.0), epoch("c", 2, 1.0)])

    text = screen("digits", state, 80, 24).plain

    assert "2 of 10 trials" in text
    assert "1 finished  1 stopped early  14 epochs done, 6 saved by stopping" in text
    assert "lr 0.032" in text
    assert "\N{FULL BLOCK}\N{LOWER ONE EIGHTH BLOCK}" in text


def test_control_characters_of_names_do_not_reach_the_terminal() -> None:
    state = state_of([begun("a\x1b[2J"), epoch("a\x1b[2J", 1, 1.0)])

    assert "\x1b" not in screen("t\x1b]0;", state, 80, 24).plain
    assert "\x1b" not in plain_line(state)


def test_sparkline_falls_with_the_loss_and_skips_what_is_not_finite() -> None:
    assert sparkline([1.0, 0.1, 0.01], 10) == "█▅▁"
    assert sparkline([1.0, None, 0.1], 10) == "█ ▁"
    assert sparkline([None], 10) == ""
    assert len(sparkline([1.0 / n for n in range(1, 100)], 10)) == 10
