from __future__ import annotations

from pathlib import Path

import pytest
from tables import markdown_table, median_and_range, write_section


def test_table_has_its_names_to_the_left_and_its_figures_to_the_right() -> None:
    table = markdown_table(["", "wall"], [["Flatbasin", "8 s"]])

    assert table == "|  | wall |\n| --- | ---: |\n| Flatbasin | 8 s |"


def test_median_is_shown_with_the_range_of_several_values() -> None:
    assert median_and_range([9.0, 7.5, 8.0], "s") == "8 (7.5-9) s"
    assert median_and_range([9.0], "s") == "9 s"


def test_section_is_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("# Page\n<!-- begin a -->\n\nold\n\n<!-- end a -->\nmore\n")

    write_section(document, "a", "new")
    write_section(document, "a", "newer")

    expected = "# Page\n<!-- begin a -->\n\nnewer\n\n<!-- end a -->\nmore\n"
    assert document.read_text() == expected


def test_document_without_the_section_is_refused(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("# Page\n")

    with pytest.raises(ValueError, match="has no section 'a'"):
        write_section(document, "a", "new")
