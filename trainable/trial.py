"""One configuration in training: run one epoch, save and load the state."""

from __future__ import annotations

import functools
import json
import math
import os
import random
import time
from collections.abc import Iterator, Mapping, Sized
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from trainable.config import Config, LoopConfig
from trainable.data import Data, evaluation_batches, training_batches
from trainable.loop import (
    default_loss,
    evaluate,
    make_optimizer,
    make_schedule,
    train_one_epoch,
)
from trainable.task import Task

STATE_FILE = "state.pt"


@dataclass(frozen=True)
class EpochMetrics:
    """What one epoch came to; losses are means per example."""

    epoch: int
    train_loss: float
    """Running mean over the epoch, in train mode."""
    val_loss: float
    """After the epoch, in eval mode, on the validation part."""
    train_eval_loss: float | None
    """After the epoch, in eval mode, on a fixed part of the training data; a generator has none."""
    seconds: float
    """Wall time of the epoch, measuring included."""
    steps: int | None
    """Optimizer steps of the epoch; unknown for a generator."""
    extra: dict[str, float] = field(default_factory=dict)
    """The task's own metrics, on the validation part."""

    @property
    def diverged(self) -> bool:
        """Whether a loss is no longer finite: training on is of no use."""
        return not (math.isfinite(self.train_loss) and math.isfinite(self.val_loss))


class Trial(Protocol):
    """One configuration in training, whichever door its task came through."""

    epoch: int
    """Epochs done."""

    def run_epoch(self) -> EpochMetrics | None:
        """Train one epoch, then measure it; None where a generator has ended."""

    def save(self, directory: Path) -> None:
        """Write everything the next epochs depend on."""

    def load(self, directory: Path) -> None:
        """Go on exactly where `save` was called."""

    def export(self, directory: Path) -> None:
        """Write what was trained, for others to use."""

    def test_loss(self) -> float | None:
        """Mean loss on the test part; None where the task has none."""


def make_trial(
    task: Task, data: Data | None, config: Mapping[str, Any], *, seed: int, epochs: int
) -> Trial:
    """A trial at epoch 0; `data` is None for a task with a generator."""
    if task.train is not None:
        return GeneratorTrial(task, config, seed=seed, epochs=epochs)
    assert data is not None, "a task without a generator has data"
    return LoopTrial(task, data, config, seed=seed, epochs=epochs)


class LoopTrial:
    """A model, its optimizer, the epochs so far: trained by our loop."""

    def __init__(
        self, task: Task, data: Data, config: Mapping[str, Any], *, seed: int, epochs: int
    ) -> None:
        seed_everything(seed)
        self.config = Config({**config, "seed": seed, "epochs": epochs})
        self.epoch = 0
        loop = LoopConfig.from_config(config)
        self.grad_clip = loop.grad_clip
        self.loss = task.loss or functools.partial(
            default_loss, label_smoothing=loop.label_smoothing
        )
        # the smoothed loss is a training device: what is reported stays comparable
        self.evaluation_loss = task.loss or default_loss
        self.metrics = task.metrics
        self.model = task.build_model(self.config)
        self.optimizer = (
            task.optimizer(self.model, self.config)
            if task.optimizer
            else make_optimizer(self.model, loop)
        )
        self.batch_order = torch.Generator().manual_seed(seed)
        self.batches = training_batches(data, loop.batch_size, self.batch_order)
        self.train_sample = evaluation_batches(data, data.train_sample, loop.batch_size)
        self.validation = evaluation_batches(data, data.validation, loop.batch_size)
        self.test = (
            None if data.test is None else evaluation_batches(data, data.test, loop.batch_size)
        )
        steps = len(self.batches) if isinstance(self.batches, Sized) else 1
        self.schedule = make_schedule(self.optimizer, loop, steps, epochs)

    def run_epoch(self) -> EpochMetrics:
        """Train one epoch, then measure it."""
        start = time.perf_counter()
        train_loss, steps = train_one_epoch(
            self.model,
            self.batches,
            self.optimizer,
            self.loss,
            schedule=self.schedule,
            grad_clip=self.grad_clip,
        )
        train_eval_loss, _ = evaluate(self.model, self.train_sample, self.evaluation_loss)
        val_loss, extra = evaluate(self.model, self.validation, self.evaluation_loss, self.metrics)
        self.epoch += 1
        seconds = time.perf_counter() - start
        return EpochMetrics(
            self.epoch, train_loss, val_loss, train_eval_loss, seconds, steps, extra
        )

    def test_loss(self) -> float | None:
        """Mean loss on the test part; None where the task has none."""
        if self.test is None:
            return None
        return evaluate(self.model, self.test, self.evaluation_loss)[0]

    def save(self, directory: Path) -> None:
        """Weights, optimizer, schedule, random states and epoch."""
        state = {
            "epoch": self.epoch,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule and self.schedule.state_dict(),
            "batch_order": self.batch_order.get_state(),
            "random": random_state(),
        }
        write_state(state, directory)

    def load(self, directory: Path) -> None:
        """Go on exactly where `save` was called."""
        state = torch.load(directory / STATE_FILE, weights_only=True)
        self.epoch = state["epoch"]
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.schedule is not None:
            self.schedule.load_state_dict(state["schedule"])
        self.batch_order.set_state(state["batch_order"])
        set_random_state(state["random"])

    def export(self, directory: Path) -> None:
        """Write `model.safetensors` and `config.json`."""
        from safetensors.torch import save_model

        directory.mkdir(parents=True, exist_ok=True)
        save_model(self.model, str(directory / "model.safetensors"))
        write_config(self.config, directory)


