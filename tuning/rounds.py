"""A run as the dispatcher sees it: its stages, its record and its directory."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from record import AnyPath
from record.writer import StorageError, Writer
from trainable.preflight_result import Preflight
from tuning import disk, run_directory
from tuning.assignments import Assignment, PreflightAssignment, Report
from tuning.dispatcher import TrialPlan
from tuning.plan import RunPlan, trial_seed

CHECKPOINT_SECONDS = 30.0
"""Training time between two checkpoints of a trial."""

WINDOW, SEEDS = "window", "seed"
CONFIRMATION = (WINDOW, WINDOW, SEEDS)
"""What a confirmation trains: two rounds around the winner, then the answer with fresh seeds."""
MORE_CONFIRMATION = (WINDOW, SEEDS)
"""What each further one adds."""

Line = dict[str, Any]


@dataclass
class Stages:
    """Which trials are to be run, stage after stage, as far as that is known."""

    plan: RunPlan
    path: AnyPath
    steps: list[str]
    """The confirm stages that were asked for, each a `WINDOW` or `SEEDS`."""
    planned: list[Line]
    """The record's lines of the confirm stages planned so far."""

    @classmethod
    def of_record(cls, plan: RunPlan, path: AnyPath, lines: Iterable[Line]) -> Stages:
        """What the record at `path` knows of the stages."""
        lines = list(lines)
        steps = [step for line in lines for step in line.get("stages", ())]
        return cls(plan, path, steps, [line for line in lines if line["kind"] == "stage"])

    def ask(self, more: bool) -> Line | None:
        """The record's line that asks for a confirmation, as a part of the search or for `more`.

        None where there is nothing to add: no confirmation is wanted, or one is under way.
        """
        is_first = not self.steps
        if not more and (not is_first or not self.plan.options.confirm):
            return None
        steps = CONFIRMATION if is_first else MORE_CONFIRMATION
        self.steps += steps
        return {"kind": "mark", "name": "confirmation_asked", "stages": steps}

    def known(self) -> list[TrialPlan]:
        """The trials of the search stage and of every confirm stage that is planned."""
        confirming = [self._trial(trial) for line in self.planned for trial in line["trials"]]
        return self.plan.trials + confirming

    def has_next(self) -> bool:
        """Whether a confirm stage is yet to be planned."""
        return len(self.planned) < len(self.steps)

    def next_line(self) -> Line | None:
        """The record's line that plans the next confirm stage; None when there is none."""
        if not self.has_next():
            return None
        role = self.steps[len(self.planned)]
        configs = self._configs(role)
        if not configs:
            return None
        first = sum(len(line["trials"]) for line in self.planned)
        trials = [
            {
                "trial_id": f"c{index:05d}",
                "seed": trial_seed(self.plan.options.seed, "confirm", index),
                "config": config,
                "role": role,
            }
            for index, config in enumerate(configs, start=first)
        ]
        return {"kind": "stage", "stage": "confirm", "trials": trials}

    def plan_next(self, line: Line) -> list[TrialPlan]:
        """The trials of a stage whose line is written."""
        self.planned.append(line)
        return [self._trial(trial) for trial in line["trials"]]

    def _configs(self, role: str) -> list[dict[str, Any]]:
        """The configurations of a stage, complete with what the space computes."""
        from results import load
        from results.analysis.confirmation import (
            confirmation_size,
            has_winner,
            recommended_config,
            window,
        )

        run, space = load(self.path), self.plan.space
        trials, seed = run.trials, self.plan.options.seed
        if not has_winner(trials):
            return []
        spent = int(trials.loc[trials["stage"] == "search", "epochs"].sum())
        size = confirmation_size(spent, self.plan.epochs)
        if role == SEEDS:
            return [recommended_config(trials, space, seed=seed)] * size.seeds
        num = size.rounds[min(len(self.planned), 1)]
        return window(trials, space, num, seed=seed)

    def _trial(self, planned: Mapping[str, Any]) -> TrialPlan:
        return TrialPlan(
            planned["trial_id"],
            "confirm",
            planned["config"],
            planned["seed"],
            role=planned["role"],
        )

    def keeps_model(self, trial: TrialPlan) -> bool:
        """Whether the trial's model goes to `best/`: the first seed of the last answer."""
        last = next((line for line in reversed(self.planned) if _role(line) == SEEDS), None)
        return last is not None and last["trials"][0]["trial_id"] == trial.trial_id


def _role(line: Mapping[str, Any]) -> str:
    return str(line["trials"][0]["role"])


