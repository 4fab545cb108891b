"""Markdown tables of measurements, and the place in a document where each belongs."""

from __future__ import annotations

import os
import platform
import re
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with the first column to the left and the others to the right."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def median_and_range(values: Sequence[float], unit: str = "", digits: int = 3) -> str:
    """`8.31 (8.02-9.4) s`: the median, with the smallest and the largest where they differ."""
    shown = [f"{value:.{digits}g}" for value in (statistics.median(values), *_ends(values))]
    spread = f" ({shown[1]}-{shown[2]})" if len(values) > 1 else ""
    return f"{shown[0]}{spread}{unit and ' ' + unit}"


def _ends(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def machine() -> str:
    """What the figures were measured on, in one line."""
    found = re.search(r"model name\s*: (.*)", CPU_INFO.read_text()) if CPU_INFO.exists() else None
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    name = " ".join(found[1].split()) if found else platform.machine()
    return f"{cores} cores ({name}), {memory:.0f} GiB, Linux {platform.release()}"


def write_section(path: Path, section: str, text: str) -> None:
    """Put `text` between the markers of `section` in the document at `path`.

    Raises ValueError where the document has no such section.
    """
    begin, end = f"<!-- begin {section} -->\n", f"<!-- end {section} -->"
    document = path.read_text(encoding="utf-8")
    before, found_begin, rest = document.partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        markers = f"{begin.strip()} and {end}"
        raise ValueError(f"{path} has no section {section!r}: it needs the lines {markers}")
    path.write_text(f"{before}{begin}\n{text}\n\n{end}{after}", encoding="utf-8")
