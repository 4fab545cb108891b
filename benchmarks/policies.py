"""Whole searches compared at equal epochs: ours through its real code, and those of Optuna.

    python -m benchmarks.policies --worlds bowl cliff --policies ours tpe-sh --studies 30

A study searches a world (a scripted landscape; real training of a shipped task, written
`digits:regularisation`; a grid of published results, `hpolib:slice_localization`) until its epochs
are spent, confirmation included, one trial after another; what it then recommends is measured
without noise, or with eight fresh seeds. Peers get the epochs that ours took at most, and their
best three trained again with two fresh seeds each.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks.landscapes import LANDSCAPES, LandscapeOfChoices
from benchmarks.worlds import GRIDS, KINDS, GridWorld, LandscapeWorld, TrainingWorld, World
from record.lines import CONFIRM, SEARCH, SEED_ROLE
from record.reader import Record
from record.rungs import default_grace
from results.analysis.confirmation import next_round
from results.analysis.coordinates import axes_of
from results.analysis.curves import Curve
from results.analysis.observations import Observations
from results.analysis.posterior import Posterior, posterior_of
from results.analysis.proposals import proposals
from results.analysis.recommendation import Recommendation, recommendation
from results.run import Run
from results.run_frames import epochs_frame, trials_frame
from search_spaces import Config, Earlier, History, Space
from tuning.draws import drawn
from tuning.optuna_proposer import sampler, suggested
from tuning.plan import NUM_FIRST, NUM_NEW, SHARED_SEEDS, is_control
from tuning.proposer import BLOCK
from tuning.scheduler import Stopping, StoppingRule

FACTOR = 3
TOP, AGAIN = 3, 2
"""Of a peer's trials so many are trained again, with so many fresh seeds each."""


@dataclass
class Outcome:
    """What a policy ends with."""

    config: Config
    epochs: int
    search_epochs: int
    answer: Recommendation | None = None


@dataclass
class Ours:
    """One search as the command makes it, one trial at a time."""

    world: World
    seed: int
    samples: int
    space: Space | None = None
    """What is searched; all of the world's where it is not given."""
    known: Sequence[Config] = ()
    """What is tried first, and never stopped early."""
    history: History = field(default_factory=History)
    spent: int = 0
    record: Record = field(default_factory=Record)
    roles: dict[str, str] = field(default_factory=dict)
    curves: list[Curve] = field(default_factory=list)

    def __post_init__(self) -> None:
        rule = StoppingRule(
            scheduler="asha",
            epochs=self.world.epochs,
            grace_epochs=default_grace(self.world.epochs),
            reduction_factor=FACTOR,
        )
        self.rungs = rule.rungs
        self.of_drawn, self.of_proposed = rule.start(), rule.start()

    def run(self) -> Outcome:
        """Search, confirm, answer."""
        before = self.spent
        for config in self.known if not before else ():
            self.search_trial(config, self.of_drawn, is_known=True)
        for config in self.first():
            self.search_trial(config, self.of_drawn)
        while (begun := self.num_searched) < self.samples:
            rng = np.random.default_rng([self.seed, begun])
            for config in proposals(self._posterior(), BLOCK, rng)[: self.samples - begun]:
                self.search_trial(config, self.of_proposed)
        search_epochs = self.spent - before
        asked: set[str] = set()
        while planned := next_round(self.data(), search_epochs, asked, self.seed):
            for config in planned.configs:
                asked.add(self._confirm_trial(config, planned.role))
        answer = recommendation(self.data(), self.data().summary)
        return Outcome(answer.config, self.spent, search_epochs, answer)

    def go_on(self, space: Space, more: int) -> Outcome:
        """The same run in another space, with `more` configurations."""
        earlier = Earlier(self.searched_space, self.num_searched)
        self.history = History((*self.history.earlier, earlier))
        self.space, self.samples = space, self.samples + more
        return self.run()

    def first(self) -> list[Config]:
        """What is searched before anything is proposed."""
        num = self.samples - self.num_searched
        first = max(NUM_NEW, NUM_FIRST - len(self.known))
        most = min(num, NUM_NEW if self.history.earlier else first)
        configs = drawn(self.searched_space, "sobol", most, self.seed, self.history)
        return [config for config in configs if not self.history.held(config)]

    @property
    def searched_space(self) -> Space:
        """What is searched."""
        return self.world.space if self.space is None else self.space

    @property
    def num_searched(self) -> int:
        """Trials of the search so far."""
        return len(self.curves) - len(self.roles)

    def data(self) -> Run:
        """The run as it would be read back."""
        epochs = epochs_frame(self.record)
        return Run(
            Path("run"),
            trials_frame(self.record, epochs),
            epochs,
            options={"epochs": self.world.epochs, "reduction_factor": FACTOR},
            space=self.searched_space,
            roles=self.roles,
            controls=frozenset(t["trial_id"] for t in self.record.trials if t["control"]),
        )

    def _posterior(self) -> Posterior:
        space = self.searched_space
        return posterior_of(Observations(space, axes_of(space), self.curves, self.world.epochs))

    def search_trial(self, config: Config, stopping: Stopping, is_known: bool = False) -> None:
        """One more trial of the search, stopped early by `stopping`."""
        index = self.num_searched
        self._train(f"s{index:05d}", SEARCH, config, self._seed(index), stopping, is_known)

    def _confirm_trial(self, config: Config, role: str) -> str:
        index = len(self.roles)
        trial_id = f"c{index:05d}"
        self.roles[trial_id] = role
        fresh = 1_000_000 + 1000 * self.seed + index
        self._train(trial_id, CONFIRM, config, fresh if role == SEED_ROLE else self._seed(index))
        return trial_id

    def _seed(self, index: int) -> int:
        return 1000 * self.seed + index % SHARED_SEEDS

    def _train(
        self,
        trial_id: str,
        stage: str,
        config: Config,
        seed: int,
        stopping: Stopping | None = None,
        is_known: bool = False,
    ) -> None:
        line = {"trial_id": trial_id, "stage": stage, "seed": seed, "config": config}
        control = is_known or (stage == SEARCH and is_control(self.num_searched))
        self.record.trials.append(line | {"control": control, "enqueued": is_known})
        losses: dict[int, float] = {}
        status = "finished"
        for epoch, loss in enumerate(self.world.losses(config, seed), start=1):
            self.spent += 1
            self.record.epochs.append(_epoch(trial_id, epoch, loss))
            if not math.isfinite(loss):
                status = "diverged"
                break
            if epoch in self.rungs or epoch == self.world.epochs:
                losses[epoch] = loss
            is_pruned = stopping is not None and stopping.stops(trial_id, epoch, loss)
            if is_pruned and not control:
                status = "stopped"
                break
        self.record.statuses[trial_id] = {"status": status}
        self.curves.append(Curve(config, seed, losses, status == "diverged"))


