"""Writes the files of other tools again; Ray takes about three minutes."""

from __future__ import annotations

import csv
import json
import math
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from results import Run
from results.export import distribution
from results.ranking import row_config
from tests.results.importing.made import MADE, original

Curves = dict[str, pd.DataFrame]
NOT_KEPT = (
    *("*.pkl", "basic-variant*", "checkpoint_*"),  # they hold pickles
    *("events.out.tfevents*", ".validate*"),
)
NOT_SAID = {"hostname": "host", "node_ip": "127.0.0.1", "pid": 1}
"""Of the machine on which Ray ran."""


def main() -> None:
    """Those that are named (`files`, `function`, `class`), or all."""
    run, wanted = original(), sys.argv[1:] or ["files", "function", "class"]
    curves = {str(key): rows for key, rows in run.epochs.groupby("trial_id", sort=False)}
    if "files" in wanted:
        write_study(run, curves, f"sqlite:///{fresh('study.db')}")
        write_study(run, curves, JournalStorage(JournalFileBackend(str(fresh("study.journal")))))
        write_tables(run)
        write_wandb(run, curves)
    for kind in ("function", "class"):
        if kind in wanted:
            write_experiment(kind, run, curves)


def fresh(name: str) -> Path:
    (MADE / name).unlink(missing_ok=True)
    return MADE / name


def write_study(run: Run, curves: Curves, storage: Any) -> None:
    """Each trial asked for, reported and told of, as an objective of one's own does it."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(storage=storage, study_name="diabetes", direction="minimize")
    spaces = {name: distribution(found) for name, found in run.space.dimensions.items()}
    for row in run.trials.to_dict("records"):
        study.enqueue_trial(row_config(row), user_attrs={"seed": int(row["seed"])})
        trial = study.ask(spaces)
        curve = curves.get(row["trial_id"], run.epochs.iloc[:0])
        for epoch, loss in zip(curve["epoch"], curve["val_loss"], strict=True):
            trial.report(float(loss), int(epoch) - 1)  # steps from 0, as most loops count
        if row["status"] == "finished":
            study.tell(trial, float(row["val_loss"]))
        else:
            state = "PRUNED" if row["status"] == "stopped" else "FAIL"
            study.tell(trial, state=optuna.trial.TrialState[state])


def write_tables(run: Run) -> None:
    """Tables as one writes them oneself: no prefixes, names of one's own."""
    names = {"config/lr": "learning_rate", "config/batch_size": "batch_size"}
    trials = run.trials.rename(columns=names)
    kept = ["trial_id", *names.values(), "seed", "status", "epochs", "train_loss", "val_loss"]
    trials[kept].to_csv(MADE / "per_trial.csv", index=False)
    curves = run.epochs[["trial_id", "epoch", "train_loss", "train_eval_loss", "val_loss"]]
    whole = curves.merge(trials[["trial_id", *names.values(), "seed"]], on="trial_id")
    whole.to_csv(MADE / "per_epoch.csv", index=False)
    whole.to_parquet(MADE / "per_epoch.parquet", index=False)


