"""Searches with random spaces, losses and options, and further commands on their runs.

    python -m benchmarks.random_searches --first-seed 0 --searches 100

Tasks yield losses by random formulas (negative, 0, NaN, equal, rising ones among them), some with
trials that raise, or train a small model. After a search up to three further commands follow, a
resume from a record that was cut anywhere, and what its answer suggests. What must not be is
printed with its seed: an exception, a refusal of more than one line or of what was suggested, a
recommendation outside the space or its own interval, another search after a cut, a warning of
numpy's.
"""

from __future__ import annotations

import argparse
import random
import shlex
import shutil
import tempfile
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from benchmarks.random_tasks import model_task, scripted_task, some
from flatbasin import load
from record.settings import RECORD_FILE, RUN_FILE
from tests.tuning import faults
from tuning.engine import session

SETTINGS = (
    "lr=1e-4..1:log", "batch_size=8,16,32", "batch_size=4..64:log", "batch_size=8..64:step=8",
    "weight_decay=1e-6..1e-2:log", "optimizer=sgd,adam,adamw", "momentum=0..0.99",
    "schedule=constant,cosine", "warmup_epochs=0,1,2", "grad_clip=none,1.0", "lr=0.1",
)  # fmt: skip
WIDENED = ("lr=1e-6..3:log", "batch_size=4,8,16,32,64,128,256", "lr=0.001..0.01:log")


