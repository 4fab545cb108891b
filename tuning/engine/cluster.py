"""A Ray cluster to join: whether it is there and lets us in, and what it is sent.

What a worker needs travels along: our packages, and the task's file with the modules beside it. The
nodes need Ray, torch and what the task itself imports.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trainable.task import SHIPPED_TASKS, TaskFile
from tuning.engine.nodes import check_nodes, uses_token
from tuning.options import OptionError, SearchOptions

REACH_SECONDS = 5.0
"""To wait for an answer of the address; Ray itself would wait for ever."""
SENT = ("record", "results", "search_spaces", "trainable", "tuning")
"""Our packages that a worker needs, beside flatbasin, which finds them."""
SETUP_HOOK = "flatbasin.packages.find_ours_first"
"""Called in each worker process before anything is unpickled there: a user's own `tuning.py` may
stand before ours on its path."""
NOT_SENT = ["**/__pycache__", ".git", ".venv", "venv", "runs", "*.parquet", "*.ckpt"]
"""Beside what .gitignore and .rayignore name."""


def address_of(options: SearchOptions) -> str | None:
    """The cluster to join; None for this machine alone. Raises OptionError for an unusable one.

    Inside `ray job submit`, and wherever else RAY_ADDRESS is set, that is the cluster.
    """
    address = options.address or os.environ.get("RAY_ADDRESS") or "local"
    if "://" in address:
        way_out = "use ray job submit, or run on a node of the cluster"
        raise OptionError("address", f"must be HOST:PORT or auto, got {address!r}: {way_out}")
    if address == "local":
        return None
    host, _, port = address.rpartition(":")
    if address != "auto" and not (host and port.isdigit() and int(port) < 2**16):
        raise OptionError("address", f"must be HOST:PORT or auto, got {address!r}")
    return address


def join(address: str, task: TaskFile, directory: Path) -> None:
    """Connect this process to the cluster and send along what workers need.

    Raises OptionError where nothing answers, where a token is missing or wrong, where versions
    of Ray, Python or torch differ between here and the nodes, and where there is too much to send.
    """
    import ray
    from ray.exceptions import AuthenticationError, RuntimeEnvSetupError

    if address != "auto":
        _reach(address)
    try:
        with _without_native_log():
            ray.init(
                address=address,
                runtime_env=what_to_send(task, directory),
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
    except AuthenticationError:
        raise OptionError("address", f"{address} was to be shown a token: {_TOKEN}") from None
    except ConnectionError as error:
        raise OptionError("address", _not_let_in(address)) from error
    except RuntimeError as error:  # Ray's own comparison of versions
        raise OptionError("address", f"{address}: {' '.join(str(error).split())}") from error
    except (ValueError, RuntimeEnvSetupError) as error:
        raise _too_much_to_send(task, error) or error from None
    check_nodes(address)


_TOKEN = "put its token into RAY_AUTH_TOKEN, or name its file in RAY_AUTH_TOKEN_PATH"


def _not_let_in(address: str) -> str:
    if address == "auto":
        return "auto found no cluster that runs on this machine: give HOST:PORT"
    if uses_token():
        return f"{address} did not let us in: is its token another one? {_TOKEN}"
    return f"{address} did not let us in: if it asks for a token, {_TOKEN}"


def _too_much_to_send(task: TaskFile, error: Exception) -> OptionError | None:
    """What to say where `error` is about the size of what is sent; None where it is not."""
    text = f"{error} {error.__cause__}"
    found = re.search(r"Package size (\(.*?) exceeds the maximum size of (\S+)\.", text)
    if found is None and "File size too large" not in text:
        return None
    most = f" {found[1]}: at most {found[2]}" if found else ", of more than 2 GiB"
    return OptionError(
        "task",
        f"{task.name} has too many files beside it, which every node is sent{most}: "
        f"name what workers do not need in {task.path.parent / '.rayignore'}",
    )


@contextmanager
def _without_native_log() -> Iterator[None]:
    """Keep back what Ray's native code prints on stderr, a line for each attempt to be let in.

    What other threads print there comes behind the block.
    """
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as printed:
        os.dup2(printed.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            printed.seek(0)
            for line in printed:
                if not _NATIVE_LOG.match(line):
                    os.write(2, line)


_NATIVE_LOG = re.compile(rb"\[[-\d]+ [\d:,]+ [A-Z] \d+ \d+\] ")
"""How its lines begin: `[2026-01-01 00:00:00,000 W 123 123] `."""


def _reach(address: str) -> None:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), REACH_SECONDS).close()
    except OSError as error:
        reason = error.strerror or str(error)
        way_out = "is the cluster up, and is this the port of ray start --head?"
        raise OptionError("address", f"{address} does not answer ({reason}): {way_out}") from None


def what_to_send(task: TaskFile, directory: Path) -> dict[str, Any]:
    """Ray's `runtime_env` for a search of `task`.

    A submitted job has sent a directory of its own already: only our packages join that.
    """
    sent: dict[str, Any] = {
        "py_modules": [str(_one_package(directory))],
        "excludes": NOT_SENT,
        "worker_process_setup_hook": SETUP_HOOK,
    }
    imports_from = _directory(task)
    if imports_from is not None and "RAY_JOB_CONFIG_JSON_ENV_VAR" not in os.environ:
        sent["working_dir"] = str(imports_from)
    return sent


def _one_package(directory: Path) -> Path:
    """Our packages within a copy of flatbasin: Ray would unpack several each to its own place,
    where they could not be told from a user's of the same name."""
    root, copy = Path(__file__).parents[2], directory / "flatbasin"
    for name in ("flatbasin", *SENT):
        place = copy if name == "flatbasin" else copy / name
        shutil.copytree(root / name, place, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def _directory(task: TaskFile) -> Path | None:
    """Where the task's imports begin; None where there are none of its own."""
    directory = task.path.parent
    if directory == SHIPPED_TASKS or (directory / "run.toml").exists() or not directory.is_dir():
        return None  # the last two: a run's copy of its task, on a disk or in an object store
    levels = task.module.count(".") if task.module else 0
    return directory.parents[levels - 1] if levels else directory
