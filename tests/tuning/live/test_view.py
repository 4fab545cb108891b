"""Where the live view shows a search, and that nothing of it stays."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import TextIO

import pytest

from tests.tuning.live.conftest import Terminal
from tests.tuning.live.lines import Clock, whole
from tuning.live.view import LiveView


def test_what_an_earlier_session_did_does_not_count_for_the_pace(clock: Clock) -> None:
    view = LiveView("t", 4, 9, quiet=True, clock=clock)
    view.update(whole("a", [1.0] * 9))
    clock.now += 1000.0

    with view:
        view.update(whole("b", [1.0] * 9))
        clock.now += 9.0
        assert view.state.seconds_left() == pytest.approx(18.0)


def test_terminal_shows_a_screen_that_vanishes_and_what_was_printed_comes_after(
    terminal: Callable[..., Terminal], monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    window = terminal()
    monkeypatch.setattr(sys, "stderr", window.stream)
    with LiveView("digits", 2, 9, stream=window.stream, clock=clock) as view:
        clock.now += 1.0
        view.update(whole("a", [0.5] * 9))
        print("a warning", file=sys.stderr)

    text = window.written()
    first, last = text.index("\x1b[?1049h"), text.index("\x1b[?1049l")
    assert first < text.index("1 of 2 trials") < last < text.index("a warning")


def test_a_screen_that_waits_for_its_first_trial_is_not_blank(
    terminal: Callable[..., Terminal],
) -> None:
    window = terminal()
    with LiveView("digits, 2 configurations", 2, 9, stream=window.stream):
        pass

    assert "starting the workers" in window.written()


def test_no_color_leaves_colours_out(
    terminal: Callable[..., Terminal], monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    window = terminal()
    with LiveView("digits", 2, 9, stream=window.stream, clock=clock) as view:
        clock.now += 1.0
        view.update(whole("a", [0.5] * 9))

    assert "\x1b[36m" not in window.written()


def test_at_most_four_screens_a_second(terminal: Callable[..., Terminal], clock: Clock) -> None:
    window = terminal()
    with LiveView("digits", 2, 9, stream=window.stream, clock=clock) as view:
        for _ in range(100):
            clock.now += 0.01
            view.update([])

    assert window.written().count("best so far") <= 4


@pytest.mark.parametrize(("quiet", "lines"), [(False, 3), (True, 0)])
def test_without_a_terminal_a_line_every_few_seconds_and_none_when_quiet(
    clock: Clock, quiet: bool, lines: int
) -> None:
    stream: TextIO = io.StringIO()
    with LiveView("digits", 2, 9, quiet, stream=stream, clock=clock) as view:
        view.update(whole("a", [0.5] * 9))
        for _ in range(18):
            clock.now += 1.0
            view.update([])

    shown = stream.getvalue().splitlines()
    assert len(shown) == lines
    assert all("search: 1 of 2 trials, 9 epochs, best 0.5 (lr 0.1)" in line for line in shown)
    assert all("\x1b" not in line for line in shown)
