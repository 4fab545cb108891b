"""Time to an answer: the whole default command beside peers that search until they are as good.

    pip install -c constraints.txt -e '.[peers]'
    python -m benchmarks.answer_time --pairs digits:lr-batch digits:regularisation --seeds 10

For each task, space and seed the default command runs first. What it recommends is worth the mean
final validation loss of eight fresh seeds. Each peer then searches for so many times as long, in
two processes; the time that counts is when the best finished trial so far is one whose
configuration, measured in the same way, is as good (within TOLERANCE). Nothing is added for
deciding when to stop, nor for a pick that a later one, luckier in its single run, replaces. Each
study is a line of the file --out; what is there is not run again. Those of the table in
docs/performance.md are in answer_time.jsonl.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.tables import machine, markdown_table, write_section
from benchmarks.worlds import FRESH_SEEDS, TrainingWorld

ROOT = Path(__file__).parent.parent
OURS = "ours"
PAIRS = [
    "digits:lr-batch",
    "digits:regularisation",
    "breast_cancer:lr-batch",
    "breast_cancer:regularisation",
    "diabetes:lr-batch",
    "diabetes:optimizer",  # there are no labels to be smoothed
]
OPTUNA = "benchmarks.peers.optuna_answers"
PEERS = {
    "TPE, SuccessiveHalving": [OPTUNA, "--sampler", "tpe", "--pruner", "halving"],
    "TPE, Hyperband": [OPTUNA, "--sampler", "tpe", "--pruner", "hyperband"],
    "Gaussian process": [OPTUNA, "--sampler", "gp", "--pruner", "none"],
    "Ray Tune, ASHA": ["benchmarks.peers.ray_answers"],
}
TOLERANCE = 0.01
HOPELESS = 2.0
"""A pick whose own run ended at so many times the loss to reach is not as good: not measured."""


def main() -> None:
    """Run what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", nargs="+", default=PAIRS, metavar="TASK:SPACE")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--times", type=float, default=2.0, help="of ours that a peer searches")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".jsonl"))
    parser.add_argument("--output", type=Path, help="document to write the table to")
    given = parser.parse_args()
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    for seed in seeds:
        for pair in given.pairs:
            if not any((s["pair"], s["seed"]) == (pair, seed) for s in done(given.out)):
                line = study(pair, seed, given.times)
                print(json.dumps({name: line[name] for name in ("pair", "seed", OURS)}), flush=True)
                with given.out.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(line) + "\n")
    wanted = [s for s in done(given.out) if s["pair"] in given.pairs and s["seed"] in seeds]
    machines = " and ".join(dict.fromkeys(study["machine"] for study in wanted))
    text = f"{len(wanted)} studies, on {machines}.\n\n{table(wanted, given.times)}"
    print(text)
    if given.output:
        write_section(given.output, "answer-time", text)


