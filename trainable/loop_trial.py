"""A model trained by our loop: run one epoch, or one part of so many steps; save and load."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch.optim.lr_scheduler import LRScheduler

from record.goal import LOSS
from trainable.batches import Batches, Batching, num_batches
from trainable.best_epoch import BestEpoch
from trainable.config import Config, LoopConfig
from trainable.data import Data
from trainable.epoch_metrics import EpochMetrics
from trainable.errors import blaming
from trainable.hardware import CPU, Hardware, telling_out_of_memory
from trainable.loop import (
    Evaluation,
    Updates,
    default_loss,
    evaluate,
    train_one_epoch,
)
from trainable.metrics import metrics_of
from trainable.optimizers import make_optimizer, make_schedule, own_optimizer
from trainable.passes import Passes
from trainable.randomness import random_state, seed_everything, set_random_state
from trainable.saved_state import read_state, write_config, write_state
from trainable.schedules import check_length, move, own_schedule
from trainable.task import Task

MEASURING = "measuring "
"""What is said to have been done where memory ran out in an evaluation."""


class LoopTrial:
    """A model, its optimizer, the epochs so far: trained by our loop."""

    def __init__(
        self,
        task: Task,
        data: Data,
        config: Mapping[str, Any],
        *,
        seed: int,
        epochs: int,
        steps: int | None = None,
        keep_best: bool = False,
        device: torch.device = CPU,
    ) -> None:
        """With `steps` the budget is so many optimizer steps, in `epochs` equal parts.

        `keep_best` keeps the weights of the best epoch in memory, and in checkpoints.
        """
        seed_everything(seed)
        self.config = Config({**config, "seed": seed, "epochs": epochs})
        self.epoch, self.epochs, self.steps = 0, epochs, steps
        self.loop, self.goal = LoopConfig.from_config(config), task.goal
        self.hardware = Hardware(device, bf16=self.loop.precision == "bf16")
        self.best = BestEpoch(task.goal) if keep_best else None
        self._set_losses(task)
        self.model = task.build_model(self.config).to(device)
        self.optimizer = (
            own_optimizer(task.optimizer, self.model, self.config)
            if task.optimizer
            else make_optimizer(self.model, self.loop)
        )
        if self.loop.compile:
            self.model.compile()
        self._set_batches(task, data, torch.Generator().manual_seed(seed))
        self._set_updates(task)

    def _set_losses(self, task: Task) -> None:
        smoothing = self.loop.label_smoothing
        own = task.loss_of(self.config)
        self.loss = own or functools.partial(default_loss, label_smoothing=smoothing)
        # the smoothed loss is a training device: what is reported stays comparable
        self.evaluation_loss = own or default_loss
        self.metrics = metrics_of(task.metrics, task.goal.metric)

    def _set_batches(self, task: Task, data: Data, order: torch.Generator) -> None:
        batching = Batching(
            batch_size=-(-self.loop.batch_size // self.loop.accumulate_steps),
            num_workers=self.loop.num_workers,
            collate=task.collate,
            pin_memory=self.hardware.device.type == "cuda",
            single=self.is_single,
        )
        place = self.hardware.place
        self.batch_order = order
        self.batches = place(batching.training(data.train, order))
        self.passes = Passes(self.batches, order)
        self.evaluation_size = batching.evaluation_size(data.validation)
        self.train_sample = place(batching.evaluation(data.train_sample))
        self.validation = place(batching.evaluation(data.validation))
        self.test_part = None if data.test is None else place(batching.evaluation(data.test))

    def _set_updates(self, task: Task) -> None:
        num = num_batches(self.batches)
        of_epoch = 1.0 if num is None else -(-num // self.loop.accumulate_steps)
        if num is None and self.steps is not None:
            of_epoch = self.steps / self.epochs
        total = self.steps or self.epochs * of_epoch
        # a stream tells its length only by ending
        self.schedule_by_epoch = num is None and self.steps is None
        self.schedule: LRScheduler | None
        if task.scheduler is not None:
            self._set_own_schedule(task, None if self.schedule_by_epoch else int(total))
        else:
            self.schedule = make_schedule(self.optimizer, self.loop, of_epoch, total)
        self.updates = Updates(
            self.optimizer,
            schedule=None if self.schedule_by_epoch else self.schedule,
            grad_clip=self.loop.grad_clip,
            accumulate_steps=self.loop.accumulate_steps,
        )

    def _set_own_schedule(self, task: Task, total_steps: int | None) -> None:
        assert task.scheduler is not None
        config = self.config.extended({"total_steps": total_steps})
        with blaming(task.scheduler):
            returned = task.scheduler(self.optimizer, config)
            self.schedule, self.schedule_by_epoch = own_schedule(returned, task.goal)
            moves = self.epochs if self.schedule_by_epoch else total_steps
            check_length(self.schedule, moves)

    @property
    def is_single(self) -> bool:
        """Whether the model has no float64 parameters, and can be given no float64."""
        return all(parameter.dtype != torch.float64 for parameter in self.model.parameters())

    def run_epoch(self) -> EpochMetrics:
        """Train one epoch, then measure it. Raises OutOfMemoryError where a batch does not fit."""
        with telling_out_of_memory(self.loop.batch_size):
            return self._run_epoch()

    def _run_epoch(self) -> EpochMetrics:
        start, steps_before = time.perf_counter(), self.updates.steps
        train_loss = train_one_epoch(
            self.model, self._part(), self.updates, self.loss, self.hardware
        )
        validation = self._evaluate(self.validation, metrics=self.metrics)
        train_sample = self._evaluate(self.train_sample, at_least=validation.num_examples)
        self.epoch += 1
        metrics = EpochMetrics(
            self.epoch,
            train_loss,
            validation.loss,
            train_sample.loss,
            time.perf_counter() - start,
            self.updates.steps - steps_before,
            validation.metrics,
        )
        if self.best is not None and not metrics.diverged:
            self.best.add(metrics, self.model)
        self._end_epoch(validation)
        return metrics

    def _end_epoch(self, validation: Evaluation) -> None:
        """Move a schedule that moves once an epoch."""
        if self.schedule_by_epoch and self.schedule is not None:
            measured = {LOSS: validation.loss, **validation.metrics}
            move(self.schedule, measured.get(self.goal.metric, math.nan))

    def _part(self) -> Batches:
        """The batches of the next epoch, or of the next part of the steps."""
        if self.steps is None:
            return self.batches
        end = round(self.steps * (self.epoch + 1) / self.epochs)
        return self.passes.until(lambda: self.updates.steps >= end, self.updates.flush)

    def _evaluate(self, batches: Batches, **how: Any) -> Evaluation:
        with telling_out_of_memory(self.evaluation_size, MEASURING):
            return evaluate(
                self.model, batches, self.evaluation_loss, hardware=self.hardware, **how
            )

    def test(self) -> dict[str, float] | None:
        """The mean `loss` on the test part, and metrics by name; None where there is none."""
        if self.test_part is None:
            return None
        found = self._evaluate(self.test_part, metrics=self.metrics)
        return found.metrics | {"loss": found.loss}

    @property
    def can_save(self) -> bool:
        """After every epoch."""
        return True

    def save(self, directory: Path) -> None:
        """Weights, optimizer, schedule, random states and epoch."""
        state = {
            "epoch": self.epoch,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule and self.schedule.state_dict(),
            "batch_order": self.batch_order.get_state(),
            "steps": self.updates.steps,
            "passes": self.passes.state(),
            "random": random_state(),
        }
        write_state(state | ({"best": self.best.state()} if self.best else {}), directory)

    def load(self, directory: Path, *, at_most: int | None = None) -> None:
        """Go on exactly where `save` was called, if a checkpoint of at most that epoch is there."""
        state = read_state(directory, weights_only=True)
        if state is None or (at_most is not None and state["epoch"] > at_most):
            return
        self.epoch = state["epoch"]
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.schedule is not None:
            self.schedule.load_state_dict(state["schedule"])
        if self.best is not None and "best" in state:
            self.best.load(state["best"])
        self.updates.steps = state.get("steps", 0)
        self.passes.restore(state.get("passes", {}))
        self.batch_order.set_state(state["batch_order"])
        set_random_state(state["random"])

    def close(self) -> None:
        """Nothing: what it holds goes with it."""

    @property
    def objectives(self) -> list[float]:
        """The number to minimise after each epoch, where the best one is kept; else nothing."""
        return self.best.objectives if self.best else []

    def export(self, directory: Path, *, with_best: bool = False) -> None:
        """Write `model.safetensors` and `config.json`; the best epoch's weights beside them."""
        from safetensors.torch import save_model

        directory.mkdir(parents=True, exist_ok=True)
        save_model(self.model, str(directory / "model.safetensors"))
        if with_best and self.best is not None:
            self.best.export(self.model, directory)
        write_config(self.config, directory)
