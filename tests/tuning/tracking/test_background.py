"""Trackers in threads of their own: slow ones and broken ones cost the search nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tuning.tracking.background import Background


class Tracker:
    """Notes what it gets."""

    def __init__(self, update: Callable[[list[Any]], None] = lambda lines: None) -> None:
        self.seen: list[Any] = []
        self._first = update

    def update(self, lines: Iterable[Any]) -> None:
        lines = list(lines)
        self._first(lines)
        self.seen += lines

    def close(self) -> None:
        self.seen.append("closed")


def test_slow_tracker_does_not_hold_up_the_search_and_loses_nothing() -> None:
    release, told = threading.Event(), list[str]()
    slow = Tracker(lambda lines: release.wait(10) and None)
    tracker = Background("slow", slow, told.append)
    for number in range(100):
        tracker.update([{"epoch": number}])
    assert slow.seen == []

    release.set()
    tracker.close()
    assert slow.seen == [*({"epoch": number} for number in range(100)), "closed"]
    assert told == []


@pytest.mark.parametrize("error", [ConnectionError, KeyError, SystemExit, KeyboardInterrupt])
def test_trouble_is_told_once_and_ends_the_tracker_alone(error: type[BaseException]) -> None:
    def fail(lines: list[Any]) -> None:
        raise error("no\nserver")

    broken, told = Tracker(fail), list[str]()
    tracker = Background("--track any", broken, told.append)
    for _ in range(3):
        tracker.update([{"kind": "mark"}])
    tracker.close()

    name = error.__name__
    assert len(told) == 1
    assert told[0].startswith(f"--track any has failed and gets no more lines: {name}: ")
    assert "\n" not in told[0]
    assert broken.seen == ["closed"]


def test_a_tracker_that_hangs_is_not_waited_for_by_a_process_that_has_to_go() -> None:
    release = threading.Event()
    tracker = Background("hung", Tracker(lambda lines: release.wait(60) and None), print)
    tracker.update([{}])

    tracker.close(0.01)

    release.set()