def write_wandb(run: Run, curves: Curves) -> None:
    """A row per run, the newest first; runs that an agent stopped early are killed."""
    states = {"finished": "finished", "stopped": "finished", "diverged": "finished"}
    head = ["Name", "State", "Notes", "User", "Tags", "Created", "Runtime", "Sweep"]
    columns = ["batch_size", "learning_rate", "seed", "epoch", "train_loss", "val_loss"]
    with (MADE / "wandb.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow([*head, *columns])
        for place, row in reversed(list(enumerate(run.trials.to_dict("records")))):
            created = f"2026-01-{1 + place // 24:02d}T{place % 24:02d}:00:00.000Z"
            name, state = f"run-{place + 1}", states.get(row["status"], "failed")
            about = [name, state, "-", "someone", "", created, math.ceil(row["seconds"]), "abc"]
            figures = [row["train_loss"], row["val_loss"]]
            shown = ["NaN" if value != value else value for value in figures]
            config = [row["config/batch_size"], row["config/lr"], row["seed"], row["epochs"]]
            writer.writerow([*about, *config, *shown])


def write_experiment(kind: str, run: Run, curves: Curves) -> None:
    """Ray Tune itself, with a scheduler that stops each trial where it was stopped."""
    from ray import tune
    from ray.tune.schedulers import FIFOScheduler, TrialScheduler
    from ray.tune.search import BasicVariantGenerator

    rows = run.trials.to_dict("records")
    points = [row_config(row) | {"seed": int(row["seed"])} for row in rows]
    losses = {
        key(point): [
            {"train_loss": float(t), "train_eval_loss": float(e), "val_loss": float(v)}
            for t, e, v in curves[row["trial_id"]][
                ["train_loss", "train_eval_loss", "val_loss"]
            ].itertuples(index=False)
        ]
        for point, row in zip(points, rows, strict=True)
    }
    stops = {key(p): row["epochs"] for p, row in zip(points, rows, strict=True)}
    full = run.budget

    class AsRecorded(FIFOScheduler):
        def on_trial_result(self, controller: Any, trial: Any, result: dict[str, Any]) -> str:
            length = stops[key(trial.config)]
            is_over = result["training_iteration"] >= length < full
            return TrialScheduler.STOP if is_over else TrialScheduler.CONTINUE

    space = {
        "lr": tune.loguniform(1e-4, 1.0),
        "batch_size": tune.choice([16, 32, 64, 128, 256]),
        "seed": tune.randint(0, 2**32),
    }
    with tempfile.TemporaryDirectory() as directory:
        tune.Tuner(
            tune.with_resources(trainable(kind, losses), {"cpu": 1}),
            param_space=space,
            tune_config=tune.TuneConfig(
                metric="val_loss",
                mode="min",
                num_samples=len(points),
                search_alg=BasicVariantGenerator(points_to_evaluate=points),
                scheduler=AsRecorded(),
                reuse_actors=kind == "class",
            ),
            run_config=tune.RunConfig(name=kind, storage_path=directory, verbose=0),
        ).fit()
        kept = Path(directory) / "kept"
        # a trial's results stand in both: one is kept of each kind of trainable
        ignored = shutil.ignore_patterns(
            *NOT_KEPT, "result.json" if kind == "function" else "progress.csv"
        )
        shutil.copytree(Path(directory) / kind, kept, ignore=ignored)
        for path in kept.glob("experiment_state-*.json"):
            path.write_text(json.dumps(without_pickles(json.loads(path.read_text()))))
        for path in kept.glob("*/result.json"):
            lines = [json.loads(line) for line in path.read_text().splitlines()]
            path.write_text("".join(json.dumps(line | NOT_SAID) + "\n" for line in lines))
        for path in kept.glob("*/progress.csv"):
            pd.read_csv(path, dtype=str).assign(**NOT_SAID).to_csv(path, index=False, na_rep="nan")
        shutil.make_archive(str(MADE / kind), "zip", kept)


def without_pickles(state: dict[str, Any]) -> dict[str, Any]:
    """Of the state of an experiment what is not a pickle written in hexadecimal digits."""
    names = ("trial_id", "status", "relative_logdir", "trainable_name")
    trials = [json.loads(trial) for trial, _ in state["trial_data"]]
    return {"trial_data": [[json.dumps({n: t[n] for n in names}), "{}"] for t in trials]}


def key(config: dict[str, Any]) -> tuple[float, int, int]:
    return config["lr"], config["batch_size"], config["seed"]


def trainable(kind: str, losses: dict[Any, list[dict[str, float]]]) -> Callable[..., Any] | type:
    from ray import tune

    def train(config: dict[str, Any]) -> None:
        for epoch in losses[key(config)]:
            tune.report(epoch)

    class Replay(tune.Trainable):
        def setup(self, config: dict[str, Any]) -> None:
            self.left = list(losses[key(config)])

        def reset_config(self, new_config: dict[str, Any]) -> bool:
            self.setup(new_config)
            return True

        def step(self) -> dict[str, Any]:
            epoch = self.left.pop(0)
            return epoch | {"done": not self.left}

        def save_checkpoint(self, checkpoint_dir: str) -> None:
            return None

    return train if kind == "function" else Replay


if __name__ == "__main__":
    main()