@dataclass
class Case:
    """One search and what follows it."""

    seed: int
    directory: Path
    said: list[str] = field(default_factory=list)
    """The commands so far."""
    wrong: list[str] = field(default_factory=list)
    """What must not be."""
    refusal: str = ""
    """What the last command said on stderr."""

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def play(self) -> None:
        """Search, go on, do what is suggested."""
        self.directory.mkdir()
        run = self.directory / "run"
        if self.do(*self.options(), *self.place("run")) or not run.exists():
            return
        self.cut(run)
        for _ in range(self.random.randrange(4)):
            self.check(run)
            self.do(*self.further(run))
        for command in self.check(run):
            self.follow(command)

    def options(self) -> Iterator[str]:
        """The task, and a search of it."""
        is_scripted = self.random.random() < 0.6
        metrics: tuple[str, ...] = ()
        if is_scripted:
            source = scripted_task(self.random)
        else:
            source, metrics = model_task(self.random)
        yield from ("--task", str(self.task(source)))
        yield from ("--samples", str(self.random.choice([1, 2, 3, 5, 8, 12, 26, 40])))
        settings = {setting.partition("=")[0]: setting for setting in some(self.random, SETTINGS)}
        for setting in () if is_scripted else settings.values():
            yield from ("--set", setting)
        if is_scripted or self.random.random() < 0.7:
            yield from ("--epochs", str(self.random.choice([1, 2, 3, 5, 9, 12])))
        else:
            yield from ("--steps", str(self.random.choice([6, 20, 45])))
        is_confirmed = self.random.random() < 0.8
        if not is_confirmed:
            yield "--no-confirm"
        choices: dict[str, tuple[str, ...]] = {
            "--scheduler": ("median", "none"),
            "--searcher": ("random", "sobol", "grid", "tpe"),
            "--concurrent": ("1",),
            "--seed": ("1", "2"),
            "--time-budget": ("5",),
            "--reduction-factor": ("2", "4"),
            "--max-failures": ("0", "1"),
            "--grace-epochs": ("1", "2"),
        }
        if not is_scripted:
            choices |= {"--keep-checkpoints": ("1", "5"), "--metric": metrics}
            choices |= {"--folds": ("2", "3")} if is_confirmed else {}
        elif self.random.random() < 0.2:
            yield from ("--metric", "score", "--mode", "max")
        for flag, values in choices.items():
            if self.random.random() < 0.2:
                yield from (flag, self.random.choice(values))

    def task(self, source: str) -> Path:
        path = self.directory / "my_task.py"
        path.write_text(source, encoding="utf-8")
        return path

    def place(self, name: str) -> list[str]:
        return ["--runs-dir", str(self.directory), "--name", name, "--quiet"]

    def cut(self, run: Path) -> None:
        """Cut its record anywhere: a resume ends with the same configurations and losses.

        That is promised of one trial at a time; a task that draws from its luck anew cannot do it.
        """
        source = (self.directory / "my_task.py").read_text(encoding="utf-8")
        uses_luck = "luck" in source.partition("for epoch")[2].replace("luck.random() < 0 ", "")
        if "--concurrent 1" not in self.said[0] or "--time-budget" in self.said[0] or uses_luck:
            return
        other = self.directory / "cut"
        shutil.copytree(run, other)
        record = (run / RECORD_FILE).read_bytes()
        kept = self.random.randrange(len(record) // 10, len(record))
        (other / RECORD_FILE).write_bytes(record[:kept])
        code = self.do("resume", str(other))
        if code or any(not a.equals(b) for a, b in zip(frames(run), frames(other), strict=True)):
            self.wrong.append(f"another search after a cut at {kept} of {len(record)} bytes")

    def imported(self, run: Path) -> Path:
        """The run's trials, exported and imported."""
        files, number = self.directory / f"files{len(self.said)}", len(self.said)
        self.do("export", str(run), "--csv", str(files))
        self.do("import", str(files), "--name", f"in{number}", "--runs-dir", str(self.directory))
        found = self.directory / f"in{number}"
        if not found.exists():
            return run
        self.check(found)
        return found

    def further(self, run: Path) -> list[str]:
        """A command on the run."""
        elsewhere = str(self.directory / f"out{len(self.said)}")
        task = ("--task", str(self.directory / "my_task.py"), "--samples", "4", "--epochs", "3")
        place = self.place(f"new{len(self.said)}")
        if self.random.random() < 0.1:
            return ["compare", str(run), str(self.imported(run))]
        commands = (
            [*task, "--try", str(run), *place],
            ["--config", str(run / RUN_FILE), "--samples", "3", *place],
            ["resume", str(run), "--samples", "3"],
            ["resume", str(run), "--epochs", self.random.choice(["6", "12"])],
            ["resume", str(run), "--set", self.random.choice(WIDENED), "--samples", "3"],
            ["confirm", str(run)],
            ["reproduce", str(run), "--rank", self.random.choice(["1", "2"])],
            ["export", str(run), "--csv", elsewhere],
            ["export", str(run), "--optuna", f"{elsewhere}.db"],
            ["report", str(run)],
            ["compare", str(run), str(run)],
        )
        return self.random.choice(commands)

    def follow(self, command: str) -> None:
        """What an answer suggests, cut short: it must not be refused."""
        arguments = shlex.split(command)[2:]
        if "--epochs" in arguments and int(arguments[arguments.index("--epochs") + 1]) > 30:
            return
        if "--samples" in arguments:
            arguments[arguments.index("--samples") + 1] = "2"
        if arguments[0].startswith("--"):
            arguments += self.place(f"again{len(self.said)}")
        if self.do(*arguments) == 2 and "times in a row" not in self.refusal:
            self.wrong.append(f"a suggestion was refused: {command}")

    def do(self, *arguments: str) -> int:
        """A command; its exit code."""
        self.said.append(shlex.join(arguments))
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always", RuntimeWarning)
            try:
                done = faults.done(*arguments)
            except Exception:  # whatever it is, it is what is looked for
                self.wrong.append(traceback.format_exc())
                return 1
        self.refusal = done.stderr
        for warning in warned:
            if issubclass(warning.category, RuntimeWarning):
                self.wrong.append(f"{warning.filename}:{warning.lineno}: {warning.message}")
        if "Traceback" in done.stderr or (done.returncode == 2 and done.stderr.count("\n") != 1):
            self.wrong.append(done.stderr)
        return done.returncode

    def check(self, run_path: Path) -> list[str]:
        """What the answer must hold to; the commands that it suggests."""
        run = load(run_path)
        answer = run.recommendation()
        if answer.config and not run.space.holds(answer.config):
            self.wrong.append(f"not of the space: {answer.config}")
        for name in answer.intervals.keys() & answer.config:
            ends, value = answer.intervals[name], answer.config[name]
            if not ends["low"] <= value <= ends["high"]:
                self.wrong.append(f"{name} = {value} is not in {ends}")
        suggested = [warning.next for warning in answer.warnings]
        return [command for command in suggested if command.startswith("python tune_main.py ")]


def frames(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Configurations, and losses, in an order of their own."""
    run = load(path)
    configs = run.trials.set_index("trial_id").filter(like="config/")
    losses = run.epochs.set_index(["trial_id", "epoch"])[["train_loss", "val_loss"]]
    return configs.sort_index(), losses.sort_index()


def main() -> None:
    """Play the cases, and print what must not be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--searches", type=int, default=100)
    parser.add_argument("--first-seed", type=int, default=0)
    options = parser.parse_args()
    num_commands = num_faulty = 0
    with tempfile.TemporaryDirectory() as made, session.local(2) as ray:
        ray.ready()
        for seed in range(options.first_seed, options.first_seed + options.searches):
            case = Case(seed, Path(made) / str(seed))
            case.play()
            num_commands += len(case.said)
            num_faulty += bool(case.wrong)
            if case.wrong:
                task = (case.directory / "my_task.py").read_text(encoding="utf-8")
                print(f"\nseed {seed}", *case.said, *case.wrong, task, sep="\n", flush=True)
            shutil.rmtree(case.directory, ignore_errors=True)
    print(f"{num_faulty} of {options.searches} searches, {num_commands} commands, went wrong")


if __name__ == "__main__":
    main()
