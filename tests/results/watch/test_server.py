"""Who gets the page of a run, and what the page is as the run grows."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from results.watch import WatchServer
from tests import PATIENCE
from tests.results.conftest import Script
from tests.results.report_runs import searched as search
from tests.results.watch.conftest import ask, ask_at

Serve = Callable[[Path], WatchServer]


@pytest.fixture
def begun(script: Callable[..., Script]) -> Script:
    """A search whose first trial is in training."""
    run = script()
    run.line("mark", name="search_started")
    run.trial("s00000", {"lr": 0.1, "batch_size": 16}, [0.9], None)
    return run


def files_of(directory: Path) -> dict[Path, tuple[bytes, float]]:
    return {p: (p.read_bytes(), p.stat().st_mtime) for p in directory.rglob("*") if p.is_file()}


def test_the_page_is_the_report_and_asks_for_all_else_by_relative_names(
    served: Serve, begun: Script
) -> None:
    server = served(begun.directory)
    status, headers, text = ask(server)

    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "s00000" in text
    assert '<script src="plotly.js"></script>' in text
    assert server.key not in text
    assert "http://127" not in text
    for name in ("plotly.js", "report.js", "live.js"):
        assert ask(server, name)[0] == 200


def test_a_page_without_news_is_not_sent_again(served: Serve, begun: Script, at_once: None) -> None:
    server = served(begun.directory)
    tag = ask(server)[1]["ETag"]

    assert ask(server, If_None_Match=tag)[0] == 304

    begun.trial("s00001", {"lr": 0.2, "batch_size": 16}, [0.8, 0.7, 0.6])
    status, _, text = ask(server, If_None_Match=tag)
    assert status == 200
    assert "s00001" in text


def test_the_page_is_not_made_more_often_than_it_takes(served: Serve, begun: Script) -> None:
    server = served(begun.directory)
    tag = ask(server)[1]["ETag"]
    begun.trial("s00001", {"lr": 0.2, "batch_size": 16}, [0.8, 0.7, 0.6])

    assert ask(server, If_None_Match=tag)[0] == 304


def test_head_tells_what_get_would_without_the_page(served: Serve, begun: Script) -> None:
    server = served(begun.directory)
    status, headers, text = ask(server, method="HEAD")

    assert (status, text) == (200, "")
    assert headers["Content-Length"] == ask(server)[1]["Content-Length"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_whatever_would_change_something_is_refused(
    served: Serve, begun: Script, method: str
) -> None:
    status, headers, _ = ask(served(begun.directory), method=method)

    assert (status, headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "path",
    ["/", "/wrong/", "/{key}", "/{key}x/", "/{key}/epochs.jsonl", "/{key}/../",
     "/{key}/%2e%2e/run.toml", "/{key}/report.css", "/\xe9/", "*", "http://evil/{key}/"],
)  # fmt: skip
def test_without_the_key_or_beside_the_page_there_is_nothing(
    served: Serve, begun: Script, path: str
) -> None:
    server = served(begun.directory)
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=PATIENCE) as line:
        asked = f"GET {path.format(key=server.key)} HTTP/1.1\r\nHost: localhost\r\n\r\n"
        line.sendall(asked.encode("latin-1"))
        answer = b"".join(iter(lambda: line.recv(65536), b""))

    assert answer.split()[1] in (b"404", b"400")
    assert b"s00000" not in answer


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "[", "10.0.0.1", ""]
)
def test_a_name_that_leads_here_from_elsewhere_finds_nothing(
    served: Serve, begun: Script, host: str
) -> None:
    assert ask(served(begun.directory), Host=host)[0] == 404


@pytest.mark.parametrize("host", ["localhost", "localhost:9000", "127.0.0.1:9000", "LOCALHOST:1"])
def test_another_port_may_lead_here_through_ssh(served: Serve, begun: Script, host: str) -> None:
    assert ask(served(begun.directory), Host=host)[0] == 200


def test_it_listens_on_loopback_alone_and_each_key_is_new(served: Serve, begun: Script) -> None:
    servers = [served(begun.directory) for _ in range(2)]

    assert {server.server_address[0] for server in servers} == {"127.0.0.1"}
    assert servers[0].key != servers[1].key
    assert ask_at(servers[0], f"/{servers[1].key}/")[0] == 404


def test_nothing_is_written_into_the_run(served: Serve, begun: Script, at_once: None) -> None:
    before = files_of(begun.directory)
    server = served(begun.directory)
    for _ in range(3):
        ask(server)

    assert files_of(begun.directory) == before


def test_a_search_without_a_trial_is_shown_calmly(
    served: Serve, script: Callable[..., Script], at_once: None
) -> None:
    run = script()
    server = served(run.directory)
    for line in (None, "search_started"):
        if line:
            run.line("mark", name=line)
        status, _, text = ask(server)
        assert status == 200
        assert "The search is running; no trial has begun yet." in text
        assert "resume" not in text


def test_the_page_says_whether_the_search_goes_on(
    served: Serve, begun: Script, at_once: None
) -> None:
    server = served(begun.directory)
    assert "Trials: 0 ended, 1 in training" in ask(server)[2]

    begun.line("status", trial_id="s00000", status="interrupted")
    begun.line("mark", name="search_ended")
    assert "The search was interrupted: go on with python tune_main.py resume" in ask(server)[2]

    begun.line("mark", name="resumed")
    begun.trial("s00000", {"lr": 0.1, "batch_size": 16}, [0.9, 0.8, 0.7], attempt=2)
    assert "Trials: 1 ended, 0 in training" in ask(server)[2]

    begun.line("mark", name="search_ended")
    assert "The search has finished." in ask(server)[2]


def test_a_run_that_is_gone_is_said_and_comes_back(
    served: Serve, tmp_path: Path, at_once: None
) -> None:
    run = search(tmp_path / "run")
    server = served(run.directory)
    assert ask(server)[0] == 200

    run.directory.rename(tmp_path / "away")
    status, _, text = ask(server)
    assert status == 503
    assert "there is no such directory" in text

    (tmp_path / "away").rename(run.directory)
    assert ask(server)[0] == 200
