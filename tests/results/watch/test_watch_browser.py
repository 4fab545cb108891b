"""The page of a growing run in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from results.watch import WatchServer
from tests import PATIENCE
from tests.results.conftest import Script
from tests.results.report_runs import searched

Serve = Callable[[Path], WatchServer]


@pytest.fixture
def page(browser: Any, at_once: None) -> Iterator[Any]:
    """A page of a browser; `page.troubles` is what went wrong in it."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    page.troubles = []
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("console", lambda line: page.troubles.append(f"{line.type}: {line.text}"))
    yield page
    context.close()


def opened(page: Any, server: WatchServer) -> Any:
    page.goto(server.url)
    page.wait_for_selector("html[data-drawn]")
    page.evaluate("window.isTheSamePage = true")
    return page


def add_trial(run: Script, trial_id: str) -> None:
    run.trial(trial_id, {"lr": 0.012, "batch_size": 32}, [1.0 / n for n in range(1, 10)])


def test_a_new_trial_appears_by_itself_and_what_was_arranged_stays(
    served: Serve, page: Any, tmp_path: Path
) -> None:
    run = searched(tmp_path / "run")
    opened(page, served(run.directory))
    page.locator("thead").get_by_role("button", name="lr", exact=True).press("Enter")
    page.locator("#trials input[data-status=stopped]").uncheck()
    page.get_by_role("button", name="s00012", exact=True).press("Enter")
    page.get_by_role("radio", name="steps").check()
    page.get_by_role("button", name="s00013", exact=True).focus()
    scrolled = page.evaluate("scrollTo(0, 900), scrollY")

    add_trial(run, "s00099")
    page.wait_for_selector("[data-trial] >> text=s00099")

    assert page.evaluate("window.isTheSamePage")
    assert page.evaluate("scrollY") == scrolled > 0
    lr = page.evaluate(
        "[...document.querySelectorAll('tbody tr')].map(row => [...row.cells]"
        ".at([...document.querySelectorAll('thead th')].findIndex(h => h.textContent === 'lr'))"
        ".dataset.key).map(Number)"
    )
    assert lr == sorted(lr)
    assert not page.locator("#trials input[data-status=stopped]").is_checked()
    assert page.locator("tbody tr[data-status=stopped]:visible").count() == 0
    assert page.locator("[aria-pressed=true]").all_inner_texts() == ["s00012"]
    assert page.get_by_role("radio", name="steps").is_checked()
    assert page.troubles == []


def test_figures_grow_with_the_run_and_keep_their_zoom(
    served: Serve, page: Any, tmp_path: Path
) -> None:
    run = searched(tmp_path / "run")
    opened(page, served(run.directory))
    curves = "document.querySelector('[data-figure=curves]')"
    page.evaluate(f"Plotly.relayout({curves}, {{'xaxis.range': [2, 4]}})")
    count = f"Math.max(...{curves}.data.flatMap(trace => trace.customdata || []))"
    num = page.evaluate(count)

    add_trial(run, "s00099")
    while page.evaluate(count) == num:  # ends by the test's timeout otherwise
        page.wait_for_timeout(50)

    assert page.evaluate(f"{curves}._fullLayout.xaxis.range") == [2, 4]
    assert page.troubles == []


def test_a_page_without_any_trial_becomes_the_report(
    served: Serve, page: Any, script: Callable[..., Script]
) -> None:
    run = script(epochs=9)
    opened(page, served(run.directory))
    assert "no trial has begun yet" in page.locator("[role=status]").inner_text()

    for place in range(6):
        add_trial(run, f"s{place:05d}")
    run.line("mark", name="search_ended")
    page.wait_for_selector("h1:has-text('Use lr')")

    page.wait_for_selector("[data-figure=curves] path.js-line", state="attached")
    assert page.locator("[role=status]").inner_text() == "The search has finished."
    assert page.evaluate("window.isTheSamePage")
    assert page.troubles == []


def test_a_page_says_when_nobody_serves_it_any_more(
    served: Serve, page: Any, tmp_path: Path
) -> None:
    run = searched(tmp_path / "run")
    server = served(run.directory)
    opened(page, server)

    page.route("**/*", lambda route: route.abort())

    page.wait_for_selector("#trouble:has-text('No news')")
    page.unroute("**/*")
    page.wait_for_selector("#trouble:empty", state="attached")


def test_a_wrong_key_shows_nothing(served: Serve, page: Any, tmp_path: Path) -> None:
    server = served(searched(tmp_path / "run").directory)

    answer = page.goto(server.url.replace(server.key, "guess"))

    assert answer.status == 404
    assert page.locator("body").inner_text().strip() == "Not Found"
