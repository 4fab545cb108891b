"""The commands that read runs and train nothing."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from flatbasin.outcome import DONE, show
from record.goal import Mode


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


def watch(run: Path, *, port: int | None = None) -> int:
    """Serve the report of a run while it grows, to browsers of this machine alone.

    Parameters
    ----------
    run
        The run's directory.
    port
        Where to listen on 127.0.0.1, 1 to 65535; any that is free by default.
    """
    import getpass
    import socket

    from record import as_path
    from results.watch import LOOPBACK, LivePage, WatchServer
    from tuning.options import OptionError

    if port is not None and not 1 <= port <= 65535:
        raise OptionError("port", f"must be 1 to 65535, got {port}: leave it out for a free one")
    path = as_path(run)
    page = LivePage(path)
    page.current()  # what is no run is refused here
    try:
        server = WatchServer(page, port or 0)
    except OSError as error:
        rule = "choose another, or leave --port out for a free one"
        raise OptionError("port", f"{port} cannot be used, {error.strerror}: {rule}") from None
    with server:
        number, who = server.server_port, f"{getpass.getuser()}@{socket.gethostname()}"
        print(f"{path} is shown at {server.url}")
        print(f"from another machine: ssh -C -N -L {number}:{LOOPBACK}:{number} {who}, then there")
        print("Ctrl-C ends this, and not the search", flush=True)
        with suppress(KeyboardInterrupt):
            server.serve_forever()
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


def import_(
    source: Path,
    *,
    metric: str | None = None,
    mode: Mode | None = None,
    column: tuple[str, ...] = (),
    study: str | None = None,
    space: str | None = None,
    set: tuple[str, ...] = (),
    name: str | None = None,
    runs_dir: str = "runs",
) -> int:
    """Make a run of other tools' trials, and show its ranking and its answer.

    Parameters
    ----------
    source
        CSV or Parquet with a row per trial or per trial and epoch, the directory of both, an
        Optuna study (an SQLite file or a journal), a Ray Tune experiment directory, or the CSV that
        W&B exports.
    metric
        What trials are compared by, a column of numbers; val_loss by default. Of an Optuna study
        the name that its value is to have.
    mode
        Whether the metric is to be low (min) or high (max), where that is not known.
    column
        A name that is wanted and the column that has it: lr=learning_rate, trial_id=run,
        epoch=step. With config/ before one name, only such columns are hyperparameters.
    study
        Which study of an Optuna storage that holds several.
    space
        What was searched, a shipped search space or path.toml; taken from the source by default.
    set
        A dimension as it was searched: lr=1e-4..1:log, batch_size=32,64.
    name
        Name of the run's directory; source and time by default.
    runs_dir
        Where run directories go.
    """
    from datetime import datetime

    from results.format import escaped
    from results.importing import ORIGINS, read_source, run_of_trials
    from tuning.options import SearchOptions
    from tuning.run_directory import new_path

    columns = dict(_named(text) for text in column)
    found = read_source(source, metric=metric, mode=mode, columns=columns, study=study)
    options = SearchOptions(name=name, runs_dir=runs_dir)
    path = new_path(options, source.resolve().stem, datetime.now(), can_resume=False)
    run = run_of_trials(found, path, space, set)
    tried = [f"  {escaped(line)}" for line in run.space.describe()[:-1]]
    about = [
        *found.taken,
        f"space, {ORIGINS[run.imported['space']]}:",
        *tried,
        f"written to {path}",
    ]
    print(f"{escaped(found.source)}: {found.kind}", *about, "", sep="\n")
    return show(run)


def _named(text: str) -> tuple[str, str]:
    """`lr=learning_rate` as two names."""
    name, equals, column = text.partition("=")
    if not (name and equals and column):
        raise ValueError(f"--column needs NAME=COLUMN, got {text!r}: write lr=learning_rate")
    return name, column
