"""How often an answer says that a best value may lie beyond an end, and of which hyperparameter.

    python -m benchmarks.edges --searches 8 --first-seed 0

Four hyperparameters are searched at random, all trials to the end; which of them matter, and where
their best lies, is known.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.tables import markdown_table
from results.analysis.edge_warnings import open_ends
from results.load import load
from tests.results.analysis.searches import SIZES, curve_to
from tests.results.conftest import LR_BATCH, Script

DIMENSIONS = """
[space.weight_decay]
type = "float"
low = 1e-6
high = 0.1
log = true
[space.dropout]
type = "float"
low = 0.0
high = 0.6
"""
NUM_TRIALS = (36, 90)


@dataclass(frozen=True)
class Kind:
    """What the final loss depends on."""

    best_lr: float
    """Its decimal logarithm, of a range from -4 to 0."""
    best_decay: float | None = None
    """The same, of a range from -6 to -1; None where it does not matter."""
    per_doubling: float = 0.0
    """Growth of the log of the loss with each doubling of the batch size."""
    noise: float = 0.05
    """Standard deviation of that log between trials."""


KINDS = {
    "lr inside, nothing else matters": Kind(-1.7),
    "lr beyond its end": Kind(0.3),
    "lr at its end": Kind(0.0),
    "weight decay beyond its end": Kind(-1.7, best_decay=-6.5),
    "noise of 20 %": Kind(-1.7, noise=0.2),
    "lr beyond its end, noise of 20 %": Kind(0.3, noise=0.2),
    "batch size matters": Kind(-1.7, per_doubling=0.1),
}


def ends_of(kind: Kind, num: int, seed: int) -> set[str]:
    """The hyperparameters that a search of `num` trials warns of."""
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as made:
        written = Script(Path(made) / "run", epochs=9, space=LR_BATCH + DIMENSIONS)
        for place in range(num):
            lr, decay = rng.uniform(-4, 0), rng.uniform(-6, -1)
            size = SIZES[place % len(SIZES)]
            height = 0.3 * (lr - kind.best_lr) ** 2 + rng.normal(0, kind.noise)
            height += kind.per_doubling * np.log2(size / SIZES[0])
            if kind.best_decay is not None:
                height += 0.1 * (decay - kind.best_decay) ** 2
            config = {"lr": 10.0**lr, "weight_decay": 10.0**decay, "batch_size": size}
            config["dropout"] = float(rng.uniform(0, 0.6))
            curve = curve_to(float(0.1 * np.exp(height)))
            written.trial(f"s{place:05d}", config, curve, seed=place)
        run = load(written.directory)
        assert run.summary is not None
        return {name for name, ends in open_ends(run, run.summary).items() if ends}


def main() -> None:
    """Print how many searches of each kind warn of which."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--searches", type=int, default=8)
    parser.add_argument("--first-seed", type=int, default=0)
    options = parser.parse_args()
    seeds = range(options.first_seed, options.first_seed + options.searches)
    rows = []
    for name, kind in KINDS.items():
        for num in NUM_TRIALS:
            found = Counter(end for seed in seeds for end in ends_of(kind, num, seed))
            warned = ", ".join(f"{end} {found[end]}" for end in sorted(found)) or "none"
            rows.append([name, str(num), f"{warned} of {len(seeds)}"])
    print(markdown_table(["kind", "trials", "searches that warn"], rows))


if __name__ == "__main__":
    main()
