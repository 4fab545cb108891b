"""How much a confirmation may take."""

from __future__ import annotations

SHARE = 0.25
"""Of the search's epochs that its confirmation may take; up to all of them ..."""

FEW = 12
"""... for so many full-length runs, which most answers need."""

SEEDS = 3
"""Fresh seeds of the recommended configuration, at least."""


def confirmation_size(search_epochs: int, budget: int) -> int:
    """Full-length runs that a confirmation takes at most, where one takes `budget` epochs.

    A part of what the search took; at least the fresh seeds of one configuration.
    """
    affordable = search_epochs / budget
    return max(SEEDS, round(min(affordable, max(FEW, SHARE * affordable))))
