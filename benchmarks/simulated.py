"""A Ray cluster of many nodes on this machine, as Ray's own tests make one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def simulated_cluster(directory: Path) -> Iterator[Any]:
    """A `ray.cluster_utils.Cluster` with a head that trains nothing, and a token.

    Searches that are started within the block show the token. The files of the cluster are in
    `directory`: elsewhere every other Ray of this machine would find them.
    """
    settings = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    settings |= {"RAY_TMPDIR": str(directory)}
    os.environ.update(settings)  # read when Ray is imported
    from ray.cluster_utils import Cluster

    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False}
    )
    try:
        yield cluster
    finally:
        cluster.shutdown()
        for name in settings:
            del os.environ[name]
