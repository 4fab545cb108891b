"""The hyperparameters the training loop itself understands."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from trainable.errors import MissingNameError

OPTIMIZERS = ("sgd", "adam", "adamw")
SCHEDULES = ("constant", "cosine")
PRECISIONS = ("fp32", "bf16")


@dataclass(frozen=True, kw_only=True, slots=True)
class LoopConfig:
    """What the loop reads from a configuration; every default of the loop lives here."""

    lr: float = 0.01
    """Learning rate, above 0."""
    batch_size: int = 32
    """Examples per optimizer step; above the training set's size it means one full batch."""
    optimizer: str = "sgd"
    """One of `OPTIMIZERS`."""
    momentum: float = 0.9
    """Momentum of SGD, in [0, 1)."""
    weight_decay: float = 0.0
    """L2 penalty (decoupled for adamw), 0 or more."""
    schedule: str = "constant"
    """Learning rate over the trial's epochs: one of `SCHEDULES`."""
    warmup_epochs: float = 0.0
    """Epochs over which the learning rate rises linearly to `lr`, 0 or more."""
    grad_clip: float | None = None
    """Largest norm of the whole gradient, above 0; None leaves it alone."""
    label_smoothing: float = 0.0
    """Label smoothing of the default classification loss, in [0, 1)."""

    accumulate_steps: int = 1
    """Parts that a batch is computed in, one after the other, to save memory; a batch size that
    they do not divide is rounded up."""
    precision: str = "fp32"
    """Of the forward pass, one of `PRECISIONS`; bf16 is autocast, weights stay float32."""
    compile: bool = False
    """Whether the model is compiled by `torch.compile`, for long trials of large models."""
    num_workers: int = 0
    """Processes that read a Dataset ahead of the trial; tensors in memory need none."""

    def __post_init__(self) -> None:
        _require_number(self, "lr", above=0.0)
        _require_integer(self, "batch_size", at_least=1)
        _require_choice(self, "optimizer", OPTIMIZERS)
        _require_number(self, "momentum", at_least=0.0, below=1.0)
        _require_number(self, "weight_decay", at_least=0.0)
        _require_choice(self, "schedule", SCHEDULES)
        _require_number(self, "warmup_epochs", at_least=0.0)
        if self.grad_clip is not None:
            _require_number(self, "grad_clip", above=0.0)
        _require_number(self, "label_smoothing", at_least=0.0, below=1.0)
        _require_integer(self, "accumulate_steps", at_least=1)
        _require_choice(self, "precision", PRECISIONS)
        _require_choice(self, "compile", (False, True))
        _require_integer(self, "num_workers", at_least=0)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> LoopConfig:
        """The loop's part of `config`; names it does not know are the task's own."""
        return cls(**{name: config[name] for name in LOOP_NAMES if name in config})


LOOP_NAMES = tuple(field.name for field in fields(LoopConfig))


class Config(Mapping[str, Any]):
    """What a task sees: the sampled values plus `seed` and `epochs`; notes what is read."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)
        self.names_read: set[str] = set()

    def extended(self, values: Mapping[str, Any]) -> Config:
        """The same with more values, those it has already left as they are."""
        found = Config({**values, **self._values})
        found.names_read = self.names_read
        return found

    def copy(self) -> dict[str, Any]:
        """Its values as a dict."""
        return dict(self)

    def __or__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return {**self, **other}

    def __ror__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return {**other, **self}

    def __getitem__(self, name: str) -> Any:
        self.names_read.add(name)
        if name not in self._values:
            raise MissingNameError(name, self._values)
        return self._values[name]

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f'config has no attribute {name!r}: write config["{name}"]')

    def __contains__(self, name: object) -> bool:
        self.names_read.add(str(name))
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Config({self._values!r})"


def _require_number(
    config: LoopConfig,
    name: str,
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
) -> None:
    value = getattr(config, name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if (
        not is_number
        or not math.isfinite(value)
        or (above is not None and value <= above)
        or (at_least is not None and value < at_least)
        or (below is not None and value >= below)
    ):
        bounds = {"above": above, "at least": at_least, "below": below}
        rule = " and ".join(
            f"{word} {bound:g}" for word, bound in bounds.items() if bound is not None
        )
        raise ValueError(f"{name} must be a number {rule}, got {value!r}")


def _require_integer(config: LoopConfig, name: str, *, at_least: int) -> None:
    value = getattr(config, name)
    if not isinstance(value, int) or isinstance(value, bool) or value < at_least:
        raise ValueError(f"{name} must be an integer of at least {at_least}, got {value!r}")


def _require_choice(config: LoopConfig, name: str, choices: tuple[Any, ...]) -> None:
    value = getattr(config, name)
    if not any(type(value) is type(choice) and value == choice for choice in choices):
        raise ValueError(f"{name} must be one of {', '.join(map(str, choices))}, got {value!r}")
