"""Flatbasin beside what a user would pick instead: the same work, whole commands, in turn.

    pip install -c constraints.txt -e '.[peers]'
    python benchmarks/compare.py --samples 50 --repeats 5

What is measured and how: docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from processes import Usage, measure
from scale import read_record
from tables import machine, markdown_table, median_and_range, write_section

ROOT = Path(__file__).parent.parent
PEERS = Path(__file__).parent / "peers"
OURS = "flatbasin"
RUN_NAME = "compared"
PACKAGES = ("torch", "ray", "optuna", "syne-tune", "scikit-learn", "numpy")

SHOW_VERSIONS = """
import platform, sys
from importlib import metadata
shown = [f"Python {platform.python_version()}"]
for name in sys.argv[1:]:
    try:
        shown.append(f"{name} {metadata.version(name)}")
    except metadata.PackageNotFoundError:
        pass
print(", ".join(shown))
"""


@dataclass(frozen=True)
class Contender:
    """Something that does the work, as a command."""

    title: str
    script: Path
    arguments: tuple[str, ...] = ()


CONTENDERS = {
    OURS: Contender("Flatbasin", ROOT / "tune_main.py"),
    "optuna-2": Contender("Optuna, 2 processes", PEERS / "optuna_pruner.py", ("--workers", "2")),
    "optuna-2-loader": Contender(
        "Optuna, 2 processes, DataLoader",
        PEERS / "optuna_pruner.py",
        ("--workers", "2", "--loop", "loader"),
    ),
    "optuna-1": Contender("Optuna, 1 process", PEERS / "optuna_pruner.py", ("--workers", "1")),
    "ray-class": Contender("Ray Tune at its best", PEERS / "ray_class.py"),
    "ray-tutorial": Contender("Ray Tune's tutorial", PEERS / "ray_tutorial.py"),
    "syne-tune": Contender("Syne Tune, 2 workers", PEERS / "syne_tune_local.py"),
    "sequential": Contender("plain loop, no stopping", PEERS / "sequential.py"),
}


@dataclass(frozen=True)
class Figures:
    """One run of one contender."""

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    epochs: int
    best_val_loss: float
    phases: Mapping[str, float] = field(default_factory=dict)
    """Where the time went, for Flatbasin."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run everything and print the tables."""
    given = parser().parse_args(arguments)
    names = given.only or list(CONTENDERS)
    unknown = [name for name in [*names, *given.skip] if name not in CONTENDERS]
    if unknown:
        sys.exit(f"compare.py: {unknown[0]} is none of {', '.join(CONTENDERS)}")
    names = [name for name in names if name not in given.skip]
    runs: dict[str, list[Figures]] = {name: [] for name in names}
    for repeat in range(given.repeats):
        for name in names:
            figures = run(name, given.python, given.samples, seed=repeat)
            print(f"{repeat + 1}/{given.repeats} {name}: {figures.wall_seconds:.2f} s", flush=True)
            runs[name].append(figures)
    text = "\n\n".join([heading(given), comparison(runs), *phases(runs)])
    print(text)
    if given.output:
        write_section(given.output, given.section, text)


