"""The catalogue: a space from whatever a user names it by."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from search_spaces.messages import one_line, quoted, shown, suggestion
from search_spaces.shipped import SHIPPED_SPACES
from search_spaces.source import Source
from search_spaces.space import Space

SpaceSpec = str | Path | Mapping[str, Any] | Space
"""A shipped name, the path of a TOML file, a dict, or a space that is already made."""


def load_space(
    spec: SpaceSpec,
    source: str = "space",
    functions: Mapping[str, Any] = MappingProxyType({}),
) -> Space:
    """The checked space; ValueError in one line when there is none.

    Args:
        spec: `"lr-batch"`, `"path.toml"`, a dict (as in TOML, or with Ray Tune domains and
            callables), or a `Space`.
        source: Where a dict was written, for errors.
        functions: See `Space.from_dict`.
    """
    if isinstance(spec, Space):
        return spec
    if isinstance(spec, Mapping):
        return Space.from_dict(spec, source, functions)
    if isinstance(spec, Path) or (isinstance(spec, str) and _is_path(spec)):
        return _from_file(Path(spec), functions)
    if isinstance(spec, str) and spec in SHIPPED_SPACES:
        return Space.from_dict(SHIPPED_SPACES[spec].dimensions, f"shipped space {spec}")

    if not isinstance(spec, str):
        raise ValueError(
            f"{source}: space must be a dict of names and what may be tried, got {shown(spec)}: "
            'write {"lr": [0.01, 0.1], ...}'
        )
    raise ValueError(
        f"unknown space {quoted(spec)}: {suggestion(spec, SHIPPED_SPACES)}"
        f"use {', '.join(SHIPPED_SPACES)}, or a path ending in .toml"
    )


def _is_path(spec: str) -> bool:
    return spec.endswith(".toml") or "/" in spec or "\\" in spec


def _from_file(path: Path, functions: Mapping[str, Any]) -> Space:
    text = _text(path)
    try:
        mapping = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"space file {shown(str(path))} is not TOML: {one_line(str(error))}"
        ) from None

    return Space.from_dict(mapping, Source(str(path), text), functions)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise ValueError(
            f"space file {shown(str(path))} cannot be read: {one_line(reason)}"
        ) from None
