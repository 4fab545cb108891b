"""The environment variables of a search, set while its session lasts.

Ray reads some of them when it is imported, which may long have happened: a task file may make its
space with `ray.tune`, a program may use Ray itself. So the order does not matter here: what this
process has read too early is read again, or patched (ray_patches.py).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from trainable.imports import importing
from tuning.engine.start_worker import SERVER

EVERYWHERE = {
    "RAY_AIR_NEW_OUTPUT": "0",
    "RAY_CHDIR_TO_TRIAL_DIR": "0",  # relative paths in a task file mean the user's directory
    "RAY_TRAIN_ENABLE_V2_MIGRATION_WARNINGS": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    "TUNE_DISABLE_SIGINT_HANDLER": "1",
    "TUNE_GLOBAL_CHECKPOINT_S": "1000000000",  # Tune's own snapshots: the record serves instead
    "TUNE_PRINT_ALL_TRIAL_ERRORS": "0",
}
LOCAL = EVERYWHERE | {
    "RAY_AUTH_MODE": "token",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # every socket on 127.0.0.1
    "RAY_enable_worker_prestart": "0",  # Tune's workers have an environment of their own
    "RAY_prestart_worker_first_driver": "0",
}
JOINED = EVERYWHERE | {
    "TUNE_MAX_PENDING_TRIALS_PG": "64",  # workers that wait for a place, such as on a new node
}
OWN = {SERVER}
"""Variables that are set whatever the environment had: a command may start within a session."""
SET_BY_RAY = {"PYTHONBREAKPOINT"}
"""Variables that `ray.init` sets and leaves behind: after a session they are as they were."""
IMPORTED_BY_INIT = (
    "ray._common.usage.usage_lib",
    "ray._private.runtime_env.uv_runtime_env_hook",
    "ray._private.thirdparty.pynvml",
    "ray.dashboard.optional_deps",  # needs packages that come with Ray's dashboard
)
"""What `ray.init` imports only when it is called."""
IMPORTED_BY_TASKS = (
    "ray._common.pydantic_compat",
    "ray._private.arrow_serialization",
    "pyarrow.json",
    "pydantic.v1",
    "starlette.datastructures",  # comes with Ray Serve
)
"""What Ray imports to send its first task, or to take one."""


@contextmanager
def settings(values: Mapping[str, str]) -> Iterator[None]:
    """Within the block the environment has `values`; where it had others, those, but of OWN.

    Ray is imported. Behind it the variables are as they were.
    """
    names = values.keys() | SET_BY_RAY
    kept = {name: os.environ[name] for name in names if name in os.environ}
    os.environ.update({name: values[name] for name in values if name in OWN or name not in kept})
    is_imported = False  # a signal may leave it half done
    try:
        import_first(IMPORTED_BY_INIT)
        is_imported = True
        _read_again()
        yield
    finally:
        for name in names - kept.keys():
            os.environ.pop(name, None)
        os.environ.update(kept)
        if is_imported:
            _read_again()


def token_settings() -> dict[str, str]:
    """What shows a cluster the token of this machine's user; empty where there is none."""
    own = Path("~/.ray/auth_token").expanduser()
    given = os.environ.get("RAY_AUTH_TOKEN") or os.environ.get("RAY_AUTH_TOKEN_PATH")
    return {"RAY_AUTH_MODE": "token"} if given or own.exists() else {}


def import_first(names: Iterable[str]) -> None:
    """Import what a session's thread would import beside the imports of the main thread.

    Two threads that import packages which import each other may find them half made.
    """
    with importing():
        for name in names:
            with contextlib.suppress(ImportError):
                import_module(name)


def _read_again() -> None:
    """Let Ray's native code read the environment as it is now: whether to use tokens, and which."""
    import ray
    from ray._private.authentication import authentication_token_setup as native

    if not ray.is_initialized():
        native.Config.initialize("")
        native.AuthenticationTokenLoader.instance().reset_cache()
