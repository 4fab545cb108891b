"""A Ray cluster to join: whether it is there, lets us in, and can run the trials.

What a worker needs travels along: our packages `record`, `trainable` and `tuning`, and the task's
file with the modules beside it. The nodes need Ray, torch and what the task itself imports.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from record import AnyPath
from trainable.task import SHIPPED_TASKS, TaskFile
from tuning.options import OptionError, SearchOptions

REACH_SECONDS = 5.0
"""To wait for an answer of the address; Ray itself would wait for ever."""
PROBE_SECONDS = 120.0
"""To wait for a first task on every node: it unpacks what was sent there."""
NOT_SENT = ["**/__pycache__", ".git", ".venv", "venv", "runs", "*.parquet", "*.ckpt"]
"""Beside what .gitignore and .rayignore name."""
JOINING = {
    "RAY_NUM_REDIS_GET_RETRIES": "3",  # attempts to be let in, a second each
    "TUNE_MAX_PENDING_TRIALS_PG": "64",  # workers that wait for a place, such as on a new node
}
"""Settings of the environment, to be made before Ray is imported."""


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


def use_token() -> None:
    """Show the cluster the token of this machine's user, where there is one."""
    own = Path("~/.ray/auth_token").expanduser()
    if os.environ.get("RAY_AUTH_TOKEN") or os.environ.get("RAY_AUTH_TOKEN_PATH") or own.exists():
        os.environ.setdefault("RAY_AUTH_MODE", "token")


def join(address: str, task: TaskFile) -> None:
    """Connect this process to the cluster and send along what workers need.

    Raises OptionError where nothing answers, where a token is missing or wrong, where versions
    of Ray, Python or torch differ between here and the nodes, and where there is too much to send.
    """
    import ray
    from ray.exceptions import AuthenticationError, RuntimeEnvSetupError

    if address != "auto":
        _reach(address)
    try:
        with _without_stderr():
            ray.init(
                address=address,
                runtime_env=what_to_send(task),
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
    except AuthenticationError:
        raise OptionError("address", f"{address} was to be shown a token: {_TOKEN}") from None
    except ConnectionError as error:
        if address == "auto":
            problem = "auto found no cluster that runs on this machine: give HOST:PORT"
        elif _uses_token():
            problem = f"{address} did not let us in: is its token another one? {_TOKEN}"
        else:
            problem = f"{address} did not let us in: if it asks for a token, {_TOKEN}"
        raise OptionError("address", problem) from error
    except RuntimeError as error:  # Ray's own comparison of versions
        raise OptionError("address", f"{address}: {' '.join(str(error).split())}") from error
    except (ValueError, RuntimeEnvSetupError) as error:
        told = f"{error} {error.__cause__}"
        found = re.search(r"Package size (\(.*?) exceeds the maximum size of (\S+)\.", told)
        if found is None and "File size too large" not in told:
            raise
        most = f" {found[1]}: at most {found[2]}" if found else ", of more than 2 GiB"
        size = f"which every node is sent{most}"
        raise OptionError(
            "task",
            f"{task.name} has too many files beside it, {size}: "
            f"name what workers do not need in {task.path.parent / '.rayignore'}",
        ) from None
    _check_nodes(address)


_TOKEN = "put its token into RAY_AUTH_TOKEN, or name its file in RAY_AUTH_TOKEN_PATH"


@contextmanager
def _without_stderr() -> Iterator[None]:
    """Ray's native code prints a line there for each attempt to be let in."""
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _reach(address: str) -> None:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), REACH_SECONDS).close()
    except OSError as error:
        reason = error.strerror or str(error)
        way_out = "is the cluster up, and is this the port of ray start --head?"
        raise OptionError("address", f"{address} does not answer ({reason}): {way_out}") from None


def what_to_send(task: TaskFile) -> dict[str, Any]:
    """Ray's `runtime_env` for a search of `task`.

    A submitted job has sent a directory of its own already: only our rooms join that.
    """
    import record
    import trainable
    import tuning

    packages = [str(Path(str(package.__file__)).parent) for package in (record, trainable, tuning)]
    sent: dict[str, Any] = {"py_modules": packages, "excludes": NOT_SENT}
    directory = _directory(task)
    if directory is not None and "RAY_JOB_CONFIG_JSON_ENV_VAR" not in os.environ:
        sent["working_dir"] = str(directory)
    return sent


def _directory(task: TaskFile) -> Path | None:
    """Where the task's imports begin; None where there are none of its own."""
    directory = task.path.parent
    if directory == SHIPPED_TASKS or (directory / "run.toml").exists() or not directory.is_dir():
        return None  # the last two: a run's copy of its task, on a disk or in an object store
    levels = task.module.count(".") if task.module else 0
    return directory.parents[levels - 1] if levels else directory