def _epoch(trial_id: str, epoch: int, loss: float) -> dict[str, Any]:
    metrics = dict.fromkeys(("train_loss", "train_eval_loss", "val_loss"), loss)
    return {"trial_id": trial_id, "epoch": epoch, "seconds": 0.1, "steps": 1, "time": 0.0} | metrics


def ours(world: World, seed: int, epochs: int, samples: int) -> Outcome:
    """Our own; `samples` decides what it takes."""
    return Ours(world, seed, samples).run()


class Peer:
    """A search by a sampler and a pruner of Optuna until the epochs are spent."""

    def __init__(self, sampler: Callable[[int], Any], pruner: Callable[[int], Any]) -> None:
        self.sampler, self.pruner = sampler, pruner

    def __call__(self, world: World, seed: int, epochs: int, samples: int) -> Outcome:
        """Search, then train the best few again; the best by its fresh seeds is the pick."""
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        study = optuna.create_study(sampler=self.sampler(seed), pruner=self.pruner(world.epochs))
        seeds = np.random.default_rng([seed, 5])
        spent, finished = 0, []
        while spent < epochs - TOP * AGAIN * world.epochs:
            trial = study.ask()
            config = suggested(world.space, trial)
            curve, state = _pruned(trial, world.losses(config, int(seeds.integers(2**31))))
            spent += len(curve)
            if state == optuna.trial.TrialState.COMPLETE:
                finished.append((curve[-1], config))
                study.tell(trial, curve[-1])
            else:
                study.tell(trial, state=state)
        best = sorted(finished, key=lambda pair: pair[0])[:TOP]
        means = []
        for _, config in best:
            again = [list(world.losses(config, int(seeds.integers(2**31)))) for _ in range(AGAIN)]
            spent += sum(map(len, again))
            means.append(np.mean([c[-1] if math.isfinite(c[-1]) else math.inf for c in again]))
        return Outcome(best[int(np.argmin(means))][1], spent, spent)


def _pruned(trial: Any, losses: Iterator[float]) -> tuple[list[float], Any]:
    """The curve as far as the pruner let it run, and how it ended."""
    from optuna.trial import TrialState

    curve: list[float] = []
    for epoch, loss in enumerate(losses, start=1):
        curve.append(loss)
        if not math.isfinite(loss):
            return curve, TrialState.FAIL
        trial.report(loss, epoch)
        if trial.should_prune():
            return curve, TrialState.PRUNED
    return curve, TrialState.COMPLETE


def _tpe(seed: int) -> Any:
    from optuna.samplers import TPESampler

    return TPESampler(seed=seed, multivariate=True, group=True)


def _random(seed: int) -> Any:
    from optuna.samplers import QMCSampler

    return QMCSampler(seed=seed, scramble=True)


def _halving(epochs: int) -> Any:
    from optuna.pruners import SuccessiveHalvingPruner

    return SuccessiveHalvingPruner(min_resource=default_grace(epochs), reduction_factor=FACTOR)


def _hyperband(epochs: int) -> Any:
    from optuna.pruners import HyperbandPruner

    return HyperbandPruner(
        min_resource=default_grace(epochs), max_resource=epochs, reduction_factor=FACTOR
    )


