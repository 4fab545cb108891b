"""Every change to Ray's own code: why, what it gains, and where it holds.

Ray has no public switch for any of it. A patch holds within a `patched` block and is undone behind
it. Gains were measured on two cores (docs/decisions.md, "Where start-up goes" and the paragraph
after it).
"""

from __future__ import annotations

import operator
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from search_spaces.messages import one_line
from tuning.engine import start_worker, stub_agent

NODE_SECONDS = 120.0
"""For Ray's node to start."""


@dataclass(frozen=True)
class Patch:
    """Another value for a name in one of Ray's modules."""

    module: str
    name: str
    """With dots for what a class of the module has."""
    value: Any

    def owner(self) -> Any:
        """What has the name: the module, or a class. Raises AttributeError where that is gone."""
        module, (*path, _) = import_module(self.module), self.name.split(".")
        return operator.attrgetter(".".join(path))(module) if path else module

    @property
    def attribute(self) -> str:
        """The name without what has it."""
        return self.name.rpartition(".")[2]


def _nothing(*_: Any, **__: Any) -> None:
    """In the place of what is not needed."""


def _python(component: str, session_dir: str, unbuffered: bool = True) -> list[str]:
    """The command that runs one of Ray's programs; `stub_agent` where that is the agent."""
    if component == "dashboard_agent":
        return [sys.executable, "-I", "-S", stub_agent.__file__]
    return [sys.executable, *["-u"] * unbuffered]


def _node_when_registered(gcs_address: str, node_id: str) -> Any:
    """What Ray knows of a node, waited for until the node is there.

    Raises ValueError where it is not after `NODE_SECONDS`: of a RuntimeError Ray would make a bare
    Exception.
    """
    from ray._private import services, state

    known = state.GlobalState()
    known._initialize_global_state(services._get_gcs_client_options(gcs_address))
    end = time.monotonic() + NODE_SECONDS
    while True:
        try:
            return known.get_node(node_id)
        except RuntimeError as error:
            if time.monotonic() > end:
                raise ValueError(
                    f"Ray's node did not start within {NODE_SECONDS:.0f} s "
                    f"({one_line(str(error))}): try again when the machine has less to do"
                ) from None
        time.sleep(0.1)


class _SystemRandomID:
    """In the place of Ray's type of IDs of actor classes."""

    @staticmethod
    def from_random() -> Any:
        from ray import ActorClassID

        return ActorClassID(os.urandom(ActorClassID.size()))


NO_DASHBOARD_SERVER = Patch("ray._private.node", "Node.start_api_server", _nothing)
"""Started even without a dashboard, and waited for. This process and the next two cost 2 s of CPU:
without them `ray.init` takes 1.3 s instead of 2.5 s."""
NO_AUTOSCALER = Patch("ray._private.node", "Node.start_monitor", _nothing)
"""On one machine it has nothing to scale."""
NO_LOG_MONITOR = Patch("ray._private.node", "Node.start_log_monitor", _nothing)
"""It passes on what workers print, which is not to be shown."""
NO_DASHBOARD_AGENT = Patch(
    "ray._private.services", "_build_python_executable_command_memory_profileable", _python
)
"""The raylet insists on one, and waits for it: 0.6 s of CPU beside the imports of two others."""
DIRECT_WORKER_START = Patch(
    "ray._private.ray_constants", "SETUP_WORKER_FILENAME", start_worker.__file__
)
"""Ray starts each worker by a program that imports Ray, for 0.4 s, to set three variables."""
LOOPBACK = Patch("ray._private.ray_constants", "ENABLE_RAY_CLUSTER", False)
"""Every socket on 127.0.0.1. Ray reads RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER when it is imported: this
says the same to one that was imported before."""
FEW_ATTEMPTS = Patch("ray._private.ray_constants", "NUM_REDIS_GET_RETRIES", 3)
"""To be let into a cluster, a second each, instead of 20: a wrong token is refused in seconds."""
NO_WORKER_ERRORS = Patch("ray._private.worker", "print_to_stdstream", _nothing)
"""A paragraph on stdout for each worker that dies: the record says so too."""
NO_EARLY_LIBRARY_TAGS = Patch(
    "ray._common.usage.usage_lib", "_put_pre_init_library_usages", _nothing
)
"""The end of `ray.init` goes through the libraries used so far, for its telemetry, without the lock
of that set: "Set changed size during iteration" where the main thread, which imports Ray Tune
meanwhile, adds one. Telemetry is off: nobody would read them."""
NO_EARLY_USAGE_TAGS = Patch(
    "ray._common.usage.usage_lib", "_put_pre_init_extra_usage_tags", _nothing
)
"""The same of a dictionary: "dictionary changed size during iteration"."""
NO_CALLBACK_TAGS = Patch("ray.air._internal.usage", "tag_callbacks", _nothing)
"""To name our callback for telemetry, which is off, Tune imports mlflow, wandb, comet and aim where
they are installed: 1 s."""
NO_EARLY_RANDOM_NUMBERS = Patch("ray.actor", "ActorClassID", _SystemRandomID)
"""Ray's native random numbers are seeded when the first is drawn, and all forks of a process that
has drawn one draw the same ones then. Each class of an actor draws one as it is defined, Ray Data's
among them as Ray Tune imports it. Two workers then began with an object of the same ID in the same
store: where one came on the heels of the other, that died."""

LATE_NODE = Patch("ray._private.services", "get_node", _node_when_registered)
"""Ray gives its node 30 s to start, then raises: too few on a machine that does much else."""

EVERYWHERE = (NO_WORKER_ERRORS, NO_EARLY_LIBRARY_TAGS, NO_EARLY_USAGE_TAGS)
LOCAL = (
    *EVERYWHERE,
    NO_DASHBOARD_SERVER,
    NO_DASHBOARD_AGENT,
    NO_AUTOSCALER,
    NO_LOG_MONITOR,
    DIRECT_WORKER_START,
    LOOPBACK,
    LATE_NODE,
)
JOINED = (*EVERYWHERE, FEW_ATTEMPTS)


@contextmanager
def patched(*patches: Patch) -> Iterator[None]:
    """Within the block Ray has the values of `patches`.

    Raises AttributeError where a name is gone from Ray.
    """
    with ExitStack() as undo:
        for patch in patches:
            owner = patch.owner()
            undo.callback(setattr, owner, patch.attribute, getattr(owner, patch.attribute))
            setattr(owner, patch.attribute, patch.value)
        yield
