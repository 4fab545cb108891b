"""The live view: what it says, where it says it, and that nothing of it stays."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import struct
import sys
import termios
import threading
from collections.abc import Callable
from typing import Any, TextIO

import pytest

from tuning.live.screen import plain_line, screen, sparkline
from tuning.live.state import SearchState
from tuning.live.view import LiveView

Line = dict[str, Any]


class Clock:
    """A time that tests set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal:
    """A pseudo-terminal, and everything that was written to it."""

    def __init__(self, columns: int, rows: int) -> None:
        self._leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.stream = os.fdopen(follower, "w", encoding="utf-8")
        self._read: list[bytes] = []
        self._reader = threading.Thread(target=self._drain, daemon=True)
        self._reader.start()

    def written(self) -> str:
        """Close it and return what came."""
        self.stream.close()
        self._reader.join(5)
        return b"".join(self._read).decode()

    def _drain(self) -> None:
        try:
            while data := os.read(self._leader, 1 << 16):
                self._read.append(data)
        except OSError:  # the other end is closed
            pass


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Terminal]:
    """Opens pseudo-terminals that can do colours."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv("LINES", raising=False)
    return lambda columns=80, rows=24: Terminal(columns, rows)


def begun(trial_id: str, lr: float = 0.1, **fields: Any) -> Line:
    return {"kind": "trial", "trial_id": trial_id, "config": {"lr": lr}, **fields}


def epoch(trial_id: str, number: int, val_loss: float | None) -> Line:
    line = {"kind": "epoch", "trial_id": trial_id, "epoch": number}
    return line | {"val_loss": val_loss, "train_loss": val_loss}


def ended(trial_id: str, status: str = "finished") -> Line:
    return {"kind": "status", "trial_id": trial_id, "status": status}


def whole(
    trial_id: str, losses: list[float], status: str = "finished", lr: float = 0.1
) -> list[Line]:
    curve = [epoch(trial_id, number, loss) for number, loss in enumerate(losses, start=1)]
    return [begun(trial_id, lr), *curve, ended(trial_id, status)]


def state_of(lines: list[Line], planned: int = 10, budget: int = 9, **settings: Any) -> SearchState:
    state = SearchState(planned, budget, **settings)
    for line in lines:
        state.apply(line)
    return state


def test_counts_and_epochs_saved_follow_the_record() -> None:
    state = state_of([*whole("a", [1.0] * 9), *whole("b", [1.0] * 3, "stopped"), begun("c")])

    assert state.counts == {"finished": 1, "stopped": 1}
    assert (state.epochs_done, state.epochs_saved) == (12, 6)
    assert list(state.running) == ["c"]


def test_retried_trial_is_counted_once_and_its_known_epochs_not_again() -> None:
    again = [begun("a", attempt=2), epoch("a", 1, 1.0), epoch("a", 2, 0.5), ended("a")]
    state = state_of([begun("a"), epoch("a", 1, 1.0), ended("a", "failed"), *again])

    assert state.counts["failed"] == 0
    assert state.counts["finished"] == 1
    assert (state.epochs_done, state.stage.ended) == (2, 1)


def test_leaders_are_full_length_first_and_never_diverged() -> None:
    state = state_of(
        [
            *whole("short", [0.1], "stopped"),
            *whole("worse", [0.9] * 9),
            *whole("best", [0.3] * 9),
            *whole("lost", [0.2], "diverged"),
        ]
    )

    assert [trial.trial_id for trial in state.leaders(5)] == ["best", "worse", "short"]


def test_time_left_follows_from_the_pace_and_the_length_of_ended_trials(clock: Clock) -> None:
    state = state_of([], planned=4, clock=clock)
    assert state.seconds_left() is None

    for line in [*whole("a", [1.0] * 9), *whole("b", [1.0] * 3, "stopped")]:
        state.apply(line)
    clock.now += 12.0  # a second per epoch; two trials of six epochs each are left

    assert state.seconds_left() == pytest.approx(12.0)


def test_time_left_leaves_out_what_starting_took(clock: Clock) -> None:
    state = state_of([], planned=2, clock=clock)
    clock.now += 60.0
    for line in whole("a", [1.0] * 9):
        state.apply(line)
    clock.now += 9.0

    assert state.seconds_left() == pytest.approx(9.0)


def test_one_trial_of_many_tells_nothing_of_the_time_left(clock: Clock) -> None:
    state = state_of(whole("a", [1.0] * 9), planned=50, clock=clock)
    clock.now += 9.0

    assert state.seconds_left() is None


def test_confirmation_counts_its_own_trials_at_full_length(clock: Clock) -> None:
    state = state_of(whole("a", [1.0] * 3, "stopped"), planned=1, clock=clock)
    state.apply({"kind": "stage", "stage": "confirm", "trials": [{}, {}]})
    state.apply({"kind": "stage", "stage": "confirm", "trials": [{}]})
    for line in whole("c", [1.0] * 9):
        state.apply(line)
    clock.now += 9.0

    assert (state.stage.name, state.stage.planned, state.stage.ended) == ("confirm", 3, 1)
    assert state.seconds_left() == pytest.approx(18.0)


def test_what_an_earlier_session_did_does_not_count_for_the_pace(clock: Clock) -> None:
    view = LiveView("t", 4, 9, quiet=True, clock=clock)
    view.update(whole("a", [1.0] * 9))
    clock.now += 1000.0

    with view:
        view.update(whole("b", [1.0] * 9))
        clock.now += 9.0
        assert view.state.seconds_left() == pytest.approx(18.0)


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
