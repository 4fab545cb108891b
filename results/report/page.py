"""The page itself: template, style, script, figures and plotly.js put into one file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from record import AnyPath, as_path, write_whole
from record.settings import REPORT_FILE
from results.format import STATUS_NAMES, capital, escaped, metric_text
from results.plots.curves import EFFORTS, efforts_of
from results.plots.palette import MARKS, PALETTE
from results.report import facts, first_screen, provenance, trial_table
from results.report.hyperparameter_pictures import basin
from results.report.picture import Picture
from results.report.report_data import ReportData
from results.report.sections import pictures
from results.run_data import RunData
from results.text.overview import title

SEPARATOR = " \N{MIDDLE DOT} "

PLOTLY = "plotly.js"
SCRIPTS = (PLOTLY, "report.js")
LIVE_SCRIPTS = (*SCRIPTS, "live.js")


@dataclass(frozen=True)
class Live:
    """Of a page that is served while its run grows: it asks its server for its scripts, and for
    news."""

    state: str
    """Whether the search goes on, in a sentence."""
    is_running: bool
    """Then it is too early to say what to do next."""
    version: str
    """The ETag that the page is served with."""


def write_report(report: ReportData, path: str | AnyPath | None = None) -> AnyPath:
    """Write the report (default: report.html in the run's directory) and return its path.

    The file appears whole or not at all.
    """
    target = as_path(path) if path else report.run.directory / REPORT_FILE
    write_whole(target, render(report))
    return target


def render(report: ReportData, live: Live | None = None) -> str:
    """The page as HTML, in one file unless it is `live`.

    All that comes from the run is escaped, by the template or as JSON.
    """
    templates = Environment(
        loader=PackageLoader("results.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    first, others = basin(report), list(pictures(report))
    shown = [first, *others] if first is not None else others
    return templates.get_template("report.html").render(
        **_first_screen(report),
        basin=first,
        pictures=others,
        **_table(report.run),
        units={name: name for name in EFFORTS} | {"epochs": f"{report.run.unit}s"},
        unit=report.run.unit,
        metric=capital(metric_text(report.run.goal)),
        has_training=report.run.goal.is_loss,
        origin=provenance.origin(report.run),
        purpose=provenance.purpose(report.run),
        command=provenance.command(report.run),
        data=_json(_data(report.run, shown)),
        figures=_figures(shown),
        palette=PALETTE,
        style=Markup(_own("report.css")),
        live=live,
        scripts=LIVE_SCRIPTS if live else [Markup(script(name)) for name in SCRIPTS],
    )


def _first_screen(report: ReportData) -> dict[str, Any]:
    pairs = first_screen.headline(report)
    return {
        "title": title(report.run),
        "written": SEPARATOR.join([escaped(report.run.path.name), *provenance.created(report.run)]),
        "pairs": pairs,
        "is_short": pairs is not None and first_screen.is_short(pairs),
        "sureness": first_screen.sureness(report),
        "reasons": first_screen.reasons(report),
        "steps": first_screen.steps(report),
        "facts": facts.facts(report),
    }


def _table(run: RunData) -> dict[str, Any]:
    found = run.trials["status"].value_counts()
    return {
        "columns": trial_table.columns(run),
        "rows": trial_table.rows(run),
        "statuses": [
            (status, STATUS_NAMES[status], int(found[status]))
            for status in MARKS
            if status in found
        ],
    }


def _data(run: RunData, shown: list[Picture]) -> dict[str, Any]:
    """What the script needs beside the figures."""
    return {
        "trials": trial_table.summaries(run),
        "alternatives": {picture.name: picture.alternatives for picture in shown},
        "dark": dict(PALETTE.values()),
        "efforts": efforts_of(run),
    }


def _figures(shown: list[Picture]) -> Markup:
    """The figures as one JSON object by their names."""
    drawn = {
        name: figure.to_json() for picture in shown for name, figure in picture.figures.items()
    }
    members = ",".join(f"{json.dumps(name)}:{text}" for name, text in drawn.items())
    return _inert("{" + members + "}")


def _json(value: Mapping[str, Any]) -> Markup:
    return _inert(json.dumps(value, allow_nan=False, separators=(",", ":")))


def _inert(text: str) -> Markup:
    """JSON that cannot end the script element it stands in."""
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def script(name: str) -> str:
    """A script of the page: one of LIVE_SCRIPTS."""
    return _plotly() if name == PLOTLY else _own(name)


def _own(name: str) -> str:
    """A file of this package as it is."""
    return (files("results.report") / "templates" / name).read_text(encoding="utf-8")


def _plotly() -> str:
    """plotly.js, minified (4.8 MB)."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())
