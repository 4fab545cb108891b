"""The page itself: template, style, script, figures and plotly.js put into one file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from record import AnyPath, write_whole
from results.format import escaped, title
from results.plots.palette import MARKS, PALETTE
from results.report import first_screen, provenance, sections, trial_table
from results.report.report_data import Story
from results.report.sections import Picture
from results.store import Run

REPORT_FILE = "report.html"

SEPARATOR = " \N{MIDDLE DOT} "


def write_report(run: Run, path: AnyPath | None = None) -> AnyPath:
    """Write the report of `run` (default: report.html in its directory) and return its path.

    The file appears whole or not at all.
    """
    target = path or run.path / REPORT_FILE
    write_whole(target, render(Story.of(run)))
    return target


def render(story: Story) -> str:
    """The page as HTML. All that comes from the run is escaped, by the template or as JSON."""
    templates = Environment(
        loader=PackageLoader("results.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    basin, others = sections.basin(story), list(sections.pictures(story))
    shown = [basin, *others] if basin is not None else others
    return templates.get_template("report.html").render(
        **_first_screen(story),
        basin=basin,
        pictures=others,
        **_table(story.run),
        origin=provenance.origin(story.run),
        command=provenance.command(story.run),
        data=_json(_data(story.run, shown)),
        figures=_figures(shown),
        palette=PALETTE,
        style=_own("report.css"),
        script=_own("report.js"),
        plotly=Markup(_plotly()),
    )


def _first_screen(story: Story) -> dict[str, Any]:
    pairs = first_screen.headline(story)
    return {
        "title": title(story.run),
        "written": SEPARATOR.join([escaped(story.run.path.name), *provenance.created(story.run)]),
        "pairs": pairs,
        "is_short": pairs is not None and first_screen.is_short(pairs),
        "sureness": first_screen.sureness(story),
        "reasons": first_screen.reasons(story),
        "steps": first_screen.steps(story),
        "facts": first_screen.facts(story),
    }


def _table(run: Run) -> dict[str, Any]:
    found = run.trials["status"].value_counts()
    return {
        "columns": trial_table.columns(run),
        "rows": trial_table.rows(run),
        "statuses": [
            (status, mark.label, int(found[status]))
            for status, mark in MARKS.items()
            if status in found
        ],
    }


def _data(run: Run, shown: list[Picture]) -> dict[str, Any]:
    """What the script needs beside the figures."""
    return {
        "trials": trial_table.summaries(run),
        "alternatives": {picture.name: picture.alternatives for picture in shown},
        "dark": dict(PALETTE.values()),
    }


def _figures(shown: list[Picture]) -> Markup:
    """The figures as one JSON object by their names."""
    drawn = {p.name: p.figure.to_json() for p in shown if p.figure is not None}
    members = ",".join(f"{json.dumps(name)}:{text}" for name, text in drawn.items())
    return _inert("{" + members + "}")


def _json(value: Mapping[str, Any]) -> Markup:
    return _inert(json.dumps(value, allow_nan=False, separators=(",", ":")))


def _inert(text: str) -> Markup:
    """JSON that cannot end the script element it stands in."""
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _own(name: str) -> Markup:
    """A file of this package as it is."""
    return Markup((files("results.report") / "templates" / name).read_text(encoding="utf-8"))


def _plotly() -> str:
    """plotly.js, minified (4.8 MB)."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())
