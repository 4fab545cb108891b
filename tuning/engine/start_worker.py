"""A program that becomes a Ray worker: Ray's `setup_worker.py`, for the case that we have.

That one imports Ray, for 0.4 s, to set environment variables and to start Python once more. Here
the standard library does; whatever else an environment asks for is left to Ray's own.
"""

import json
import os
import sys
from importlib.util import find_spec

CONTEXT, LANGUAGE = "--serialized-runtime-env-context=", "--language="


def main(arguments: list[str]) -> None:
    """`arguments` are what the raylet gives: the worker's program, its arguments, the context."""
    context = {}
    for argument in arguments:
        if argument.startswith(CONTEXT):
            context = json.loads(argument.removeprefix(CONTEXT))
    variables, python = context.pop("env_vars", {}), context.pop("py_executable", sys.executable)
    if any(context.values()) or f"{LANGUAGE}PYTHON" not in arguments:
        os.execv(sys.executable, [sys.executable, _rays_own(), *arguments])
    os.environ.update(variables)
    rest = [argument for argument in arguments if not argument.startswith((CONTEXT, LANGUAGE))]
    os.execv(python, [python, *rest])


def _rays_own() -> str:
    ray = find_spec("ray")  # finds, and does not import
    assert ray is not None
    assert ray.origin is not None
    return os.path.join(os.path.dirname(ray.origin), "_private", "workers", "setup_worker.py")


if __name__ == "__main__":
    main(sys.argv[1:])
