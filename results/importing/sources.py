"""The source that somebody names: a file or a directory, told apart by what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from record.goal import Mode
from record.settings import RUN_FILE
from results.importing.imported_trials import MOST_NAMED, ImportedTrials
from results.importing.optuna_storage import SQLITE_MAGIC, is_journal
from results.importing.optuna_study import read_study
from results.importing.ray_experiment import read_experiment
from results.importing.ray_trials import experiments_in, is_experiment
from results.importing.trial_table import read_table
from search_spaces.messages import one_line

PARQUET_MAGIC = b"PAR1"
NOT_A_NUMBER = ["", "nan", "NaN", "-nan", "NA", "N/A", "n/a", "null", "NULL"]
"""Empty cells. `None` is none: it may be a choice."""

WANDB = frozenset({"Name", "State", "Created"})
"""Columns of the table of runs that W&B's page exports."""

SEPARATORS = ",;\t"
HEAD_BYTES = 2**16

KNOWN = "CSV, Parquet, an Optuna study (SQLite or journal), a Ray Tune experiment"


def read_source(
    path: Path,
    *,
    metric: str | None = None,
    mode: Mode | None = None,
    columns: Mapping[str, str] | None = None,
    study: str | None = None,
) -> ImportedTrials:
    """The trials in a file or directory. Raises ValueError, in one line, where they are not."""
    if path.is_dir():
        return _read_directory(path, metric, mode, columns)
    if not path.exists():
        raise ValueError(f"{path} is not there: name a file or a directory: {KNOWN}")
    head = _head(path)
    if head.startswith(SQLITE_MAGIC) or is_journal(head):
        return read_study(path, study=study, metric=metric, mode=mode, columns=columns)
    if study is not None:
        raise ValueError(f"--study names a study of Optuna, and {path} is none: leave it out")
    if not head.strip():
        raise ValueError(f"{path} is empty: import takes {KNOWN}")
    frame, kind = _frame(path, head)
    return read_table(frame, source=str(path), kind=kind, metric=metric, mode=mode, columns=columns)


def _read_directory(
    path: Path, metric: str | None, mode: Mode | None, columns: Mapping[str, str] | None
) -> ImportedTrials:
    if (path / RUN_FILE).is_file():
        raise ValueError(
            f"{path} is a run already: read it, with python tune_main.py report {path}"
        )
    for form in ("parquet", "csv"):
        trials, epochs = (path / f"{name}.{form}" for name in ("trials", "epochs"))
        if trials.is_file():
            frame = _read(trials)
            if epochs.is_file():
                frame = _joined(frame, _read(epochs))
            return read_table(
                frame,
                source=str(path),
                kind=f"frames in {'CSV' if form == 'csv' else 'Parquet'}",
                metric=metric,
                mode=mode,
                columns=columns,
            )
    if is_experiment(path):
        return read_experiment(path, metric=metric, mode=mode, columns=columns)
    if names := experiments_in(path):
        listed = ", ".join(one_line(name, 60) for name in names[:MOST_NAMED])
        raise ValueError(f"{path} holds experiments of Ray Tune: name one of them: {listed}")
    raise ValueError(f"{path} holds nothing that import reads: it takes {KNOWN}")


def _read(path: Path) -> pd.DataFrame:
    return _frame(path, _head(path))[0]


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None


def _joined(trials: pd.DataFrame, epochs: pd.DataFrame) -> pd.DataFrame:
    """The two frames of an export as one, a row per epoch; trials without epochs keep a row."""
    if "trial_id" not in trials or "trial_id" not in epochs:
        return trials
    own = [n for n in trials if n in ("trial_id", "seed", "status", "error") or "/" in str(n)]
    return trials[own].merge(epochs, on="trial_id", how="left")


def _frame(path: Path, head: bytes) -> tuple[pd.DataFrame, str]:
    """The table in a file, and what the file is."""
    if head.startswith(PARQUET_MAGIC):
        try:
            return pd.read_parquet(path), "Parquet"
        except (OSError, ValueError) as error:
            raise ValueError(f"{path} cannot be read as Parquet: {_reason(error)}") from None
    if b"\0" in head:
        raise ValueError(f"{path} is neither text nor Parquet: import takes {KNOWN}")
    line = head.decode("utf-8-sig", errors="replace").partition("\n")[0]
    separator = max(SEPARATORS, key=line.count)
    try:
        frame = pd.read_csv(
            path,
            sep=separator,
            encoding="utf-8-sig",
            keep_default_na=False,
            na_values=NOT_A_NUMBER,
            low_memory=False,
        )
    except (ValueError, pd.errors.ParserError) as error:
        raise ValueError(f"{path} cannot be read as CSV: {_reason(error)}") from None
    if any(str(name).endswith((" - _step", "__MIN")) for name in frame):
        raise ValueError(
            f"{path} is the export of a chart of W&B, which has no hyperparameters: export the "
            "table of runs instead"
        )
    return frame, "a W&B export" if WANDB.issubset(frame) else "CSV"


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
