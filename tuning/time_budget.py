"""The time that a run may take, and how much of it is left for its confirmation."""

from __future__ import annotations

import math
import time

CONFIRMATION_SHARE = 1 / 3
"""Of the time, kept for the confirmation: of 50 samples it takes a third of all epochs."""


class TimeBudget:
    """Counts from the first trial on; without a limit it is never spent."""

    def __init__(self, seconds: float | None, confirm: bool) -> None:
        """`seconds` in all, of which a `confirm` stage gets its share."""
        self._whole = math.inf if seconds is None else seconds
        self._searching = self._whole * (1 - CONFIRMATION_SHARE * confirm)
        self._begun: float | None = None

    def begin(self) -> None:
        """A trial runs: time counts, if it has not done so before."""
        if self._begun is None:
            self._begun = time.monotonic()

    @property
    def is_spent(self) -> bool:
        """Whether no further epoch is to be waited for."""
        return self._passed >= self._whole

    @property
    def is_search_over(self) -> bool:
        """Whether no further trial of the search is to begin."""
        return self._passed >= self._searching

    @property
    def is_race_due(self) -> bool:
        """Whether fresh seeds come next, since a third of the confirmation's share has passed."""
        return self._passed >= (self._whole + 2 * self._searching) / 3

    @property
    def _passed(self) -> float:
        return 0.0 if self._begun is None else time.monotonic() - self._begun