def _never(epochs: int) -> Any:
    from optuna.pruners import NopPruner

    return NopPruner()


POLICIES: dict[str, Callable[[World, int, int, int], Outcome]] = {
    "ours": ours,
    "tpe": Peer(_tpe, _never),
    "tpe-sh": Peer(_tpe, _halving),
    "tpe-hb": Peer(_tpe, _hyperband),
    "sobol-sh": Peer(_random, _halving),
    "gp": Peer(partial(sampler, "gp"), _never),
}


def world_of(name: str, study: int) -> World:
    """A landscape by its name, `benchmark:data set` of a grid, or `task:space` really trained."""
    if any(name in landscapes for _, landscapes in KINDS):
        return LandscapeWorld(name, study)
    place, what = name.split(":")
    return GridWorld(place, what) if place in GRIDS else TrainingWorld(place, what)


def studies(
    name: str, policy: str, seeds: Sequence[int], epochs: int, samples: int
) -> pd.DataFrame:
    """One row per study: what was recommended is worth, and what it cost."""
    rows = []
    for seed in seeds:
        world = world_of(name, seed)
        start = time.process_time()
        with threadpool_limits(1):
            found = POLICIES[policy](world, seed, epochs, samples)
        seconds = time.process_time() - start
        worth, best = world.worth(found.config), world.best
        value = worth if best is None else 100 * (worth / best - 1)
        row = {"seed": seed, "value": value, "epochs": found.epochs, "seconds": seconds}
        row |= {"search": found.search_epochs} | about(world, found)
        rows.append(row | {"config": found.config})
    return pd.DataFrame(rows)


def about(world: World, found: Outcome) -> dict[str, Any]:
    """Of our own answers on a landscape of two dimensions: the interval and the warnings."""
    answer, landscape = found.answer, getattr(world, "landscape", None)
    if answer is None or not hasattr(landscape, "best_lr_in_space"):
        return {}
    truth = landscape.best_lr_in_space(found.config["batch_size"])
    interval = answer.intervals.get("lr")
    codes = {warning.code for warning in answer.warnings}
    return {
        "holds": interval is not None and interval["low"] <= truth <= interval["high"],
        "width": math.log10(interval["high"] / interval["low"]) if interval else math.nan,
        "flat": "no-difference" in codes,
        "edge": "edge" in codes,
    } | _about_choice(found.config, answer, landscape)


def _about_choice(config: Config, answer: Recommendation, landscape: Any) -> dict[str, Any]:
    """How probably the recommended `norm` is said to be the best one, and whether it is."""
    if not isinstance(landscape, LandscapeOfChoices):
        return {}
    chances = answer.evidence["choice_probability"].get("norm", [])
    said = {entry["value"]: entry["probability"] for entry in chances}
    is_best = config["norm"] == landscape.best_norm
    return {"chance": said.get(config["norm"], math.nan), "best": is_best if said else math.nan}


def summary_row(name: str, policy: str, frame: pd.DataFrame) -> str:
    """One line of the table, in Markdown."""
    value = frame["value"]
    error = value.std(ddof=1) / math.sqrt(len(value)) if len(value) > 1 else math.nan
    figures = [
        name,
        policy,
        str(len(frame)),
        f"{value.mean():.4g} +- {error:.2g}",
        f"{value.median():.3g}",
        f"{value.quantile(0.9):.3g}",
        f"{value.max():.3g}",
        f"{frame['search'].mean():.0f}",
        f"{frame['epochs'].mean():.0f}",
        f"{frame['seconds'].median():.2f}",
    ]
    for column in ("holds", "width", "flat", "edge", "chance", "best"):
        figures.append(f"{frame[column].mean():.2f}" if column in frame else "")
    return "| " + " | ".join(figures) + " |"


HEADINGS = (
    "world",
    "policy",
    "studies",
    "mean",
    "median",
    "90th",
    "worst",
    "search epochs",
    "epochs",
    "CPU s",
    "holds",
    "width",
    "no-difference",
    "edge",
    "chance of choice",
    "is best",
)


def main() -> None:
    """Print a row per world and policy: excess in percent on landscapes, loss in training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", nargs="*", default=list(LANDSCAPES))
    parser.add_argument("--policies", nargs="*", default=["ours"], choices=list(POLICIES))
    parser.add_argument("--studies", type=int, default=30)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=800, help="that peers get")
    parser.add_argument("--samples", type=int, default=50, help="that ours gets")
    parser.add_argument("--csv", type=Path, help="where the studies go, one row each")
    options = parser.parse_args()

    print("| " + " | ".join(HEADINGS) + " |")
    print("|" + "---|" * len(HEADINGS))
    frames = []
    for name in options.worlds:
        for policy in options.policies:
            seeds = range(options.first_seed, options.first_seed + options.studies)
            frame = studies(name, policy, seeds, options.epochs, options.samples)
            frames.append(frame.assign(world=name, policy=policy))
            print(summary_row(name, policy, frame), flush=True)
    if options.csv:
        pd.concat(frames).to_csv(options.csv, index=False)


if __name__ == "__main__":
    main()
