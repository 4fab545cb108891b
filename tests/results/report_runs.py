"""Runs for the tests of reports, plots and exports: a bowl in log lr, scripted."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import tomli_w

from record.reader import Record
from results import Run, load
from results.run_data import RunData
from results.run_frames import epochs_frame
from search_spaces import Space
from tests.results.conftest import LR, Script

SIZES = (16, 32, 64)

HOSTILE = (
    "<script>window.hacked = 1</script>",
    '"><img src=x onerror="window.hacked = 1">',
    "</script><script>window.hacked = 1</script>",
    'it\'s "quoted" & <b>bold</b> $x^2$ %{x}',
    "emoji \N{OCTOPUS}",
    "n" * 300,
    "bell \x07 escape \x1b[31m line\nbreak",
)


def run_of(trials: pd.DataFrame, space: Space, **fields: Any) -> RunData:
    """A run of these trials, of whose epochs only the last is known."""
    return RunData(Path("run"), trials, epochs_frame(Record()), space=space, **fields)


def searched(directory: Path, num: int = 24, epochs: int = 9, **script: Any) -> Script:
    """A search of `num` trials: the lower third at full length, one diverged and one failed."""
    run = Script(directory, epochs=epochs, **script)
    losses = {place: final_loss(place, num) for place in range(num)}
    cut = sorted(losses.values())[num // 3]
    for place, loss in losses.items():
        length, status = (epochs, "finished") if loss <= cut else (3, "stopped")
        curve = [loss + math.exp(-epoch) for epoch in range(1, length + 1)]
        run.trial(f"s{place:05d}", config(place, num), curve, status)
    run.trial("s90000", {"lr": 0.9, "batch_size": 16}, [2.0, None], "diverged")
    run.trial("s90001", {"lr": 0.8, "batch_size": 16}, [], None)
    run.line("status", trial_id="s90001", status="failed", error="out of memory")
    return run


def confirmed(directory: Path, epochs: int = 9, **script: Any) -> Run:
    """The same with a confirm stage: a window around the winner and three fresh seeds."""
    begun = searched(directory, epochs=epochs, **script)
    window = [{"lr": 10 ** (-2.6 + 0.1 * step), "batch_size": 32} for step in range(13)]
    seeds = [{"lr": 0.01, "batch_size": 32}] * 3
    plan = [
        {"trial_id": f"c{place:05d}", "seed": place, "config": c, "role": role}
        for place, (c, role) in enumerate(
            [*((c, "window") for c in window), *((c, "seed") for c in seeds)]
        )
    ]
    begun.line("stage", stage="confirm", trials=plan)
    for place, trial in enumerate(plan):
        noise = 0.004 * math.sin(7 * place)
        loss = 0.1 + 0.1 * (math.log10(trial["config"]["lr"]) + 2) ** 2 + noise
        curve = [loss + math.exp(-epoch) for epoch in range(1, epochs + 1)]
        begun.trial(
            trial["trial_id"],
            trial["config"],
            curve,
            train_losses=[v / 2 for v in curve],
            stage="confirm",
            seed=place,
        )
    begun.line("test", trial_id=plan[-1]["trial_id"], test_loss=0.11, test_score=0.88)
    return load(directory)


OF_THREE = f"""
[space]
constraints = ["{{constraint}}"]
{LR}
[space.batch_size]
type = "choice"
choices = [16, 32, 64]

[space.momentum]
type = "float"
low = 0.0
high = 0.96
"""


def searched_of_three(directory: Path, constraint: str = "lr > 0", shift: float = 0.0) -> Script:
    """Full-length trials in three dimensions, of which lr and then momentum matter: a basin about
    0.01 and 0.6, its losses raised by `shift`."""
    begun = Script(directory, epochs=9, space=OF_THREE.format(constraint=constraint))
    for place in range(48):
        across, up = place * 0.618 % 1, place * 0.755 % 1
        loss = 0.1 + 0.2 * (across - 0.5) ** 2 + 0.1 * (up - 0.6) ** 2
        values = {"lr": 10 ** (4 * across - 4), "batch_size": SIZES[place % 3], "momentum": up}
        curve = [loss * (1 + math.exp(-epoch)) + shift for epoch in range(1, 10)]
        begun.trial(f"s{place:05d}", values, curve)
    return begun


def of_three(directory: Path, constraint: str = "lr > 0") -> Run:
    """The run of such a search."""
    return load(searched_of_three(directory, constraint).directory)


def config(place: int, num: int) -> dict[str, Any]:
    """The configuration of one trial of the search."""
    return {"lr": 10 ** (-4 + 4 * (place + 0.5) / num), "batch_size": SIZES[place % 3]}


def final_loss(place: int, num: int) -> float:
    """Lowest at lr 0.01 and batch size 32."""
    exponent = -4 + 4 * (place + 0.5) / num
    return 0.1 + 0.1 * (exponent + 2) ** 2 + 0.02 * abs(place % 3 - 1)


def hostile(directory: Path) -> Run:
    """Names, values, choices and errors that want to be more than text."""
    script = Script(directory, epochs=6)
    name = HOSTILE[0]
    settings = {
        "options": {"task": HOSTILE[0], "space": HOSTILE[1], "scheduler": "asha", "epochs": 6},
        "command": HOSTILE[2],
        "space": {
            "lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True},
            name: {"type": "choice", "choices": list(HOSTILE)},
            HOSTILE[5]: {"type": "float", "low": 0.0, "high": 1.0},
        },
    }
    (directory / "run.toml").write_text(tomli_w.dumps(settings), encoding="utf-8")
    for place in range(21):
        values = {"lr": 10 ** (-3 + place / 10), name: HOSTILE[place % len(HOSTILE)]}
        loss = 0.1 + 0.1 * (place - 10) ** 2 / 100
        curve = [loss + math.exp(-epoch) for epoch in range(1, 7)]
        script.trial(f"s{place:05d}", values | {HOSTILE[5]: place / 20}, curve)
    for place, error in enumerate(HOSTILE):
        script.trial(f"f{place:05d}", {"lr": 0.5, name: HOSTILE[0]}, [], None)
        script.line("status", trial_id=f"f{place:05d}", status="failed", error=error)
    return load(directory)