class Campaign:
    """What the dispatcher asks of a run."""

    def __init__(
        self,
        stages: Stages,
        open_record: Callable[[], Writer],
        first: list[Line],
        watch: Callable[[list[Line]], None],
        num_places: Callable[[], int],
    ) -> None:
        """`first` opens the record; `watch` is shown every line that is written; `num_places`
        is asked once Ray runs."""
        self.stages, self.plan, self.path = stages, stages.plan, stages.path
        self.writer: Writer | None = None
        """None until the first batch has shown nothing wrong."""
        self._open_record, self._first, self._watch = open_record, first, watch
        self._num_places = num_places
        self._has_begun = False
        self._ended: deque[str] = deque()

    def next_stage(self) -> list[TrialPlan]:
        """The trials of the next stage; none after the last."""
        if not self._has_begun:
            self._has_begun = True
            return self.stages.known()
        assert self.writer is not None, "the record is open once the search has begun"
        self.writer.sync()  # the next stage follows from what it holds
        line = self.stages.next_line()
        if line is None:
            return []
        self.write([line])
        return self.stages.plan_next(line)

    def first_assignment(self) -> PreflightAssignment:
        """One batch of the first configuration."""
        return PreflightAssignment(config=self.plan.trials[0].config, epochs=self.plan.epochs)

    def begin(self, report: Report) -> None:
        """Open the record, if the batch before the first trial shows nothing wrong."""
        found = report.preflight
        self.plan.check_names(found.names_read if found else frozenset())
        checkpoint_bytes = found.checkpoint_bytes if found else 0
        at_a_time = self.plan.options.concurrent or self._num_places()
        needed = disk.most_bytes(self.plan, checkpoint_bytes, at_a_time)
        if not self.plan.options.quiet:
            own = "" if found else ", and the checkpoints that train() yields"
            forecast = [self._forecast(found)] if found else []
            size = f"at most {disk.size(needed)} on disk{own}"
            print(*self.plan.describe(), *forecast, size, sep="\n", file=sys.stderr)
        warning = disk.shortage(self.path, needed)
        if warning is not None:
            print(warning, file=sys.stderr)
        self.writer = self._open_record()
        self.write(self._first)

    def _forecast(self, found: Preflight) -> str:
        """What the first batch says of the search: sizes, and what it takes at most."""
        examples = "/".join("?" if size is None else str(size) for size in found.num_examples)
        text = f"{found.num_parameters} parameters, {examples} examples on {found.device}"
        if found.epoch_seconds is not None:
            full = found.epoch_seconds * self.plan.epochs * len(self.plan.trials)
            text += (
                f"; {found.epoch_seconds:.2g} s an epoch at batch size {found.batch_size}: at most "
                f"{full:.0f} s of training for the search, shared by the workers"
            )
        return f"{text}; {found.checkpoint_bytes / 2**20:.1f} MiB a checkpoint"

    def assignment(self, plan: TrialPlan, attempt: int) -> Assignment:
        """The order that makes a worker run `plan`."""
        best = run_directory.best_dir(self.path)
        return Assignment(
            trial_id=plan.trial_id,
            attempt=attempt,
            config=plan.config,
            seed=plan.seed,
            epochs=self.plan.epochs,
            ask_at=self.plan.stopping.ask_at if plan.stage == "search" else frozenset(),
            checkpoint_dir=str(run_directory.checkpoint_dir(self.path, plan.trial_id)),
            checkpoint_seconds=CHECKPOINT_SECONDS,
            best_dir=str(best) if self.stages.keeps_model(plan) else None,
            look_at_test=plan.role == SEEDS,
        )

    def write(self, lines: Iterable[Line]) -> None:
        """Append to the record."""
        assert self.writer is not None, "the record is open once the search has begun"
        lines = list(lines)
        self.writer.append(lines)
        self._watch(lines)

    def close(self) -> None:
        """End the record."""
        assert self.writer is not None
        self.write([{"kind": "mark", "name": "search_ended"}])
        self.writer.close()

    def stop_for_storage(self, problem: str) -> None:
        """Raise StorageError: a worker could write no checkpoint, or not the model."""
        raise StorageError(run_directory.checkpoint_dir(self.path, ""), OSError(problem))

    def discard(self, trial_id: str) -> None:
        """Remove an ended trial's checkpoints, as soon as its end is safe in the record."""
        assert self.writer is not None, "the record is open once the search has begun"
        self._ended.append(trial_id)
        self.writer.then(self._discard_ended)

    def _discard_ended(self) -> None:
        ended = {self._ended.popleft() for _ in range(len(self._ended))}
        run_directory.discard_checkpoints(self.path, ended)
