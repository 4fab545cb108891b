"""One stored run's trials as other tools keep them, each file made by the tool itself.

    python -m tests.results.importing.made

writes them again: replayed from the record of the stored run `median_rule`, so that Optuna, Ray
Tune and pandas see the same losses as the search did. W&B alone is not installed for that: its CSV
is written by us in the form of the table export of its web page, `Name, State, Notes, User, Tags,
Created, Runtime, Sweep`, then a column per entry of a run's config and summary, every cell quoted;
the states are those of https://docs.wandb.ai/models/runs/run-states.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from results import Run, load
from tests.results.stored_runs import STORED

MADE = Path(__file__).parent
STORED_RUN = "median_rule"


def original() -> Run:
    """The run that they come from, as far as other tools can know it: without roles of trials."""
    with tempfile.TemporaryDirectory() as directory:
        shutil.unpack_archive(STORED / f"{STORED_RUN}.zip", directory)
        run = load(directory)
    return replace(
        run,
        trials=run.trials.assign(stage="search"),
        roles={},
        controls=frozenset(),
        tests=(),
    )


def unpacked(name: str, directory: Path) -> Path:
    """The experiment of that name, which is kept as an archive."""
    shutil.unpack_archive(MADE / f"{name}.zip", directory / name)
    return directory / name
