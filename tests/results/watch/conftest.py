"""A page that is being served, and who asks for it."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from record import AnyPath
from results.watch import LivePage, WatchServer
from results.watch import live_page as pace
from tests import PATIENCE

Answer = tuple[int, dict[str, str], str]


@contextmanager
def serving(path: AnyPath) -> Iterator[WatchServer]:
    """The page of the run at `path` for the length of the block."""
    with WatchServer(LivePage(path), 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def served() -> Iterator[Callable[[AnyPath], WatchServer]]:
    """Serves the page of a run until the test ends."""
    with ExitStack() as stack:
        yield lambda path: stack.enter_context(serving(path))


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """News are looked for whenever somebody asks."""
    monkeypatch.setattr(pace, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(pace, "SHARE", 1.0)


def ask(server: WatchServer, name: str = "", method: str = "GET", **headers: str) -> Answer:
    """Status, headers and text of the answer to what is asked for below the key."""
    return ask_at(server, f"/{server.key}/{name}", method, **headers)


def ask_at(server: WatchServer, path: str, method: str = "GET", **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=PATIENCE)
    named: dict[str, Any] = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, headers=named)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, dict(answer.getheaders()), text
