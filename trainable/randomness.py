"""Every random generator that a model or a task may draw from: seeded, saved, put back."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch


def seed_everything(seed: int) -> None:
    """Seed every generator that a model or a task may draw from."""
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)


def seeds_itself(seed: int) -> str:
    """What is to be said of a task that seeds torch with a `seed` of its own."""
    return (
        f"the task seeds torch itself, with {seed}: trials of other seeds are then alike, and what "
        'is said of fresh seeds is too sure: leave that out, or seed with config["seed"]'
    )


def random_state() -> dict[str, Any]:
    """The state of those generators, in types that load without unpickling code."""
    kind, keys, position, has_gauss, gauss = np.random.get_state()
    return {
        "torch": torch.get_rng_state(),
        "numpy": (kind, [int(key) for key in keys], position, has_gauss, gauss),
        "python": random.getstate(),
        "device": _device_state(),
    }


def set_random_state(state: Mapping[str, Any]) -> None:
    """Put back what `random_state` gave."""
    torch.set_rng_state(state["torch"])
    kind, keys, position, has_gauss, gauss = state["numpy"]
    np.random.set_state((kind, np.array(keys, dtype=np.uint32), position, has_gauss, gauss))
    random.setstate(state["python"])
    _set_device_state(state["device"])


def _device_state() -> list[torch.Tensor]:
    """The state of the generators of all devices but the CPU."""
    if torch.cuda.is_available():
        return torch.cuda.get_rng_state_all()
    return [torch.mps.get_rng_state()] if torch.backends.mps.is_available() else []


def _set_device_state(states: list[torch.Tensor]) -> None:
    """Put back what `_device_state` gave; on other hardware there is nothing to put back."""
    if torch.cuda.is_available() and len(states) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(states)
    elif torch.backends.mps.is_available() and states:
        torch.mps.set_rng_state(states[0])
