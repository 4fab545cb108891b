"""A training loop of the user's own: each value that its generator yields is an epoch."""

from __future__ import annotations

import inspect
import math
import time
import warnings
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from record.lines import LINE_FIELDS
from trainable.config import Config
from trainable.epoch_metrics import EpochMetrics
from trainable.errors import ContractError
from trainable.randomness import random_state, seed_everything, seeds_itself, set_random_state
from trainable.saved_state import read_state, write_config, write_state
from trainable.task import Task


class GeneratorTrial:
    """A training loop of the user's own: each value it yields is an epoch."""

    def __init__(self, task: Task, config: Mapping[str, Any], *, seed: int, epochs: int) -> None:
        seed_everything(seed)
        assert task.train is not None
        self.train = task.train
        self.config = Config({**config, "seed": seed, "epochs": epochs})
        self.epoch, self.epochs, self.seed = 0, epochs, seed
        self.checkpoint: Any = None
        self.checkpoint_epoch = 0
        """When the checkpoint was yielded: it may be every few epochs."""
        self.values: Iterator[Mapping[str, Any]] | None = None

    def run_epoch(self) -> EpochMetrics | None:
        """The next value of the user's generator; None where it has ended."""
        start = time.perf_counter()
        if self.values is None:
            self.values = iter(self._begin())
        value = next(self.values, None)
        if value is None:
            if self.epoch == 0:
                raise ContractError(f"train() ended before its first yield: {_YIELDS}")
            return None

        report = check_report(value)
        self.epoch += 1
        if value.get("checkpoint") is not None:
            self.checkpoint, self.checkpoint_epoch = value["checkpoint"], self.epoch
        if self.epoch == 1 and (own := torch.initial_seed()) != self.seed:
            warnings.warn(seeds_itself(own), stacklevel=1)
        return EpochMetrics(
            self.epoch,
            report.pop("train_loss"),
            report.pop("val_loss"),
            None,
            time.perf_counter() - start,
            None,
            report,
        )

    def _begin(self) -> Any:
        """The user's generator, at its beginning or at the checkpoint."""
        given = {"checkpoint": self.checkpoint} if self._takes_checkpoint else {}
        values: Any = self.train(self.config, **given)
        is_list = isinstance(values, list | tuple) and all(isinstance(v, Mapping) for v in values)
        if not isinstance(values, Iterator) and not is_list:
            kind = type(values).__name__
            raise ContractError(f"train() returned {kind}, and has to be a generator: {_YIELDS}")
        return values

    @property
    def _takes_checkpoint(self) -> bool:
        """Whether an interrupted trial goes on; without it, such a trial begins anew."""
        parameters = inspect.signature(self.train).parameters
        has_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        return has_any or "checkpoint" in parameters

    @property
    def can_save(self) -> bool:
        """Whether the generator has yielded a checkpoint with this epoch.

        What an older one holds may have changed since: tensors of the model, as it trains on.
        """
        return self.checkpoint is not None and self.checkpoint_epoch == self.epoch

    def save(self, directory: Path) -> None:
        """The checkpoint of this epoch; without one there is nothing to go on from."""
        if self.can_save:
            self._write(directory)

    def _write(self, directory: Path) -> None:
        random = random_state()
        state = {"epoch": self.checkpoint_epoch, "checkpoint": self.checkpoint, "random": random}
        write_state(state, directory)

    def load(self, directory: Path, *, at_most: int | None = None) -> None:
        """Hand the checkpoint to a new generator, if one of at most that epoch is there."""
        if not self._takes_checkpoint:
            return
        # the checkpoint is whatever the user's code made, as trusted as that code itself
        state = read_state(directory, weights_only=False)
        if state is None or (at_most is not None and state["epoch"] > at_most):
            return
        self.epoch = self.checkpoint_epoch = state["epoch"]
        self.checkpoint = state["checkpoint"]
        set_random_state(state["random"])

    @property
    def objectives(self) -> list[float]:
        """Nothing: what a generator's best epoch was made of, only the generator knows."""
        return []

    def export(self, directory: Path, *, with_best: bool = False) -> None:
        """Write the last checkpoint, if there was one, and `config.json`."""
        if self.checkpoint is not None:
            self._write(directory)
        write_config(self.config, directory)

    def close(self) -> None:
        """Let the generator end: after its last epoch with what follows there, else where it is."""
        values, self.values = self.values, None
        if values is not None and self.epoch >= self.epochs and next(values, None) is not None:
            warnings.warn(
                f"train() yields more than the {self.epochs} epochs of a trial: what it does after "
                'them is left out; go by config["epochs"]',
                stacklevel=1,
            )
        if isinstance(values, Generator):
            values.close()

    def test(self) -> dict[str, float] | None:
        """A generator's data is its own: there is no test part to look at."""
        return None


OWN_FIELDS = LINE_FIELDS - {"epoch", "time"} | {"steps"}
"""Names of ours that say something else; an epoch and a time are ours whoever yields them."""

_YIELDS = "yield a dict with train_loss and val_loss after each epoch"


def check_report(value: Any) -> dict[str, float]:
    """The numbers a generator yielded, or a ContractError that says what is wrong with them."""
    if not isinstance(value, Mapping):
        raise ContractError(
            f"train() must yield a dict with train_loss and val_loss, got {type(value).__name__}"
        )
    report: dict[str, float] = {}
    for name in ("train_loss", "val_loss"):
        if name not in value:
            got = ", ".join(map(str, value)) or "nothing"
            raise ContractError(
                f"train() must yield train_loss and val_loss, {name} is missing in: {got}"
            )
    for name, number in value.items():
        if name == "checkpoint":
            continue
        if name in OWN_FIELDS:
            raise ContractError(
                f"train() yields {name}, which the record has of its own: rename it"
            )
        report[str(name)] = _number(name, number)
    return report


def _number(name: Any, value: Any) -> float:
    """A number, or a tensor or an array of one."""
    if isinstance(value, list | tuple) and len(value) == 1:  # what get_last_lr() returns
        value = value[0]
    shape = getattr(value, "shape", ())
    if math.prod(shape) != 1:
        raise ContractError(
            f"train() must yield numbers, got shape {tuple(shape)} for {name!r}: yield its mean"
        )
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise ContractError(f"train() must yield numbers, got {type(value).__name__} for {name!r}")
    value = value.detach() if hasattr(value, "detach") else value
    return float(value.item() if shape else value)