class GeneratorTrial:
    """A training loop of the user's own: each value it yields is an epoch."""

    def __init__(self, task: Task, config: Mapping[str, Any], *, seed: int, epochs: int) -> None:
        seed_everything(seed)
        assert task.train is not None
        self.train = task.train
        self.config = Config({**config, "seed": seed, "epochs": epochs})
        self.epoch = 0
        self.checkpoint: Any = None
        self.values: Iterator[Mapping[str, Any]] | None = None

    def run_epoch(self) -> EpochMetrics | None:
        """The next value of the user's generator; None where it has ended."""
        start = time.perf_counter()
        if self.values is None:
            self.values = iter(self.train(self.config, checkpoint=self.checkpoint))
        value = next(self.values, None)
        if value is None:
            return None

        report = check_report(value)
        self.checkpoint = value.get("checkpoint", self.checkpoint)
        self.epoch += 1
        return EpochMetrics(
            self.epoch,
            report.pop("train_loss"),
            report.pop("val_loss"),
            None,
            time.perf_counter() - start,
            None,
            report,
        )

    def save(self, directory: Path) -> None:
        """The last checkpoint the generator yielded; without one there is nothing to go on from."""
        if self.checkpoint is not None:
            state = {"epoch": self.epoch, "checkpoint": self.checkpoint, "random": random_state()}
            write_state(state, directory)

    def load(self, directory: Path) -> None:
        """Hand the checkpoint back to a new generator."""
        # the checkpoint is whatever the user's code made, as trusted as that code itself
        state = torch.load(directory / STATE_FILE, weights_only=False)
        self.epoch, self.checkpoint = state["epoch"], state["checkpoint"]
        set_random_state(state["random"])

    def export(self, directory: Path) -> None:
        """Write the last checkpoint, if there was one, and `config.json`."""
        self.save(directory)
        write_config(self.config, directory)

    def test_loss(self) -> float | None:
        """A generator's data is its own: there is no test part to look at."""
        return None


def check_report(value: Any) -> dict[str, float]:
    """The numbers a generator yielded, or a ValueError that says what is wrong with them."""
    if not isinstance(value, Mapping):
        raise ValueError(
            f"train() must yield a dict with train_loss and val_loss, got {type(value).__name__}"
        )
    report: dict[str, float] = {}
    for name in ("train_loss", "val_loss"):
        if name not in value:
            got = ", ".join(map(str, value)) or "nothing"
            raise ValueError(
                f"train() must yield train_loss and val_loss, {name} is missing in: {got}"
            )
    for name, number in value.items():
        if name == "checkpoint":
            continue
        if isinstance(number, bool) or not hasattr(number, "__float__"):
            raise ValueError(
                f"train() must yield numbers, got {type(number).__name__} for {name!r}"
            )
        report[str(name)] = float(number)
    return report


def seed_everything(seed: int) -> None:
    """Seed every generator that a model or a task may draw from."""
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)


def random_state() -> dict[str, Any]:
    """The state of those generators, in types that load without unpickling code."""
    kind, keys, position, has_gauss, gauss = np.random.get_state()
    return {
        "torch": torch.get_rng_state(),
        "numpy": (kind, [int(key) for key in keys], position, has_gauss, gauss),
        "python": random.getstate(),
    }


def set_random_state(state: Mapping[str, Any]) -> None:
    """Put back what `random_state` gave."""
    torch.set_rng_state(state["torch"])
    kind, keys, position, has_gauss, gauss = state["numpy"]
    np.random.set_state((kind, np.array(keys, dtype=np.uint32), position, has_gauss, gauss))
    random.setstate(state["python"])


def write_config(config: Mapping[str, Any], directory: Path) -> None:
    """The configuration beside what was trained with it."""
    directory.mkdir(parents=True, exist_ok=True)
    text = json.dumps(dict(config), indent=2, ensure_ascii=False)
    (directory / "config.json").write_text(text + "\n", encoding="utf-8")


def write_state(state: dict[str, Any], directory: Path) -> None:
    """Write `state` so that a crash leaves the old file or the new one, never half of one."""
    directory.mkdir(parents=True, exist_ok=True)
    partial = directory / f"{STATE_FILE}.{os.getpid()}.partial"
    torch.save(state, partial)
    os.replace(partial, directory / STATE_FILE)
