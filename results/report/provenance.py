"""Where a report comes from: the command, the versions and the options of its run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from record.settings import read_settings
from results.commands import search_command
from results.format import escaped, typed_path, value_text
from results.run_data import RunData


def origin(run: RunData) -> list[tuple[str, str]]:
    """Names and values, in the order of the page. A damaged run.toml leaves things out."""
    settings = _settings(run)
    versions = settings.get("versions", {})
    places = run.directories if run.is_stored else ()
    pairs = [
        ("imported from", run.imported.get("source")),
        ("directories" if run.parts else "directory", ", ".join(map(str, places))),
        ("created", settings.get("created")),
        ("versions", _joined(versions) if isinstance(versions, Mapping) else None),
        ("options", _joined(run.options)),
    ]
    if run.damaged_lines:
        pairs.append(("damaged lines of the record, left out", run.damaged_lines))
    return [(name, escaped(value)) for name, value in pairs if value]


def purpose(run: RunData) -> str:
    """What the command does."""
    if run.parts:
        return "The same answer again, from the same runs"
    if run.imported:
        return "A search of your own in the space of these trials"
    return "The same search again, with the same seeds"


def command(run: RunData) -> str:
    """What to type for the same search again; for the same answer, where it is runs together."""
    if run.parts:
        return f"python tune_main.py compare {' '.join(map(typed_path, run.parts))} --together"
    return search_command(run)


def created(run: RunData) -> list[str]:
    """The day and the minute of its beginning; empty where run.toml does not tell."""
    text = _settings(run).get("created")
    return [text[:16].replace("T", " ")] if isinstance(text, str) else []


def _settings(run: RunData) -> dict[str, Any]:
    try:
        return read_settings(run.path)
    except (OSError, ValueError):
        return {}


def _joined(table: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value_text(value)}" for name, value in table.items())
