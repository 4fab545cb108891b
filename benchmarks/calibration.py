"""Is the answer calibrated? Studies on scripted landscapes whose optimum is known.

    python -m benchmarks.calibration --studies 100 --first-seed 1000

Each study writes a real record (Sobol search with early stopping, confirmation), reads it back
and asks for the recommendation; nothing is trained.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import qmc

from benchmarks.calibration_landscapes import BATCH_SIZES, LANDSCAPES, SPACE, Landscape
from flatbasin import Run, load
from results.analysis.confirmation import next_round
from results.analysis.recommendation import Recommendation
from tuning.scheduler import StoppingRule

EPOCHS, GRACE, FACTOR = 27, 3, 3
SAMPLES = 50
CONTROL_EVERY = 20
"""As in the search: one trial in so many is never stopped."""

Stopping = Callable[[Sequence[Sequence[float]], Sequence[bool]], list[int]]
"""From the whole curves, and which trials are controls: how many epochs each trial may run."""


def asynchronous_halving(
    curves: Sequence[Sequence[float]], controls: Sequence[bool], workers: int = 2
) -> list[int]:
    """The search's own ASHA, over as many trials at a time as there are workers."""
    rule = StoppingRule(
        scheduler="asha", epochs=EPOCHS, grace_epochs=GRACE, reduction_factor=FACTOR
    )
    judge = rule.start()
    ran = [0] * len(curves)
    waiting = list(range(len(curves)))
    active: list[int] = []
    while waiting or active:
        while waiting and len(active) < workers:
            active.append(waiting.pop(0))
        for trial in list(active):
            ran[trial] += 1
            loss = curves[trial][ran[trial] - 1]
            done = ran[trial] == EPOCHS or not math.isfinite(loss)
            cut = judge.stops(str(trial), ran[trial], loss) and not controls[trial]
            if done or cut:
                active.remove(trial)

    return ran


