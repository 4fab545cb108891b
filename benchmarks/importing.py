"""How long it takes to import a study of 5,000 trials with curves of 27 epochs.

    python -m benchmarks.importing

Makes such a study as an SQLite file and a journal of Optuna's and as CSV, times `read_source`, the
writing of the run, and the whole command with its ranking and answer. Wall and CPU seconds: on a
machine that is shared the second tells more. Optuna takes minutes to write the SQLite file: it is
kept in the directory `--keep`, if given, and taken from there the next time.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import math
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

EPOCHS = 27
SIZES = (16, 32, 64, 128)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=5000)
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        place = arguments.keep or Path(scratch)
        place.mkdir(parents=True, exist_ok=True)
        frame = curves(arguments.trials)
        for path in sources(frame, place):
            measure(path, Path(scratch) / "runs" / path.name)


def curves(num: int) -> pd.DataFrame:
    """A row per trial and epoch; all run to the end."""
    rng = np.random.default_rng(0)
    rows = []
    for trial in range(num):
        lr, size = 10 ** rng.uniform(-4, 0), int(rng.choice(SIZES))
        final = 0.1 + 0.1 * (math.log10(lr) + 2) ** 2 + rng.normal(0, 0.01) ** 2
        rows += [
            (trial, epoch, lr, size, final + math.exp(-epoch / 4)) for epoch in range(1, EPOCHS + 1)
        ]
    return pd.DataFrame(rows, columns=["trial_id", "epoch", "lr", "batch_size", "val_loss"])


def sources(frame: pd.DataFrame, place: Path) -> Iterator[Path]:
    """The same trials as each tool keeps them; what is there already is taken as it is."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    table, database, journal = (
        place / name for name in ("trials.csv", "study.db", "study.journal")
    )
    if not table.exists():
        frame.to_csv(table, index=False)
    yield table
    if not journal.exists():
        storage = JournalStorage(JournalFileBackend(str(journal)))
        optuna.create_study(storage=storage).add_trials(trials(frame))
    yield journal
    if not database.exists():
        study = optuna.create_study(storage=f"sqlite:///{database}")
        study.add_trials(trials(frame))
    yield database


def trials(frame: pd.DataFrame) -> list[object]:
    import optuna

    kinds = optuna.distributions
    space = {
        "lr": kinds.FloatDistribution(1e-4, 1.0, log=True),
        "batch_size": kinds.CategoricalDistribution(SIZES),
    }
    return [
        optuna.trial.create_trial(
            value=float(rows["val_loss"].iloc[-1]),
            params={"lr": float(rows["lr"].iloc[0]), "batch_size": int(rows["batch_size"].iloc[0])},
            distributions=space,
            intermediate_values=dict(zip(rows["epoch"], rows["val_loss"], strict=True)),
        )
        for _, rows in frame.groupby("trial_id")
    ]


def measure(path: Path, runs: Path) -> None:
    from results.importing import read_source, run_of_trials
    from tune_main import main as command

    print(f"{path.name}, {path.stat().st_size / 2**20:.0f} MiB")
    with timed("read"):
        found = read_source(path)
    with timed("write"):
        run_of_trials(found, runs / "written")
    with timed("whole command"), contextlib.redirect_stdout(io.StringIO()):
        code = command(["import", str(path), "--runs-dir", str(runs)])
    assert code == 0, code


@contextmanager
def timed(what: str) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"  {what:14} {wall:5.1f} s, {cpu:5.1f} s of CPU")


if __name__ == "__main__":
    main()
