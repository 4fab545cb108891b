"""A warning beside an answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RunWarning:
    """Something wrong with the answer or the curves, and what to type about it."""

    code: str
    text: str
    next: str