class Study:
    """One scripted run: writes its record as tuning would."""

    def __init__(self, directory: Path, landscape: Landscape, rng: np.random.Generator) -> None:
        self.directory, self.landscape, self.rng = directory, landscape, rng
        self.clock = 0.0
        self.num_confirmed = 0
        directory.mkdir(parents=True)
        tables = "".join(
            f"[space.{name}]\n" + "".join(f"{key} = {json.dumps(v)}\n" for key, v in table.items())
            for name, table in SPACE.items()
        )
        (directory / "run.toml").write_text(
            f'[options]\ntask = "scripted"\nspace = "lr-batch"\nscheduler = "asha"\n'
            f"epochs = {EPOCHS}\ngrace_epochs = {GRACE}\nseed = 0\n{tables}",
            encoding="utf-8",
        )
        (directory / "epochs.jsonl").touch()

    def search(self, stopping: Stopping) -> None:
        """The search stage with early stopping."""
        configs = sobol_configs(SAMPLES, self.rng)
        curves = [self.landscape.curve(config, EPOCHS, self.rng) for config in configs]
        controls = [place % CONTROL_EVERY == CONTROL_EVERY // 2 for place in range(SAMPLES)]
        ran = stopping(curves, controls)
        for place, config in enumerate(configs):
            curve = curves[place][: ran[place]]
            self.write(f"s{place:05d}", "search", config, curve, control=controls[place])

    def confirm(self) -> None:
        """The confirm stage: runs where the best may be, then the race with fresh seeds."""
        searched = int(load(self.directory).trials["epochs"].sum())
        asked: list[str] = []
        while planned := next_round(load(self.directory), searched, asked):
            self.train(planned.configs, planned.role)
            asked = [f"c{place:05d}" for place in range(self.num_confirmed)]

    def train(self, configs: Sequence[dict[str, Any]], role: str) -> None:
        """Full-length trials, announced in the record before they run."""
        first = self.num_confirmed
        self.num_confirmed += len(configs)
        plan = [
            {"trial_id": f"c{first + place:05d}", "seed": place, "config": config, "role": role}
            for place, config in enumerate(configs)
        ]
        self.line("stage", stage="confirm", trials=plan)
        for trial in plan:
            curve = self.landscape.curve(trial["config"], EPOCHS, self.rng)
            self.write(trial["trial_id"], "confirm", trial["config"], curve)

    def write(
        self,
        trial_id: str,
        stage: str,
        config: dict[str, Any],
        curve: Sequence[float],
        control: bool = False,
    ) -> None:
        """The lines of one trial."""
        self.line("trial", trial_id=trial_id, stage=stage, seed=0, config=config, control=control)
        for epoch, loss in enumerate(curve, start=1):
            value = loss if math.isfinite(loss) else None
            self.line(
                "epoch",
                trial_id=trial_id,
                epoch=epoch,
                train_loss=value,
                train_eval_loss=value,
                val_loss=value,
                seconds=16 / config["batch_size"],
                steps=1000 // config["batch_size"],
            )
        status = "stopped" if len(curve) < EPOCHS else "finished"
        if not math.isfinite(curve[-1]):
            status = "diverged"
        self.line("status", trial_id=trial_id, status=status, error=None)

    def line(self, kind: str, **fields: Any) -> None:
        self.clock += 1.0
        with (self.directory / "epochs.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"kind": kind, **fields, "time": self.clock}) + "\n")


def sobol_configs(num: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Quasi-random configurations of lr x batch size."""
    points = qmc.Sobol(2, seed=rng).random_base2(math.ceil(math.log2(num)))[:num]
    return [
        {
            "lr": float(10 ** (-4 + 4 * place)),
            "batch_size": BATCH_SIZES[int(share * len(BATCH_SIZES))],
        }
        for place, share in points
    ]


@dataclass(frozen=True)
class Outcome:
    """What one study showed."""

    holds: bool
    """The lr interval holds the best lr at the recommended batch size."""
    width: float
    """Of that interval, in decades; infinite when none was given."""
    excess: float
    """Noise-free loss of the recommended configuration over the landscape's best, minus 1."""
    winner_excess: float
    """The same of the best-ranked configuration of the search."""
    observed_excess: float
    """The same of the best-observed trial of both stages."""
    codes: frozenset[str]
    seconds: float


def run_study(
    name: str, seed: int, directory: Path, stopping: Stopping = asynchronous_halving
) -> Outcome:
    """One study of the landscape `name`; `seed` decides everything in it."""
    rng = np.random.default_rng([seed, list(LANDSCAPES).index(name)])
    landscape = LANDSCAPES[name](rng)
    study = Study(directory, landscape, rng)
    study.search(stopping)
    winner = load(directory).ranking().iloc[0]
    study.confirm()
    run = load(directory)
    begin = time.process_time()
    answer = run.recommendation()
    return _outcome(landscape, run, answer, winner, time.process_time() - begin)


def _outcome(
    landscape: Landscape, run: Run, answer: Recommendation, winner: pd.Series, seconds: float
) -> Outcome:
    best = landscape.best_in_space()
    truth = landscape.best_lr_in_space(answer.config["batch_size"])
    finished = run.trials[run.trials["status"] == "finished"]
    observed = finished.loc[finished["val_loss"].idxmin()]
    interval = answer.intervals.get("lr")
    return Outcome(
        holds=interval is not None and interval["low"] <= truth <= interval["high"],
        width=math.log10(interval["high"] / interval["low"]) if interval else math.inf,
        excess=landscape.final(answer.config["lr"], answer.config["batch_size"]) / best - 1,
        winner_excess=landscape.final(winner["config/lr"], winner["config/batch_size"]) / best - 1,
        observed_excess=landscape.final(observed["config/lr"], observed["config/batch_size"]) / best
        - 1,
        codes=frozenset(warning.code for warning in answer.warnings),
        seconds=seconds,
    )


def run_studies(
    name: str, studies: int, first_seed: int = 0, stopping: Stopping = asynchronous_halving
) -> list[Outcome]:
    """`studies` studies of one landscape, with seeds from `first_seed` on."""
    with tempfile.TemporaryDirectory() as scratch:
        return [
            run_study(name, seed, Path(scratch) / str(seed), stopping)
            for seed in range(first_seed, first_seed + studies)
        ]


HEADINGS = (
    "landscape",
    "studies",
    "holds optimum",
    "width (decades)",
    "excess: recommended",
    "winner of search",
    "best observed",
    "no-difference",
    "edge",
    "s/analysis",
)


def row(name: str, outcomes: Sequence[Outcome]) -> list[str]:
    """One line of the table."""

    def share(flags: Sequence[bool]) -> str:
        return f"{100 * np.mean(flags):.0f} %"

    def mean(values: Sequence[float]) -> str:
        return f"{100 * np.mean(values):.2f} %"

    return [
        name,
        str(len(outcomes)),
        "-" if name == "flat" else share([o.holds for o in outcomes]),
        f"{np.median([o.width for o in outcomes]):.2f}",
        mean([o.excess for o in outcomes]),
        mean([o.winner_excess for o in outcomes]),
        mean([o.observed_excess for o in outcomes]),
        share(["no-difference" in o.codes for o in outcomes]),
        share(["edge" in o.codes for o in outcomes]),
        f"{np.median([o.seconds for o in outcomes]):.2f}",
    ]


def main() -> None:
    """Print the table of all landscapes, in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=100)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=list(LANDSCAPES))
    options = parser.parse_args()

    print("| " + " | ".join(HEADINGS) + " |")
    print("|" + "---|" * len(HEADINGS))
    inside: list[Outcome] = []
    for name in options.only:
        outcomes = run_studies(name, options.studies, options.first_seed)
        inside += outcomes if name not in ("flat", "edge") else []
        print("| " + " | ".join(row(name, outcomes)) + " |", flush=True)
    if inside:
        print("| " + " | ".join(row("optimum inside, together", inside)) + " |")


if __name__ == "__main__":
    main()
