"""The command: read the options, run a search, show the answer."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter, UnusedCliTokensError
from pydantic import ValidationError

import flatbasin  # first of ours: it finds our own packages whatever the path says
from flatbasin import run_commands
from flatbasin.outcome import DONE, INTERRUPTED, NOTHING_FINISHED, complain, show
from record.writer import StorageError
from search_spaces.messages import shown, suggestion
from tuning import signals
from tuning.options import OptionError, SearchOptions, first_error, merged, read_config

app = App(
    name="tune_main.py",
    help="Find the learning rate and batch size (and other hyperparameters) to train with.",
    version=lambda: flatbasin.__version__,
    version_flags=["--version"],
    suppress_keyboard_interrupt=False,  # its message names the way on
)


@app.default
def search(
    *,
    config: Path | None = None,
    options: Annotated[SearchOptions | None, Parameter(name="*")] = None,
) -> int:
    """Search, stop weak trials early, and say what to use.

    Parameters
    ----------
    config
        A run.toml to take options and space from; flags beat it.
    options
        The options of the search.
    """
    from tuning.runs import search as run_search

    given = options.model_dump(exclude_unset=True) if options else {}
    return show(run_search(**(merged(read_config(config), given) if config else given)))


@app.command
def resume(
    run: Path,
    *,
    samples: int = 0,
    set: tuple[str, ...] = (),
    epochs: int | None = None,
    force: bool = False,
) -> int:
    """Go on with a run after a crash or Ctrl-C, add configurations to it, or train longer.

    Parameters
    ----------
    run
        The run's directory.
    samples
        Configurations to add to those that the run was to try.
    set
        A dimension as it is to be from now on, such as a wider range: lr=1e-6..1:log. Trials so
        far that the new space holds count.
    epochs
        Full budget of one trial from now on: the best third of those that ran the old one go on.
    force
        Go on although the task file or the versions have changed.
    """
    from results import load
    from tuning import runs

    if samples == 0 and not set and epochs is None and runs.is_finished(run, force=force):
        finished = load(run)
        print(f"{finished.path} is finished: there is nothing to resume\n")
        return show(finished)
    return show(runs.resume(run, samples=samples, settings=set, epochs=epochs, force=force))


@app.command
def confirm(run: Path, *, force: bool = False) -> int:
    """Run more full-length trials around the winner, and the answer with new seeds.

    Parameters
    ----------
    run
        The run's directory.
    force
        Go on although the task file or the versions have changed.
    """
    from tuning import runs

    return show(runs.confirm(run, force=force))


@app.command
def reproduce(run: Path, *, rank: int = 1, force: bool = False) -> int:
    """Train one trial again: its curve must be the same to the last bit.

    Parameters
    ----------
    run
        The run's directory.
    rank
        Which configuration of the ranking.
    force
        Go on although the task file or the versions have changed.
    """
    from tuning.reproduce import reproduce as train_again

    found = train_again(run, rank=rank, force=force)
    print(found)
    return DONE if found.matches else NOTHING_FINISHED


@app.command
def new(file: Path) -> int:
    """Write a commented task file to start from.

    Parameters
    ----------
    file
        The file to write, such as my_task.py.
    """
    from trainable.new_task import write_new_task

    write_new_task(file)
    print(f"wrote {file}: try python tune_main.py --task {file} --samples 8")
    return DONE


@app.command
def tasks() -> int:
    """List the tasks that ship, one line each."""
    from trainable.catalogue import find_task, shipped_tasks

    for name in shipped_tasks():
        task = find_task(name)
        print(f"{name:15}{task.description} {task.epochs} epochs.")
    return DONE


@app.command
def spaces() -> int:
    """List the search spaces that ship, one line each."""
    from search_spaces import SHIPPED_SPACES

    for name, space in SHIPPED_SPACES.items():
        print(f"{name:15}{space.description}")
    return DONE


for reading in (
    run_commands.report,
    run_commands.watch,
    run_commands.export,
    run_commands.compare,
):
    app.command(reading)
app.command(run_commands.import_, name="import")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the process's exit code. A user's error is one line on stderr."""
    try:
        return int(
            app(
                sys.argv[1:] if arguments is None else arguments,
                exit_on_error=False,
                print_error=False,
                result_action="return_value",
            )
            or DONE
        )
    except CycloptsError as error:
        return complain(_one_line(error))
    except OptionError as error:
        return complain(f"{error.flag} {error.problem}")
    except (ValueError, RecursionError) as error:  # the latter: a value of ten thousand brackets
        return complain(str(error))
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except StorageError as error:
        return complain(str(error), NOTHING_FINISHED)
    except OSError as error:
        if error.filename is None:
            raise
        return complain(f"{error.filename}: {error.strerror}")
    except KeyboardInterrupt as error:
        if (run := getattr(error, "run", None)) is not None:
            show(run)
        return complain(str(error) or "interrupted", INTERRUPTED)


def command() -> None:
    """`main` as a process of its own, which SIGTERM ends as Ctrl-C does: Ray and its files go."""
    signals.raise_early()
    code = main()
    gc.freeze()  # else Python looks for garbage once more before it ends, for half a second
    sys.exit(code)


def _one_line(error: CycloptsError) -> str:
    """What is wrong with the command line, as the options' own rules say it."""
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ValidationError):
        found = first_error(cause)
        return f"{found.flag} {found.problem}"
    if isinstance(error, UnusedCliTokensError):
        first, commands = (error.unused_tokens or [""])[0], error.command_chain or ()
        close = "" if commands else suggestion(first, app)
        command = " ".join(("tune_main.py", *commands))
        return f"{shown(first)} is not asked for: {close}{command} --help says what it takes"
    return " ".join(str(error).split())


if __name__ == "__main__":
    command()