def done(path: Path) -> list[dict[str, Any]]:
    """The studies in the file."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def study(pair: str, seed: int, times: float) -> dict[str, Any]:
    """Ours and then each peer, on one task and space with one seed."""
    with tempfile.TemporaryDirectory() as made, ProcessPoolExecutor(2) as pool:
        found = our_answer(pair, seed, Path(made))
        target = worth(pool, pair, found.pop("config"))
        line = {"pair": pair, "seed": seed, "machine": machine(), OURS: found | {"loss": target}}
        for name in PEERS:
            out = Path(made, f"{len(line)}.jsonl")
            run_peer(name, pair, seed, times * found["seconds"], out)
            line[name] = first_as_good(pool, pair, (1 + TOLERANCE) * target, out)
    return line


def our_answer(pair: str, seed: int, directory: Path) -> dict[str, Any]:
    """Seconds and epochs of the default command, and the configuration it recommends."""
    task, space = pair.split(":")
    what = ["--task", task, "--space", space, "--seed", str(seed), "--quiet"]
    where = ["--runs-dir", str(directory), "--name", "run"]
    start = time.perf_counter()
    command = [sys.executable, str(ROOT / "tune_main.py"), "--samples", "50", *what, *where]
    subprocess.run(command, check=True, capture_output=True)
    seconds = time.perf_counter() - start
    answer = json.loads((directory / "run" / "recommendation.json").read_text(encoding="utf-8"))
    record = (directory / "run" / "epochs.jsonl").read_text(encoding="utf-8").splitlines()
    epochs = sum(json.loads(line)["kind"] == "epoch" for line in record)
    return {"seconds": seconds, "epochs": epochs, "config": answer["config"]}


def run_peer(name: str, pair: str, seed: int, seconds: float, out: Path) -> None:
    """Let a peer search for so long; it writes its finished trials to `out`."""
    task, space = pair.split(":")
    what = ["--task", task, "--space", space, "--seed", str(seed), "--out", str(out)]
    when = ["--started", str(time.time()), "--seconds", str(seconds)]
    command = [sys.executable, "-m", *PEERS[name], *what, *when]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


def first_as_good(
    pool: ProcessPoolExecutor, pair: str, target: float, out: Path
) -> dict[str, float] | None:
    """Seconds, epochs and loss of the first pick worth `target`; None where there is none."""
    for pick in picks(out):
        if pick["loss"] > HOPELESS * target:
            continue
        loss = worth(pool, pair, pick["config"])
        if loss <= target:
            return {"seconds": pick["seconds"], "epochs": pick["epochs"], "loss": loss}
    return None


def picks(out: Path) -> Iterator[dict[str, Any]]:
    """Each finished trial that was the best so far, with the epochs of all processes until then."""
    lines = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
    epochs: dict[int, int] = {}
    best = math.inf
    for line in sorted(lines, key=lambda line: line["seconds"]):
        epochs[line["process"]] = line["epochs"]
        if line["loss"] < best:
            best = line["loss"]
            yield line | {"epochs": sum(epochs.values())}


def worth(pool: ProcessPoolExecutor, pair: str, config: dict[str, Any]) -> float:
    """Mean final validation loss over fresh seeds, half of them in each of two processes."""
    jobs = [pool.submit(final_loss, pair, config, seed) for seed in FRESH_SEEDS]
    return statistics.fmean(job.result() for job in jobs)


_WORLDS: dict[str, TrainingWorld] = {}


def final_loss(pair: str, config: dict[str, Any], seed: int) -> float:
    """One training to the end; its process loads a task once."""
    if pair not in _WORLDS:
        _WORLDS[pair] = TrainingWorld(*pair.split(":"))
    return _WORLDS[pair].final(config, seed)


def table(studies: Sequence[dict[str, Any]], times: float) -> str:
    """A row per pair: our time and epochs, and the median of our time over each peer's."""
    header = ["task and space", "ours", "epochs", "validation loss", *PEERS]
    rows = []
    for pair in dict.fromkeys(study["pair"] for study in studies):
        own = [study for study in studies if study["pair"] == pair]
        medians = [
            statistics.median(s[OURS][k] for s in own) for k in ("seconds", "epochs", "loss")
        ]
        row = [pair, f"{medians[0]:.1f} s", f"{medians[1]:.0f}", f"{medians[2]:.4f}"]
        rows.append(row + [ratio(own, name, times) for name in PEERS])
    return markdown_table(header, rows)


def ratio(studies: Sequence[dict[str, Any]], name: str, times: float) -> str:
    """`0.62 x (8 of 10 as good)`: the median; a search that was not as good in time took longer,
    so its ratio counts as the highest that it may be."""
    known = [s for s in studies if name in s]
    highest = 1 / times
    ratios = [s[OURS]["seconds"] / s[name]["seconds"] if s[name] else highest for s in known]
    reached = sum(bool(s[name]) for s in known)
    median = statistics.median(ratios)
    shown = f"{median:.2f} x" if median > highest else f"below {highest:.2f} x"
    return f"{shown} ({reached} of {len(known)} as good)"


if __name__ == "__main__":
    main()
