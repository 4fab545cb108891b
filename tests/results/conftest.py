"""Runs written by hand, line by line as tuning writes a record; a browser to look at them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from results.run_frames import TRIAL_COLUMNS
from tests import PATIENCE

LR = """
[space.lr]
type = "float"
low = 1e-4
high = 1.0
log = true
"""

LR_BATCH = f"""{LR}
[space.batch_size]
type = "choice"
choices = [16, 32, 64, 128, 256]
"""

CONDITIONAL = f"""{LR}
[space.optimizer]
type = "choice"
choices = ["sgd", "adam"]

[space.momentum]
type = "float"
low = 0.0
high = 0.99

[space.momentum.when]
optimizer = "sgd"
"""


class Script:
    """A run directory in the making; every method appends what tuning would append."""

    def __init__(
        self,
        directory: Path,
        epochs: int = 3,
        space: str = LR_BATCH,
        options: str = "",
        metrics: Callable[[float], dict[str, float]] = lambda loss: {},
    ) -> None:
        """`metrics` gives what the task reports beside a finite validation loss."""
        self.directory, self.metrics = directory, metrics
        self.clock = 1000.0
        directory.mkdir(parents=True, exist_ok=True)
        options = (
            f'task = "digits"\nspace = "lr-batch"\nscheduler = "asha"\nepochs = {epochs}\n{options}'
        )
        (directory / "run.toml").write_text(
            f'flatbasin = "0.1.0"\n[options]\n{options}seed = 0\n{space}', encoding="utf-8"
        )
        (directory / "epochs.jsonl").touch()

    def line(self, kind: str, **fields: Any) -> None:
        self.clock += 1.0
        text = json.dumps({"kind": kind, **fields, "time": self.clock})
        self.raw(text + "\n")

    def raw(self, text: str) -> None:
        with (self.directory / "epochs.jsonl").open("a", encoding="utf-8") as file:
            file.write(text)

    def trial(
        self,
        trial_id: str,
        config: dict[str, Any],
        val_losses: Sequence[float | None],
        status: str | None = "finished",
        train_losses: Sequence[float | None] | None = None,
        **fields: Any,
    ) -> None:
        """One attempt: its opening, its epochs, its end (none while `status` is None)."""
        defaults = {"attempt": 1, "stage": "search", "seed": 0}
        self.line("trial", trial_id=trial_id, config=config, **(defaults | fields))
        train = train_losses if train_losses is not None else val_losses
        for epoch, (loss, seen) in enumerate(zip(val_losses, train, strict=True), start=1):
            self.line(
                "epoch",
                trial_id=trial_id,
                attempt=fields.get("attempt", 1),
                epoch=epoch,
                train_loss=seen,
                train_eval_loss=seen,
                val_loss=loss,
                seconds=0.5,
                steps=10,
                **({} if loss is None else self.metrics(loss)),
            )
        if status is not None:
            self.line("status", trial_id=trial_id, status=status, error=None)


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., Script]:
    """Begin a run directory under `tmp_path`."""

    def begin(name: str = "run", **settings: Any) -> Script:
        return Script(tmp_path / name, **settings)

    return begin


@pytest.fixture
def trials_of() -> Callable[..., pd.DataFrame]:
    """A `trials` frame from one dict per trial; what is not given is filled in."""

    def build(*rows: dict[str, Any]) -> pd.DataFrame:
        filled = [
            {
                "trial_id": f"s{place:05d}",
                "stage": "search",
                "seed": place,
                "enqueued": False,
                "status": "finished",
                "epochs": 27,
                "val_loss": 1.0,
                "train_loss": 1.0,
                **dict.fromkeys(
                    ("best_val_loss", "metric", "best_metric", "objective"),
                    row.get("val_loss", 1.0),
                ),
                "best_epoch": 1,
                "gap": 0.0,
                "verdict": "",
                "seconds": 1.0,
                "steps": 10,
                "error": None,
                "config/lr": 0.1,
            }
            | row
            for place, row in enumerate(rows)
        ]
        frame = pd.DataFrame(filled)
        configs = [name for name in frame if name.startswith("config/")]
        return frame[[*TRIAL_COLUMNS, *configs]]

    return build


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def searched(script: Callable[..., Script], rng: np.random.Generator) -> Script:
    """A search of 40 full-length trials, best at lr 0.02."""
    from tests.results.analysis.searches import search

    written = script(epochs=9)
    search(written, rng)
    return written


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The Chromium of this machine."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright, an extra")
    known = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    chromium = next(filter(None, known), None)
    if chromium is None:
        pytest.skip("no chromium on this machine")
    arguments = ["--disable-gpu", "--disable-background-networking"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # which Chromium refuses to start root in
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=chromium, args=arguments, timeout=PATIENCE * 1000
        )
        yield browser
        browser.close()
