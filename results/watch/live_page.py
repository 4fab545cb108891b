"""The report of a run that may still grow, made again when there is news and somebody asks."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime

from record import AnyPath, has_record
from record.lines import INTERRUPTED
from record.reader import Record, num_bytes, read_record
from record.settings import IMPORTED, RECORD_FILE, read_settings, table
from results.commands import resume_command
from results.load import run_of
from results.report.page import Live, render
from results.run import Run

LOOK_SECONDS = 1.0
"""The record is looked at no more often, however many pages ask."""
SHARE = 0.1
"""Of the time that may go into making pages: a search runs on the same machine."""


@dataclass(frozen=True)
class Page:
    """The page, and what is another one as soon as there is news."""

    content: bytes
    version: str


class LivePage:
    """The report of the run at `path`; nothing is written there, and nothing locked."""

    def __init__(self, path: AnyPath) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._page: Page | None = None
        self._due = 0.0

    def current(self) -> Page:
        """The page of now, or of a while ago where it takes long to make.

        Raises ValueError where there is no such run, and OSError where it cannot be read.
        """
        with self._lock:
            began = time.monotonic()
            if self._page is None or began >= self._due:
                is_first, self._page = self._page is None, self._newer(self._page)
                ended = time.monotonic()
                cost = 0.0 if is_first else ended - began  # the first one waits for imports
                self._due = ended + max(LOOK_SECONDS, cost * (1 / SHARE - 1))
            return self._page

    def _newer(self, page: Page | None) -> Page:
        version = str(num_bytes(self._path / RECORD_FILE))
        if page is not None and page.version == version:
            return page
        run, record = self._read()
        live = Live(state_text(run, record), not record.has_ended, version)
        return Page(render(run.report_data(), live).encode(), version)

    def _read(self) -> tuple[Run, Record]:
        """The run with its record, which may be empty yet."""
        settings = read_settings(self._path)
        path = self._path / RECORD_FILE
        record = read_record(path) if has_record(path) else Record()
        if table(settings, IMPORTED):
            record.has_ended = True
        return run_of(self._path, settings, record), record


def state_text(run: Run, record: Record) -> str:
    """Whether the search goes on, in a sentence or two."""
    num_running = len({line["trial_id"] for line in record.trials} - record.statuses.keys())
    is_interrupted = any(line["status"] == INTERRUPTED for line in record.statuses.values())
    if record.has_ended and is_interrupted:
        return f"The search was interrupted: go on with {resume_command(run)}"
    if record.has_ended:
        return "The search has finished."
    if not record.trials:
        return "The search is running; no trial has begun yet."
    last = datetime.fromtimestamp(max(record.times)).strftime("%H:%M:%S")
    return (
        f"The search is running. Trials: {len(record.statuses)} ended, {num_running} in training "
        f"(below they count as interrupted). Last news at {last}."
    )
