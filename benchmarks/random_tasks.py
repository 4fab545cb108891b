"""Tasks at random: a random space with losses by a random formula, or a small model."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

SCRIPTED = """
import math
import random

space = {space}

def train(config, checkpoint=None):
    luck = random.Random(repr(sorted(config.items(), key=str)))
    x = sum(
        math.log10(abs(v) + 1e-6) if isinstance(v, (int, float)) else len(str(v)) / 5
        for name, v in config.items() if name != "epochs"
    )
    base = {base}
    for epoch in range(checkpoint or 0, config["epochs"]):
        if luck.random() < {failing} and epoch == {failing_epoch}:
            raise {error}
        loss = {loss}
        yield {{"train_loss": {train}, "val_loss": loss, "score": -loss, "checkpoint": epoch + 1}}
"""
LOSSES = (
    "base + math.exp(-epoch) + 0.05 * luck.random()",
    "base / (epoch + 1) + luck.random() * base",
    "base - 0.1 * epoch",
    "-base + luck.gauss(0, 0.1)",
    "0.0 if epoch > 2 else base",
    "float('nan') if luck.random() < 0.1 else base",
    "float('inf') if base > 1 else base",
    "base * 10 ** luck.gauss(0, 2)",
    "1e-300 * (1 + base)",
    "1e-12 * base - 1e-13 * epoch",
    "base + 0.1 * epoch",
    "int(base * 3)",
    "1.0",
)
ERRORS = ("ValueError('no luck')", "RuntimeError('two\\nlines')", "SystemExit(3)", "MemoryError()")
TRAINING = ("loss", "loss / 2", "1 / (epoch + 1)", "0.0")
BASES = ("abs(x - 1)", "x ** 2 + 0.01", "0.5", "max(0.0, x)", "2 ** x", "1 + 0.01 * x")
MODEL = """
import torch
from torch import nn
from torch.utils.data import TensorDataset

def data():
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn({num}, 4, generator=generator)
    return TensorDataset(inputs, {targets})

def model(config):
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, {width}))
"""
TARGETS = {"inputs.sum(1, keepdim=True)": 1, "(inputs.sum(1) > 0).long()": 2}
METRICS = {1: ("rmse", "mae", "r2"), 2: ("accuracy", "f1", "auroc")}
DIMENSIONS: dict[str, tuple[Any, ...]] = {
    "lr": ({"type": "float", "low": 1e-5, "high": 1.0, "log": True},),
    "batch_size": (
        [16, 32, 64, 128],
        [32],
        {"type": "int", "low": 8, "high": 256, "log": True},
        {"type": "int", "low": 16, "high": 256, "step": 16},
    ),
    "share": ({"type": "float", "low": 0.0, "high": 0.9}, {"type": "float", "low": -1, "high": 1}),
    "grid": ({"type": "float", "low": 0.05, "high": 1.0, "step": 0.05},),
    "width": ({"type": "int", "low": 1, "high": 2}, {"type": "int", "low": 1, "high": 64}),
    "kind": (["a", "b", "c"], [True, False], [None, 0.1, 0.2]),
    "clip": ([None, 1.0], [0.5, 1.0, 2.0]),
}


def some(random: Random, values: Sequence[str], least: int = 0) -> list[str]:
    """Up to five of the values, in any order."""
    return random.sample(values, random.randrange(least, 6))


def scripted_task(random: Random) -> str:
    """A task that trains nothing."""
    space: dict[str, Any] = {}
    for name in some(random, tuple(DIMENSIONS), least=1):
        space[name] = random.choice(DIMENSIONS[name])
    parents = [n for n, d in space.items() if isinstance(d, list) and len(d) > 1]
    child = list(space)[-1]
    if parents and parents[0] != child and random.random() < 0.5:
        own = space[child]
        table = {"type": "choice", "choices": own} if isinstance(own, list) else own
        space[child] = table | {"when": {parents[0]: [space[parents[0]][0]]}}
    return SCRIPTED.format(
        space=space,
        base=random.choice(BASES),
        loss=random.choice(LOSSES),
        failing=random.choice([0, 0, 0, 0.05, 0.3]),
        failing_epoch=random.choice([0, 1, 2]),
        error=random.choice(ERRORS),
        train=random.choice(TRAINING),
    )


def model_task(random: Random) -> tuple[str, tuple[str, ...]]:
    """A task that trains a model on few examples, and the metrics that it may go by."""
    targets = random.choice(list(TARGETS))
    width = TARGETS[targets]
    num = random.choice([40, 101, 150])
    return MODEL.format(num=num, targets=targets, width=width), METRICS[width]
