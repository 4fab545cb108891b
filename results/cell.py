"""The cell of a notebook that runs: whether there is one, and what stands below it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def is_running() -> bool:
    """Whether this process is the kernel of a notebook; a console shows text alone."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def show(html: str, text: str, figures: Iterable[Figure] = ()) -> None:
    """Put `html` below the cell, in a console `text`; then the figures, as plotly is set to.

    By default their data go into the notebook and are drawn by what plotly has installed: nothing
    is fetched.
    """
    from IPython.display import display

    display({"text/html": html, "text/plain": text}, raw=True)  # type: ignore[no-untyped-call]
    if is_running():
        for figure in figures:
            display(figure)  # type: ignore[no-untyped-call]


class Output:
    """Something below the cell that is shown again in its own place."""

    def __init__(self, html: str, text: str) -> None:
        from IPython.display import display

        self._handle: Any = display(  # type: ignore[no-untyped-call]
            {"text/html": html, "text/plain": text}, raw=True, display_id=True
        )

    def show(self, html: str, text: str) -> None:
        """Show this from now on."""
        self._handle.update({"text/html": html, "text/plain": text}, raw=True)
