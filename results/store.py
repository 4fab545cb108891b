"""A run directory read into frames: `load("runs/digits-20260101-120000").trials`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from record import AnyPath, as_path, has_record
from record.reader import Line, Record, read_record
from results.diagnosis import verdicts
from results.ranking import ranking

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from results.analysis.recommendation import Recommendation
    from results.analysis.summary import Findings
    from results.plots.curves import Effort

EPOCH_COLUMNS = (
    "trial_id",
    "epoch",
    "train_loss",
    "train_eval_loss",
    "val_loss",
    "seconds",
    "steps",
    "time",
)
TRIAL_COLUMNS = (
    "trial_id",
    "stage",
    "seed",
    "status",
    "epochs",
    "train_loss",
    "val_loss",
    "best_val_loss",
    "best_epoch",
    "gap",
    "verdict",
    "seconds",
    "steps",
    "error",
)
BOOKKEEPING = frozenset({"kind", "attempt"})
"""Keys of an epoch line that are neither columns nor metrics of the task."""


@dataclass(frozen=True, repr=False)
class Run:
    """A run as its record tells it. The frames' columns are listed in docs and DESIGN.md."""

    path: AnyPath
    trials: pd.DataFrame
    """One row per trial."""
    epochs: pd.DataFrame
    """One row per trial and epoch."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """The command's options by their long names, from run.toml."""
    space: Mapping[str, Any] = field(default_factory=dict)
    """The search space in its TOML form: name -> {type, low, high, log | choices}."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """Of each planned trial of the confirm stage: `window` or `seed`."""
    controls: frozenset[str] = frozenset()
    """Trials of the search that were never to be stopped early."""
    tests: tuple[Line, ...] = ()
    """Looks at the test split: trial_id, test_loss, time."""
    wall_seconds: float = 0.0
    damaged_lines: int = 0

    @property
    def budget(self) -> int:
        """Epochs of a full-length trial: the option, or the longest trial's epochs."""
        longest = int(self.trials["epochs"].max()) if len(self.trials) else 0
        return int(self.options.get("epochs") or longest)

    def ranking(self) -> pd.DataFrame:
        """One row per configuration, best first; see `results.ranking`."""
        return ranking(self.trials)

    @cached_property
    def findings(self) -> Findings | None:
        """What the answer, its warnings and the plots rest on; None where no loss is finite."""
        from results.analysis.confirmation import has_winner
        from results.analysis.summary import find

        return find(self) if has_winner(self.trials) else None

    def recommendation(self) -> Recommendation:
        """What to use, and how sure that is; see `results.analysis.recommendation`."""
        from results.analysis.recommendation import recommendation

        return recommendation(self)

    @property
    def recommended(self) -> list[str]:
        """Ids of the trials of the recommended configuration; none where no loss is finite."""
        return [] if self.findings is None else self.findings.trials["trial_id"].tolist()

    def plot_curves(self, against: Effort = "epochs") -> Figure:
        """Learning curves of all trials against epochs, steps or seconds."""
        from results.plots import plot_curves

        return plot_curves(self, against, self.recommended)

    def plot_basin(self) -> Figure:
        """Loss over learning rate and batch size, with the plateau."""
        from results.plots import plot_basin

        return plot_basin(self, self.findings)

    def plot_gap(self) -> Figure:
        """Overfitting: the gap between validation and training loss, against the loss."""
        from results.plots import plot_gap

        return plot_gap(self, frozenset(self.recommended))

    def plot_dimension(self, name: str) -> Figure:
        """One hyperparameter against the final loss, its recommended value and its interval."""
        from results.plots import plot_dimension

        found = self.recommendation()
        ends = found.intervals.get(name)
        interval = (ends["low"], ends["high"]) if ends else None
        return plot_dimension(self, name, found.config.get(name), interval)

    def plot_importance(self) -> Figure:
        """Which hyperparameters matter. Raises ValueError where the record does not tell."""
        from results.plots import importance, plot_importance

        findings = self.findings
        if findings is None or findings.plane is None or not findings.is_sure:
            raise ValueError(
                "importance takes full-length trials that differ beyond noise: see the warnings of "
                "recommendation()"
            )
        return plot_importance(importance(findings.plane))

    def plot_survival(self) -> Figure:
        """Trials of the search that were still running at each epoch, and the rungs."""
        from results.plots import plot_survival

        return plot_survival(self)

    def plot_best_of_k(self) -> Figure:
        """What more configurations would gain: the expected best loss of k of them."""
        from results.plots import plot_best_of_k

        return plot_best_of_k(self)

    def __repr__(self) -> str:
        """Where it is and how large, in a line: the frames are no use inside another text."""
        return f"<Run {self.path.name}: {len(self.trials)} trials, {len(self.epochs)} epochs>"

    def _repr_html_(self) -> str:
        """The answer, the counts and the ten best configurations, for a notebook."""
        from results.text.notebook import html_of

        return html_of(self)


def load(path: str | AnyPath) -> Run:
    """The run in the directory `path` or at `s3://...`, read from run.toml and its record alone.

    Takes time linear in the record. Damaged lines are skipped and counted; a trial whose
    opening line is damaged is left out, since nothing says what it tried.

    Raises ValueError, in one line, when there is no such run or its record is empty.
    """
    directory = as_path(path)
    settings = _read_settings(directory)
    record = _read_trials(directory)
    epochs = epochs_frame(record)
    return Run(
        path=directory,
        trials=trials_frame(record, epochs),
        epochs=epochs,
        options=_table(settings, "options"),
        space=_table(settings, "space"),
        roles={t["trial_id"]: t.get("role", "") for plan in record.plans for t in plan["trials"]},
        controls=frozenset(t["trial_id"] for t in record.trials if t.get("control") is True),
        tests=tuple(record.tests),
        wall_seconds=record.wall_seconds(),
        damaged_lines=record.damaged_lines,
    )