def parser() -> argparse.ArgumentParser:
    """The options."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--samples", type=int, default=50, help="configurations to try")
    options.add_argument("--repeats", type=int, default=5, help="runs of each")
    options.add_argument("--only", nargs="+", metavar="NAME", help="these instead of all")
    options.add_argument("--skip", nargs="+", metavar="NAME", default=[], help="all but these")
    options.add_argument("--python", default=sys.executable, help="interpreter that has the peers")
    options.add_argument("--output", type=Path, help="document to write the tables to")
    options.add_argument("--section", default="compare", help="section of that document")
    return options


def run(name: str, python: str, samples: int, seed: int) -> Figures:
    """Run one contender once. Run number n of each has seed n."""
    with tempfile.TemporaryDirectory() as made:
        directory = Path(made)
        command = [python, *command_line(name, directory, samples, seed)]
        usage = measure(command, directory)
        if name == OURS:
            return flatbasin_figures(usage, directory / RUN_NAME)
        done = json.loads(usage.output.strip().splitlines()[-1])
        return figures_of(usage, done["epochs"], done["best_val_loss"])


def command_line(name: str, directory: Path, samples: int, seed: int) -> list[str]:
    """The command of a contender, without the interpreter."""
    contender = CONTENDERS[name]
    common = [str(contender.script), "--samples", str(samples), "--seed", str(seed)]
    if name == OURS:
        where = ["--runs-dir", str(directory), "--name", RUN_NAME]
        return [*common, *where, "--no-confirm", "--no-report", "--quiet"]
    rows = directory / "rows.npz"
    write_rows(rows)
    return [*common, *contender.arguments, "--rows", str(rows), "--directory", str(directory)]


def write_rows(path: Path) -> None:
    """Write which rows Flatbasin trains and validates on."""
    from sklearn.datasets import load_digits

    from trainable.splits import split_indices

    labels = load_digits().target
    train, validation, _ = split_indices(len(labels), seed=0, stratify=labels)
    np.savez(path, train=train, validation=validation)


def figures_of(usage: Usage, epochs: int, best: float, **phases: float) -> Figures:
    """What was measured from outside, and what the run says it did."""
    return Figures(usage.wall_seconds, usage.cpu_seconds, usage.peak_bytes, epochs, best, phases)


def flatbasin_figures(usage: Usage, directory: Path) -> Figures:
    """The figures of a run of ours, the phases of its record among them."""
    record = read_record(directory)
    epochs = [line for line in record if line["kind"] == "epoch"]
    begun = min(line["time"] for line in record if line["kind"] == "trial")
    last = max(line["time"] for line in epochs)
    trained = sum(line["seconds"] for line in epochs)
    return figures_of(
        usage,
        len(epochs),
        min(line["val_loss"] for line in epochs if line["val_loss"] is not None),
        enter_to_first_epoch=min(line["time"] for line in epochs) - usage.started,
        search=last - begun,
        last_epoch_to_prompt=usage.ended - last,
        lanes_busy=trained / (cores() * (last - begun)),
    )


def cores() -> int:
    """Trials that Flatbasin runs at a time: one on each core."""
    return os.cpu_count() or 1


def comparison(runs: Mapping[str, Sequence[Figures]]) -> str:
    """The table of all contenders; ratios are to Flatbasin, round by round."""
    header = ["", "wall", "x", "CPU", "peak memory", "epochs", "best validation loss"]
    ours = runs.get(OURS, [])
    rows = []
    for name, figures in runs.items():
        ratios = [
            one.wall_seconds / our.wall_seconds for one, our in zip(figures, ours, strict=False)
        ]
        rows.append(
            [
                CONTENDERS[name].title,
                median_and_range([one.wall_seconds for one in figures], "s"),
                median_and_range(ratios) if ratios else "",
                median_and_range([one.cpu_seconds for one in figures], "s"),
                f"{_median(figures, 'peak_bytes') / 2**20:.0f} MiB",
                f"{_median(figures, 'epochs'):.0f}",
                f"{_median(figures, 'best_val_loss'):.4f}",
            ]
        )
    return markdown_table(header, rows)


def phases(runs: Mapping[str, Sequence[Figures]]) -> list[str]:
    """A table of where Flatbasin's time went, if it ran."""
    if OURS not in runs:
        return []
    measured = [figures.phases for figures in runs[OURS]]

    def shown(name: str, unit: str = "s") -> str:
        return median_and_range([phase[name] for phase in measured], unit)

    rows = [
        ["Enter to first epoch", shown("enter_to_first_epoch")],
        ["first trial to last epoch", shown("search")],
        ["last epoch to prompt", shown("last_epoch_to_prompt")],
        ["training seconds / (cores x search)", shown("lanes_busy", "")],
    ]
    return [markdown_table(["Flatbasin", "median (range)"], rows)]


def heading(given: argparse.Namespace) -> str:
    """How the tables came about."""
    command = f"python benchmarks/compare.py --samples {given.samples} --repeats {given.repeats}"
    for option in ("only", "skip"):
        names = getattr(given, option)
        command += f" --{option} {' '.join(names)}" if names else ""
    runs = "one run each" if given.repeats == 1 else f"medians of {given.repeats} runs (range)"
    return f"`{command}`: {runs}, on {machine()}; {versions(given.python)}."


def versions(python: str) -> str:
    """The packages that took part, as the interpreter of the peers has them."""
    return subprocess.run(
        [python, "-c", SHOW_VERSIONS, *PACKAGES], capture_output=True, text=True, check=True
    ).stdout.strip()


def _median(figures: Sequence[Figures], name: str) -> float:
    return statistics.median(getattr(one, name) for one in figures)


if __name__ == "__main__":
    main()
