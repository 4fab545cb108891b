"""The live view: a search as it goes, on a screen of its own or line by line."""

from __future__ import annotations

import contextlib
import io
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from record.goal import VALIDATION_LOSS, Goal
from record.rungs import EPOCH
from tuning.live.state import SearchState

if TYPE_CHECKING:
    from rich.console import Console

REDRAW_SECONDS = 0.25
"""At most four screens a second."""

DRAWING_SHARE = 0.01
"""Share of the time that drawing may take: a slow terminal is drawn to less often."""

LINE_SECONDS = 5.0
"""Between two lines where there is no screen."""


class LiveView:
    """Shows a search while it runs, on stderr; nothing of it is left when it ends.

    On a terminal it has a screen of its own; what is printed meanwhile comes out afterwards. In a
    notebook it is below the cell, where a line is left.
    Elsewhere it prints a line every few seconds, and nothing at all when `quiet`.

        with LiveView("digits, 50 configurations", num_planned=50, epochs=27) as view:
            view.update(lines)    # the record's lines as they are written; [] for a sign of life
    """

    def __init__(
        self,
        title: str,
        num_planned: int,
        epochs: int,
        quiet: bool = False,
        *,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
        goal: Goal = VALIDATION_LOSS,
        unit: str = EPOCH,
    ) -> None:
        self.state = SearchState(num_planned, epochs, clock, goal, unit)
        self._title, self._quiet, self._clock = title, quiet, clock
        self._stream = stream
        self._painter: Painter | None = None
        self._next = 0.0

    def __enter__(self) -> LiveView:
        """Begin to show. Lines given to `update` before count as done in an earlier session."""
        self.state.start_clock()
        if not self._quiet:
            stream = self._stream or sys.stderr
            self._painter = _painter(stream, self._title)
            self._next = self._clock() + self._painter.pause
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def tell(self, text: str) -> None:
        """Say something in a line; a screen keeps the last one, and leaves all behind."""
        if self._painter is not None:
            self.warn(text)

    def warn(self, text: str) -> None:
        """The same, also where nothing else is shown."""
        self.state.note = text
        if self._painter is not None:
            self._painter.tell(text)
        else:
            print(text, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Show nothing more, and leave the terminal as it was."""
        if self._painter is not None:
            self._painter.close()
            self._painter = None

    def update(self, lines: Iterable[Mapping[str, Any]] = ()) -> None:
        """Take in what was written to the record, and draw if it is time to."""
        for line in lines:
            self.state.apply(line)
        now = self._clock()
        if self._painter is None or now < self._next:
            return
        self._painter.draw(self.state)
        cost = self._clock() - now
        self._next = now + max(self._painter.pause, cost / DRAWING_SHARE)


class Painter(Protocol):
    """One way of showing a search."""

    pause: float
    """Seconds between two drawings."""

    def draw(self, state: SearchState) -> None:
        """Show the state as it is now."""

    def tell(self, text: str) -> None:
        """Say something that stays."""

    def close(self) -> None:
        """Leave the terminal as it was."""


def _painter(stream: TextIO, title: str) -> Painter:
    """An output below the cell in a notebook, a screen on a terminal that can move its cursor,
    lines elsewhere."""
    from results import cell  # pandas loads with it, while Ray starts

    if cell.is_running():
        from tuning.live.cell_painter import CellPainter

        return CellPainter(title)
    if not stream.isatty():
        return LinePainter(stream)
    from rich.console import Console

    console = Console(file=stream)
    return LinePainter(stream) if console.is_dumb_terminal else ScreenPainter(console, title)


class _Telling:
    """Says what stays on stderr."""

    def tell(self, text: str) -> None:
        """Print it."""
        print(text, file=sys.stderr, flush=True)


class LinePainter(_Telling):
    """A line of text every few seconds."""

    pause = LINE_SECONDS

    def __init__(self, stream: TextIO) -> None:
        from tuning.live.screen import plain_line

        self._stream, self._line = stream, plain_line

    def draw(self, state: SearchState) -> None:
        """Print where the search is."""
        print(self._line(state), file=self._stream, flush=True)

    def close(self) -> None:
        """Nothing to tidy up."""


class ScreenPainter(_Telling):
    """The terminal's second screen, which vanishes at the end."""

    pause = REDRAW_SECONDS

    def __init__(self, console: Console, title: str) -> None:
        from rich.live import Live

        from tuning.live.screen import screen, starting

        self._console, self._title, self._screen = console, title, screen
        self._printed = io.StringIO()
        self._stack = ExitStack()
        self._stack.callback(self._release_printed, sys.stderr)
        self._live = self._stack.enter_context(
            Live(
                console=console,
                screen=True,
                auto_refresh=False,
                redirect_stdout=False,
                redirect_stderr=False,
            )
        )
        self._live.update(starting(title, console.size.width), refresh=True)
        self._stack.enter_context(contextlib.redirect_stdout(self._printed))
        self._stack.enter_context(contextlib.redirect_stderr(self._printed))

    def draw(self, state: SearchState) -> None:
        """Draw the whole screen at its size of this moment."""
        width, height = self._console.size
        has_bars = "utf" in self._console.encoding
        text = self._screen(self._title, state, width, height, has_bars)
        self._live.update(text, refresh=True)

    def close(self) -> None:
        """Back to the first screen."""
        self._stack.close()

    def _release_printed(self, stream: TextIO) -> None:
        """What was printed while the screen was taken."""
        stream.write(self._printed.getvalue())
        stream.flush()
