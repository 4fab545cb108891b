"""Our own search through its real code, one trial after another, where the truth is known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.worlds import World
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
from tuning.plan import NUM_FIRST, NUM_NEW, SHARED_SEEDS, is_control
from tuning.proposer import BLOCK
from tuning.scheduler import Stopping, StoppingRule

FACTOR = 3


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
