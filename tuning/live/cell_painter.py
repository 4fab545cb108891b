"""The live view below the cell of a notebook."""

from __future__ import annotations

import contextlib
import io

from rich.console import Console
from rich.text import Text

from results.cell import Output
from results.format import endings
from results.text.notebook import PRE
from tuning.live.screen import screen, starting
from tuning.live.state import SearchState

WIDTH, HEIGHT = 100, 24
PAUSE_SECONDS = 0.5
"""At most two drawings a second: each goes through the browser's connection."""


class CellPainter:
    """One output, drawn again in its place; how the search ended is left of it."""

    pause = PAUSE_SECONDS

    def __init__(self, title: str) -> None:
        self._title = title
        self._state: SearchState | None = None
        self._stack = contextlib.ExitStack()
        self._printed = self._stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        text = starting(title, WIDTH)
        self._output = Output(_html(text), text.plain)

    def draw(self, state: SearchState) -> None:
        """Show the state as it is now."""
        self._state = state
        self._show(screen(self._title, state, WIDTH, HEIGHT))

    def tell(self, text: str) -> None:
        """Show it above all that follows, like what others print on stderr meanwhile."""
        print(text, file=self._printed)

    def close(self) -> None:
        """Leave what was told, and how many trials ended in which way."""
        self._stack.close()
        counts = self._state.counts if self._state else {}
        self._show(Text("  ".join(endings(counts))))

    def _show(self, text: Text) -> None:
        told = self._printed.getvalue()
        whole = Text(f"{told}\n" if told else "").append_text(text)
        self._output.show(_html(whole), whole.plain)


def _html(text: Text) -> str:
    console = Console(file=io.StringIO(), record=True, width=WIDTH, force_jupyter=False)
    console.print(text)
    return console.export_html(inline_styles=True, code_format=f'<pre style="{PRE}">{{code}}</pre>')
