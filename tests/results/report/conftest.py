"""What the tests of the report share."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from results import Run


@pytest.fixture
def text_of(tmp_path: Path) -> Callable[[Run], str]:
    """The report's text without scripts, styles and tags."""

    def text_of_run(run: Run) -> str:
        page = run.write_report().read_text(encoding="utf-8")
        plain = re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.DOTALL)
        return " ".join(re.sub(r"<[^>]*>", " ", plain).split())

    return text_of_run