def num_places(options: SearchOptions) -> int:
    """How many trials the nodes hold at a time, now.

    Raises OptionError where none can hold a single one: Ray would wait for ever.
    """
    import ray

    wanted = {"CPU": options.cpus_per_trial, "GPU": options.gpus_per_trial}
    wanted = {name: amount for name, amount in wanted.items() if amount}
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    places = [min(int(node.get(name, 0) / wanted[name]) for name in wanted) for node in nodes]
    if any(places):
        return sum(places)
    short = max(wanted, key=lambda name: all(node.get(name, 0) < wanted[name] for node in nodes))
    asked = " and ".join(f"{amount:g} {name}" for name, amount in wanted.items())
    have = ", ".join(
        " and ".join(f"{node.get(name, 0):g} {name}" for name in wanted) for node in nodes[:5]
    )
    raise OptionError(
        f"{short.lower()}s_per_trial",
        f"is {wanted[short]:g}, and no node has {asked}: they have {have}; ask for less",
    )


def is_full(options: SearchOptions) -> bool:
    """Whether others have so much of the cluster that no trial of ours has a place now."""
    import ray

    free = ray.available_resources()
    wanted = {"CPU": options.cpus_per_trial, "GPU": options.gpus_per_trial}
    return any(free.get(name, 0) < amount for name, amount in wanted.items() if amount)


def check_storage(place: AnyPath) -> None:
    """Raise OptionError where a node does not see what is written at `place`, or cannot write.

    Workers put checkpoints there, and the trained model.
    """
    name = f".flatbasin-{secrets.token_hex(4)}"
    (place / name).write_bytes(b"")
    try:
        for node, problem in _on_each_node(_problem_with_storage, str(place), name):
            if problem is not None:
                way_out = "choose one that all nodes share, or s3:// or gs://"
                raise OptionError("runs_dir", f"{place}: node {node} {problem}: {way_out}")
    finally:
        (place / name).unlink(missing_ok=True)


def _problem_with_storage(place: str, name: str) -> str | None:
    from record import as_path

    try:
        (as_path(place) / name).read_bytes()
    except OSError as error:
        return f"does not see it ({error.strerror})"
    try:
        own = as_path(place) / f"{name}-{secrets.token_hex(4)}"
        own.write_bytes(b"")
        own.unlink()
    except OSError as error:
        return f"cannot write to it ({error.strerror})"
    return None


def _check_nodes(address: str) -> None:
    """Raise OptionError where a node has another torch than this process, or none, and where the
    cluster asks for no token and this process shows one: its calls to us are then turned away,
    and Ray takes each worker for one that nobody needs any more.

    Ray compares its own version and Python's when a node or a driver joins.
    """
    here, shows_token = version("torch"), _uses_token()
    for node, (there, asks_for_token) in _on_each_node(_torch_and_token):
        if there != here:
            has = f"torch {there}" if there else "no torch"
            raise OptionError(
                "address", f"node {node} has {has}, this process {here}: install the same on all"
            )
        if shows_token and not asks_for_token:
            raise OptionError(
                "address", f"{address} asks for no token: set RAY_AUTH_MODE=disabled to show none"
            )


def _torch_and_token() -> tuple[str | None, bool]:
    try:
        torch = version("torch")
    except PackageNotFoundError:
        torch = None
    return torch, _uses_token()


def _uses_token() -> bool:
    return os.environ.get("RAY_AUTH_MODE", "").lower() == "token"


def _on_each_node(function: Callable[..., Any], *arguments: Any) -> Iterator[tuple[str, Any]]:
    """The address of each node that runs trials, and what `function` returns there.

    Raises OptionError where a node cannot set up a worker.
    """
    import ray
    from ray import cloudpickle
    from ray.exceptions import GetTimeoutError, RayError, RayTaskError, RuntimeEnvSetupError
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    tuning = sys.modules[__name__]
    cloudpickle.register_pickle_by_value(tuning)  # the nodes do not have this room
    try:
        probe = ray.remote(num_cpus=0, max_retries=0)(function)
        asked = {
            node["NodeManagerAddress"]: probe.options(
                scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            ).remote(*arguments)
            for node in ray.nodes()
            if node["Alive"] and node["Resources"].get("CPU")
        }
    finally:
        cloudpickle.unregister_pickle_by_value(tuning)
    for name, answer in asked.items():
        try:
            found = ray.get(answer, timeout=PROBE_SECONDS)
        except RuntimeEnvSetupError as error:
            reason = " ".join(str(error).split())
            raise OptionError("address", f"node {name} cannot set up workers: {reason}") from None
        except GetTimeoutError:
            raise OptionError(
                "address",
                f"node {name} ran nothing for {PROBE_SECONDS:g} s: remove it, or try again",
            ) from None
        except RayTaskError:
            raise
        except RayError:
            continue  # lost in the meantime: not needed
        yield name, found
