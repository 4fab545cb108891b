"""The report in a real browser: what is drawn, what reacts, and what must stay text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from results import Run, load
from tests import PATIENCE
from tests.results.report_runs import HOSTILE, confirmed, hostile, of_three, searched

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def confirmed_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A search that was confirmed, and its report."""
    return confirmed(tmp_path_factory.mktemp("confirmed") / "run")


@pytest.fixture(scope="module")
def hostile_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run whose names, values and errors want to be more than text."""
    return hostile(tmp_path_factory.mktemp("hostile") / "run")


@contextmanager
def opening(browser: Any) -> Iterator[Open]:
    """Opens the report of a run and waits for its figures; `page.troubles` is what went wrong."""
    contexts = []

    def open_report(run: Run, width: int = 1440, height: int = 900, **settings: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, **settings)
        context.set_default_timeout(PATIENCE * 1000)
        contexts.append(context)
        page = context.new_page()
        page.troubles = []
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.on("console", lambda line: page.troubles.append(f"{line.type}: {line.text}"))
        page.on("request", lambda request: page.troubles.append(request.url[:200]))
        path = run.path / "report.html"
        if not path.exists():
            run.write_report()
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-drawn]")
        page.troubles = [t for t in page.troubles if t != path.as_uri() and t != "data:,"]
        return page

    yield open_report
    for context in contexts:
        context.close()


@pytest.fixture
def opened(browser: Any) -> Iterator[Open]:
    """Opens reports for one test."""
    with opening(browser) as opened:
        yield opened


@pytest.fixture(scope="module")
def page(browser: Any, confirmed_run: Run) -> Iterator[Any]:
    """The report of a search that was confirmed, for tests that leave it as it is or only sort."""
    with opening(browser) as opened:
        yield opened(confirmed_run)


def test_every_figure_is_drawn_without_an_error_or_a_request(page: Any) -> None:
    empty = page.evaluate(
        "[...document.querySelectorAll('[data-figure]')]"
        ".filter(plot => !plot.querySelector('.main-svg .cartesianlayer path'))"
        ".map(plot => plot.dataset.figure)"
    )
    assert empty == []
    assert page.locator("[data-figure]").count() >= 8
    assert page.troubles == []


def test_first_screen_of_a_laptop_holds_answer_reason_and_next_step(
    opened: Open, confirmed_run: Run
) -> None:
    page = opened(confirmed_run, width=1366, height=768)

    for text in ("How sure", "Why", "What to do next"):
        box = page.get_by_role("heading", name=text, exact=True).bounding_box()
        assert box["y"] + box["height"] < 768, text
    first = page.locator(".steps li").first.bounding_box()
    assert first["y"] + first["height"] < 768
    assert "Use lr" in page.locator("h1").inner_text()


def test_every_picture_has_its_sentence_for_a_screen_reader(page: Any) -> None:
    for figure in page.locator("figure").all():
        sentence = figure.locator("figcaption p").inner_text()
        assert len(sentence) > 15
        if figure.locator("[role=img]").count():
            assert sentence in figure.locator("[role=img]").get_attribute("aria-label")


@pytest.mark.parametrize("heading", ["validation loss", "lr", "gap"])
def test_a_heading_sorts_the_table_by_number_and_leaves_blanks_last(
    page: Any, heading: str
) -> None:
    button = page.locator("thead").get_by_role("button", name=heading, exact=True)
    place = button.evaluate("b => [...b.closest('tr').children].indexOf(b.closest('th'))")

    for order in ("ascending", "descending"):
        button.press("Enter")
        keys = page.evaluate(
            "place => [...document.querySelectorAll('tbody tr')]"
            ".map(row => row.children[place].dataset.key ?? null)",
            place,
        )
        known = [float(key) for key in keys if key is not None]
        assert known == sorted(known, reverse=order == "descending")
        assert None not in keys[: len(known)]
        assert button.evaluate("b => b.closest('th').ariaSort") == order


def test_a_status_filters_table_and_curves_alike(opened: Open, confirmed_run: Run) -> None:
    page = opened(confirmed_run)
    stopped = page.locator("tbody tr[data-status=stopped]")
    assert stopped.first.is_visible()

    page.locator("#curves input[data-status=stopped]").uncheck()

    assert not stopped.first.is_visible()
    assert not page.locator("#trials input[data-status=stopped]").is_checked()
    page.wait_for_function(
        "document.querySelector('[data-figure=curves]').data"
        ".filter(trace => trace.meta && trace.meta[0] === 'stopped').every(trace => !trace.visible)"
    )


def test_curves_run_against_epochs_steps_or_seconds(opened: Open, tmp_path: Path) -> None:
    page = opened(searched_run(tmp_path))

    page.get_by_role("radio", name="steps").press("Space")

    page.wait_for_function(
        "document.querySelector('[data-figure=curves]').data.at(-1).x.at(-2) === 90"
    )
    assert "optimizer steps" in page.locator("[data-figure=curves]").inner_text()


def test_another_map_can_be_chosen_and_a_marked_trial_is_marked_there_too(
    opened: Open, tmp_path: Path
) -> None:
    page = opened(of_three(tmp_path / "run"))
    plot = "document.querySelector('[data-figure=basin]')"
    assert page.evaluate(f"{plot}._fullLayout.yaxis.title.text") == "momentum"

    page.get_by_role("button", name="s00012", exact=True).press("Enter")
    page.get_by_label("Map of").select_option("lr and batch size")

    page.wait_for_function(f"{plot}._fullLayout.yaxis.title.text === 'batch size'")
    assert page.evaluate(f"{plot}.data.at(-1).x.length") == 1
    assert page.troubles == []


def test_a_page_that_grows_keeps_the_chosen_map_as_long_as_there_is_one(
    opened: Open, tmp_path: Path
) -> None:
    page = opened(of_three(tmp_path / "run"))
    plot = "document.querySelector('[data-figure=basin]')"
    page.get_by_label("Map of").select_option("lr and batch size")
    page.wait_for_function(f"{plot}._fullLayout.yaxis.title.text === 'batch size'")

    page.evaluate(
        "const menu = document.querySelector('select'); menu.append(menu.options[0]);"
        "document.dispatchEvent(new Event('renewed'))"
    )
    assert page.get_by_label("Map of").input_value() == "basin: lr and batch size"

    page.evaluate(
        "document.querySelector('select').remove();"
        "const held = document.getElementById('figures'); const all = JSON.parse(held.textContent);"
        "all.basin = all['basin: lr and momentum']; held.textContent = JSON.stringify(all);"
        "document.dispatchEvent(new Event('renewed'))"
    )
    page.wait_for_function(f"{plot}._fullLayout.yaxis.title.text === 'momentum'")
    assert page.troubles == []


def test_keyboard_marks_a_trial_everywhere_and_escape_unmarks_it(
    opened: Open, confirmed_run: Run
) -> None:
    page = opened(confirmed_run)
    button = page.get_by_role("button", name="s00012", exact=True)

    button.press("Enter")
    assert button.get_attribute("aria-pressed") == "true"
    assert "batch_size 16" in page.locator("#pinned").inner_text()
    page.wait_for_function(
        "document.querySelector('[data-figure=basin]').data.at(-1).x.length === 1"
    )

    page.keyboard.press("Escape")
    assert button.get_attribute("aria-pressed") == "false"
    assert page.locator("#pinned").is_hidden()


def test_pointing_at_a_trial_shows_its_configuration_and_a_click_keeps_it(
    opened: Open, confirmed_run: Run
) -> None:
    page = opened(confirmed_run)
    point = page.locator("[data-figure=dimension-0] .points path").first
    point.scroll_into_view_if_needed()
    box = point.bounding_box()

    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector("#tip:not([hidden])")
    assert "lr 0." in page.locator("#tip").inner_text()

    page.mouse.down()
    page.mouse.up()
    page.wait_for_selector("#pinned:not([hidden])")
    assert page.locator("[aria-pressed=true]").count() == 1


@pytest.mark.parametrize("name", ["confirmed_run", "hostile_run"])
def test_a_phone_never_scrolls_sideways(
    opened: Open, request: pytest.FixtureRequest, name: str
) -> None:
    page = opened(request.getfixturevalue(name), width=375, height=800)

    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_dark_and_light_differ_in_page_and_figures(opened: Open, confirmed_run: Run) -> None:
    look = (
        "[getComputedStyle(document.documentElement).backgroundColor,"
        " document.querySelector('[data-figure=basin]')._fullLayout.paper_bgcolor]"
    )
    light = opened(confirmed_run, color_scheme="light").evaluate(look)
    dark = opened(confirmed_run, color_scheme="dark").evaluate(look)

    assert all(one != other for one, other in zip(light, dark, strict=True))


def test_hostile_names_values_and_errors_are_shown_as_text(opened: Open, hostile_run: Run) -> None:
    page = opened(hostile_run)
    shown = page.locator("body").text_content()

    assert page.evaluate("window.hacked") is None
    assert page.troubles == []
    for text in HOSTILE[:6]:
        assert text in shown
    assert "bell \\x07 escape \\x1b[31m line\\nbreak" in shown
    assert page.locator("main img, main b script").count() == 0


def searched_run(tmp_path: Path) -> Run:
    searched(tmp_path / "run")
    return load(tmp_path / "run")
