"""The commands that an answer names: what to type next, so that it works for the run at hand."""

from __future__ import annotations

from record.settings import RUN_FILE
from results.format import typed_path
from results.run_data import RunData

PYTHON = "python tune_main.py"

OWN_TASK = "my_task.py"
"""Stands for the user's task: of an imported run nobody here knows what was trained."""

NOT_WRITTEN = "runs/imported"
"""Where a run would be that was imported into memory alone."""


def search_command(run: RunData, change: str = "") -> str:
    """A new search with one change, all else as in the run."""
    if not run.imported:
        return " ".join(filter(None, [PYTHON, "--config", _config(run), change]))
    words = [PYTHON, "--task", OWN_TASK, "--config", _config(run), change]
    command = " ".join(filter(None, words))
    return command if run.is_stored else f"import it with path='{NOT_WRITTEN}', then {command}"


def wider_command(run: RunData, setting: str, samples: int) -> str:
    """The run goes on with a dimension changed, and what was tried counts.

    Several runs together and an imported one cannot go on: a new search.
    """
    if run.parts or run.imported:
        return search_command(run, f"--set {setting}")
    return f"{PYTHON} resume {typed_path(run.path)} --set {setting} --samples {samples}"


def confirm_command(run: RunData) -> str:
    """More full-length trials; a new search has them at its end."""
    return search_command(run) if run.imported else f"{PYTHON} confirm {typed_path(run.base)}"


def resume_command(run: RunData) -> str:
    """The run goes on as it is."""
    return search_command(run) if run.imported else f"{PYTHON} resume {typed_path(run.base)}"


def _config(run: RunData) -> str:
    return typed_path(run.base / RUN_FILE) if run.is_stored else f"{NOT_WRITTEN}/{RUN_FILE}"
