"""The commands that read runs and train nothing."""

from __future__ import annotations

from pathlib import Path

from flatbasin.outcome import DONE, show


def report(run: Path) -> int:
    """Write report.html of a run again.

    Parameters
    ----------
    run
        The run's directory.
    """
    from results import load

    print(load(run).write_report())
    return DONE


def export(
    run: Path, *, optuna: Path | None = None, csv: Path | None = None, parquet: Path | None = None
) -> int:
    """Write a run as other tools read it.

    Parameters
    ----------
    run
        The run's directory.
    optuna
        An SQLite file for an Optuna study: optuna-dashboard opens it.
    csv
        A directory for the frames as CSV.
    parquet
        A directory for the frames as Parquet.
    """
    from results import load
    from results.export import export as write

    for path in write(load(run), optuna=optuna, csv=csv, parquet=parquet):
        print(path)
    return DONE


def compare(first: Path, *others: Path, together: bool = False) -> int:
    """Show the answers of runs side by side, and whether they really differ.

    Parameters
    ----------
    first
        A run's directory.
    others
        More of them.
    together
        Then take all their trials together, and show the ranking and the answer of those.
    """
    from results import load
    from results.compare import compare as compare_runs
    from results.compare import differences
    from results.text.difference import difference_lines
    from results.together import together as joined

    runs = [load(path) for path in (first, *others)]
    whole = joined(runs) if together else None
    print(compare_runs(runs).to_string(), *difference_lines(differences(runs)), sep="\n")
    return DONE if whole is None else show(whole)
