"""The picture of the docs: the first screen of a report, in light, as Chromium shows it.

    python tune_main.py --samples 50 --name picture
    python -m docs.make_picture runs/picture/report.html

Writes docs/report.png, 1280 x 780. Needs playwright and a Chromium (both only for this).
"""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PICTURE = Path(__file__).parent / "report.png"

WIDTH, HEIGHT = 1280, 780


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path, help="the report.html to show")
    parser.add_argument("--output", type=Path, default=PICTURE)
    options = parser.parse_args()
    take(options.report, options.output)
    print(f"{options.output}: {options.output.stat().st_size / 1000:.0f} kB")


def take(report: Path, output: Path) -> None:
    """The top of the page once all figures are drawn."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(report.resolve().as_uri())
        page.wait_for_selector("html[data-drawn]", timeout=120_000)
        page.screenshot(path=output)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's own Chromium, without a window."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()


if __name__ == "__main__":
    main()
