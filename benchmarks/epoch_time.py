"""Time of one epoch: our loop, a loop written by hand on tensors, a tutorial's DataLoader loop.

    python benchmarks/epoch_time.py --epochs 20 --repeats 5

All three train the digits and measure the same: the validation loss and accuracy, and the loss on
a fixed part of the training data. They take turns, epoch by epoch, on one thread.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tables import machine, markdown_table, median_and_range, write_section
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from trainable.catalogue import find_task
from trainable.trial import make_trial

LR, MOMENTUM, SEED = 0.05, 0.9, 1
LOSSES_AGREE = 1e-5
"""Largest difference between our losses and those of the hand-written loop."""
LOSSES_ARE_NEAR = 0.1
"""... and those of the DataLoader loop, which draws its batches in another order."""


@dataclass(frozen=True)
class Losses:
    """What an epoch measures; losses are means per example."""

    train: float
    validation: float
    train_eval: float


Epoch = Callable[[], Losses]
"""Trains one epoch and measures it."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, compare the losses, print the table."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--batch-sizes", type=int, nargs="+", default=[16, 32, 64, 128, 256])
    options.add_argument("--epochs", type=int, default=20, help="epochs of each run")
    options.add_argument("--repeats", type=int, default=5, help="runs of each batch size")
    options.add_argument("--output", type=Path, help="document to write the table to")
    options.add_argument("--section", default="epoch-time", help="section of that document")
    given = options.parse_args(arguments)
    torch.set_num_threads(1)
    task = find_task("digits").load()
    data = task.load_data(0)
    rows = [
        table_row(task, data, batch_size, given.epochs, given.repeats)
        for batch_size in given.batch_sizes
    ]
    text = "\n\n".join([heading(given), markdown_table(HEADER, rows)])
    print(text)
    if given.output:
        write_section(given.output, given.section, text)


HEADER = [
    "batch size",
    "Flatbasin",
    "by hand on tensors",
    "DataLoader",
    "to by hand",
    "to DataLoader",
]


def table_row(task: Any, data: Any, batch_size: int, epochs: int, repeats: int) -> list[str]:
    """Milliseconds per epoch of the three, and the ratios of their medians."""
    times: list[list[float]] = [[], [], []]
    for _ in range(repeats):
        loops = [
            ours(task, data, batch_size, epochs),
            by_hand(task, data, batch_size, epochs),
            with_loader(task, data, batch_size, epochs),
        ]
        for seconds, of_run in zip(times, alternate(loops, epochs), strict=True):
            seconds.append(1000 * statistics.median(of_run))
    flat, hand, loader = map(statistics.median, times)
    shown = [median_and_range(milliseconds, "ms") for milliseconds in times]
    return [str(batch_size), *shown, f"{flat / hand:.2f}", f"{flat / loader:.2f}"]


def alternate(loops: Sequence[Epoch], epochs: int) -> list[list[float]]:
    """Seconds of each epoch of each loop, run in turn. Raises RuntimeError where losses differ."""
    seconds: list[list[float]] = [[] for _ in loops]
    for _ in range(epochs):
        losses = []
        for run_epoch, taken in zip(loops, seconds, strict=True):
            start = time.perf_counter()
            losses.append(run_epoch())
            taken.append(time.perf_counter() - start)
        require_equal(losses[0], losses[1])
    require_near(losses[0], losses[2])
    return seconds


def require_equal(one: Losses, other: Losses) -> None:
    """Raise RuntimeError unless all three losses agree."""
    pairs = zip(vars(one).items(), vars(other).values(), strict=True)
    for (name, loss), expected in pairs:
        if abs(loss - expected) > LOSSES_AGREE:
            raise RuntimeError(f"{name} losses must be equal, got {loss} and {expected}")


def require_near(one: Losses, other: Losses) -> None:
    """Raise RuntimeError unless the validation losses are about the same."""
    if abs(one.validation - other.validation) > LOSSES_ARE_NEAR:
        raise RuntimeError(
            f"validation losses must be near, got {one.validation} and {other.validation}"
        )


def ours(task: Any, data: Any, batch_size: int, epochs: int) -> Epoch:
    """Flatbasin's loop."""
    config = {"lr": LR, "batch_size": batch_size, "momentum": MOMENTUM}
    trial = make_trial(task, data, config, seed=SEED, epochs=epochs)

    def run_epoch() -> Losses:
        metrics = trial.run_epoch()
        assert metrics is not None
        assert metrics.train_eval_loss is not None
        return Losses(metrics.train_loss, metrics.val_loss, metrics.train_eval_loss)

    return run_epoch


def by_hand(task: Any, data: Any, batch_size: int, epochs: int) -> Epoch:
    """A loop on tensors: a permutation, indexing, fused SGD, no wait for single losses."""
    torch.manual_seed(SEED)
    model = task.model({})
    optimizer = torch.optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM, fused=True)
    order = torch.Generator().manual_seed(SEED)
    inputs, targets = data.train.inputs, data.train.targets

    def run_epoch() -> Losses:
        model.train()
        total = torch.zeros((), dtype=torch.float64)
        for rows in torch.randperm(len(targets), generator=order).split(batch_size):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(inputs[rows]), targets[rows])
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(rows)
        model.eval()
        with torch.no_grad():
            sample, held_out = data.train_sample, data.validation
            train_eval = nn.functional.cross_entropy(model(sample.inputs), sample.targets)
            outputs = model(held_out.inputs)
            validation = nn.functional.cross_entropy(outputs, held_out.targets)
            (outputs.argmax(1) == held_out.targets).float().mean().item()
        return Losses(total.item() / len(targets), validation.item(), train_eval.item())

    return run_epoch


def with_loader(task: Any, data: Any, batch_size: int, epochs: int) -> Epoch:
    """The loop that tutorials show: DataLoaders, one batch size for all, `.item()` per batch."""
    torch.manual_seed(SEED)
    model = task.model({})
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)
    train, sample, held_out = (
        DataLoader(
            TensorDataset(part.inputs, part.targets),
            batch_size=batch_size,
            shuffle=part is data.train,
        )
        for part in (data.train, data.train_sample, data.validation)
    )

    def measure(loader: Any) -> float:
        total, correct = 0.0, 0
        with torch.no_grad():
            for inputs, targets in loader:
                outputs = model(inputs)
                total += criterion(outputs, targets).item() * len(targets)
                correct += (outputs.argmax(1) == targets).sum().item()
        return total / len(loader.dataset)

    def run_epoch() -> Losses:
        model.train()
        total = 0.0
        for inputs, targets in train:
            optimizer.zero_grad()
            loss = criterion(model(inputs), targets)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(targets)
        model.eval()
        return Losses(total / len(data.train), measure(held_out), measure(sample))

    return run_epoch


def heading(given: argparse.Namespace) -> str:
    """How the table came about."""
    command = f"python benchmarks/epoch_time.py --epochs {given.epochs} --repeats {given.repeats}"
    return (
        f"`{command}`: milliseconds per epoch, measuring included; medians of {given.repeats} runs "
        f"(range), on one thread of {machine()}; torch {torch.__version__}. The losses of the "
        "first two are equal."
    )


if __name__ == "__main__":
    main()
