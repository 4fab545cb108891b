"""The nodes of a cluster: how many trials they hold, and what each of them is asked.

What runs on the nodes travels there as code: they need nothing of ours for it.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from record import AnyPath
from tuning.options import OptionError, SearchOptions

ANSWER_SECONDS = 120.0
"""To wait for a first task on every node: it unpacks what was sent there."""


def trials_at_a_time(options: SearchOptions) -> int:
    """How many trials the nodes hold at a time, now.

    Raises OptionError where none can hold a single one: Ray would wait for ever.
    """
    import ray

    wanted = _wanted(options)
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
    return any(free.get(name, 0) < amount for name, amount in _wanted(options).items())


def _wanted(options: SearchOptions) -> dict[str, float]:
    """What a trial takes of a node, by Ray's name for it."""
    wanted = {"CPU": options.cpus_per_trial, "GPU": options.gpus_per_trial}
    return {name: amount for name, amount in wanted.items() if amount}


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


def check_nodes(address: str) -> None:
    """Raise OptionError where a node has another torch than this process, or none, and where the
    cluster asks for no token and this process shows one: its calls to us are then turned away,
    and Ray takes each worker for one that nobody needs any more.

    Ray compares its own version and Python's when a node or a driver joins.
    """
    here, shows_token = version("torch"), uses_token()
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
    return torch, uses_token()


def uses_token() -> bool:
    """Whether this process shows a token to Ray, and asks for one."""
    return os.environ.get("RAY_AUTH_MODE", "").lower() == "token"


def _on_each_node(function: Callable[..., Any], *arguments: Any) -> Iterator[tuple[str, Any]]:
    """The address of each node that runs trials, and what `function` returns there.

    Raises OptionError where a node cannot set up a worker.
    """
    import ray
    from ray.exceptions import GetTimeoutError, RayError, RayTaskError, RuntimeEnvSetupError

    for name, answer in _ask(function, *arguments).items():
        try:
            found = ray.get(answer, timeout=ANSWER_SECONDS)
        except RuntimeEnvSetupError as error:
            reason = " ".join(str(error).split())
            raise OptionError("address", f"node {name} cannot set up workers: {reason}") from None
        except GetTimeoutError:
            raise OptionError(
                "address",
                f"node {name} ran nothing for {ANSWER_SECONDS:g} s: remove it, or try again",
            ) from None
        except RayTaskError:
            raise
        except RayError:
            continue  # lost in the meantime: not needed
        yield name, found


def _ask(function: Callable[..., Any], *arguments: Any) -> dict[str, Any]:
    """Call `function` on each node that runs trials; what is to come, by the node's address."""
    import ray
    from ray import cloudpickle
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    this = sys.modules[__name__]
    cloudpickle.register_pickle_by_value(this)  # the nodes do not have this file
    try:
        task = ray.remote(num_cpus=0, max_retries=0)(function)
        return {
            node["NodeManagerAddress"]: task.options(
                scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            ).remote(*arguments)
            for node in ray.nodes()
            if node["Alive"] and node["Resources"].get("CPU")
        }
    finally:
        cloudpickle.unregister_pickle_by_value(this)
