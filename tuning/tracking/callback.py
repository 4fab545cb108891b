"""A search in whatever a function of the user's own makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from record.lines import Line
from record.writer import encode

OnRecord = Callable[[Line], object]


class CallbackTracker:
    """Calls `on_record` with each line, a dict of its own as the record has it."""

    def __init__(self, on_record: OnRecord) -> None:
        self._on_record = on_record

    def update(self, lines: Iterable[Line]) -> None:
        """One call a line, in their order."""
        for line in lines:
            self._on_record(json.loads(encode(line)))

    def close(self) -> None:
        """Nothing is held back."""