def epochs_frame(record: Record) -> pd.DataFrame:
    """One row per trial and epoch, in the order the trials began; the last line of each wins."""
    order = {line["trial_id"]: None for line in record.trials}
    lines = [line for line in record.epochs if line["trial_id"] in order]
    names = dict.fromkeys(EPOCH_COLUMNS) | dict.fromkeys(key for line in lines for key in line)
    frame = pd.DataFrame(
        {name: [line.get(name) for line in lines] for name in names if name not in BOOKKEEPING}
    )
    for name in ("train_loss", "train_eval_loss", "val_loss", "seconds", "time"):
        frame[name] = frame[name].astype(float)
    for name in ("epoch", "steps"):
        frame[name] = frame[name].fillna(0).astype(int)

    position = {trial_id: place for place, trial_id in enumerate(order)}
    places = frame["trial_id"].map(position)
    frame = frame.assign(place=places).drop_duplicates(["trial_id", "epoch"], keep="last")
    return frame.sort_values(["place", "epoch"], ignore_index=True).drop(columns="place")


def trials_frame(record: Record, epochs: pd.DataFrame) -> pd.DataFrame:
    """One row per trial, in the order they began; of a retried trial its last attempt."""
    attempts = {line["trial_id"]: line for line in record.trials}
    frame = pd.DataFrame(
        {
            "trial_id": list(attempts),
            "stage": [line.get("stage", "search") for line in attempts.values()],
            "seed": [line.get("seed", 0) for line in attempts.values()],
        }
    )
    frame = frame.join(_curve_figures(epochs), on="trial_id")
    for name in ("epochs", "steps"):
        frame[name] = frame[name].fillna(0).astype(int)
    frame["seconds"] = frame["seconds"].fillna(0.0)
    frame["best_epoch"] = frame["best_epoch"].astype("Int64")

    statuses = [record.statuses.get(trial_id, {}) for trial_id in attempts]
    frame["status"] = [line.get("status", "interrupted") for line in statuses]
    lost = (frame["epochs"] > 0) & ~np.isfinite(frame["val_loss"]) & (frame["status"] != "failed")
    frame.loc[lost, "status"] = "diverged"
    empty = (frame["epochs"] == 0) & frame["status"].isin(["finished", "stopped"])
    frame.loc[empty, "status"] = "interrupted"  # its epochs were damaged: nothing is known
    frame["error"] = pd.Series([line.get("error") for line in statuses], dtype=object)
    frame["verdict"] = verdicts(frame, epochs)
    configs = _config_columns([line["config"] for line in attempts.values()])
    return pd.concat([frame[list(TRIAL_COLUMNS)], configs], axis="columns")


def _curve_figures(epochs: pd.DataFrame) -> pd.DataFrame:
    """Per trial what its curve adds up to; the index is `trial_id`."""
    finite = epochs.assign(val_loss=epochs["val_loss"].where(np.isfinite(epochs["val_loss"])))
    groups = finite.groupby("trial_id", sort=False)
    last = epochs.drop_duplicates("trial_id", keep="last").set_index("trial_id")
    best = finite.dropna(subset="val_loss").sort_values("val_loss", kind="stable")
    best = best.drop_duplicates("trial_id").set_index("trial_id")
    return pd.DataFrame(
        {
            "epochs": last["epoch"],
            "train_loss": last["train_loss"],
            "val_loss": last["val_loss"],
            "best_val_loss": best["val_loss"],
            "best_epoch": best["epoch"],
            "gap": last["val_loss"] - last["train_eval_loss"].fillna(last["train_loss"]),
            "seconds": groups["seconds"].sum(),
            "steps": groups["steps"].sum(),
        }
    )


def _config_columns(configs: list[dict[str, Any]]) -> pd.DataFrame:
    """`config/<name>` columns; a name that a configuration does not have is NaN there."""
    names = dict.fromkeys(name for config in configs for name in config)
    columns = {
        f"config/{name}": _column([config.get(name, np.nan) for config in configs])
        for name in names
    }
    return pd.DataFrame(columns, index=range(len(configs)))


def _column(values: list[Any]) -> pd.Series:
    """Numbers as a numeric column; anything else as plain Python objects."""
    if all(type(value) in (int, float) for value in values):
        return pd.Series(values)
    return pd.Series(values, dtype=object)


def _read_settings(directory: AnyPath) -> dict[str, Any]:
    """run.toml as a dict."""
    if not directory.is_dir():
        raise ValueError(f"{directory} is not a run: there is no such directory")
    path = directory / "run.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{directory} is not a run: it has no run.toml") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read as TOML: {error}") from None


def _read_trials(directory: AnyPath) -> Record:
    """The record, which must hold at least one trial."""
    path = directory / "epochs.jsonl"
    record = read_record(path) if has_record(path) else Record()
    if record.trials:
        return record

    damage = f" ({record.damaged_lines} damaged lines)" if record.damaged_lines else ""
    raise ValueError(
        f"{directory} holds no trial yet: its record epochs.jsonl is empty{damage}; "
        f"go on with: python tune_main.py resume {directory}"
    )


def _table(settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A table of run.toml, empty when it is absent."""
    table = settings.get(name, {})
    return table if isinstance(table, dict) else {}
