"""What a learning curve says: a verdict on each trial.

The rules, applied in this order to the validation loss and to the training loss measured as the
validation loss is (eval mode, after the epoch):

- diverged, failed: the trial's status.
- no curve of the validation loss: of an imported trial without one, or with that of its end alone.
- too short to tell: fewer than FEWEST_EPOCHS epochs.
- overfits from epoch n on: the loss ends above its lowest by more than its noise and LEAST_RISE,
  while the training loss went on falling; n follows the lowest (Prechelt 1998, "Early stopping -
  but when?"). A rise beyond its noise is one however noisy the curve.
- rises from epoch n on: the same of an imported trial whose training loss is unknown.
- noisy: the jitter between epochs exceeds NOISY_JITTER of the loss.
- still improving: the last quarter of the epochs lowered the loss by more than its noise and
  LEAST_FALL (Deep Learning Tuning Playbook: best epoch in the last quarter).
- too long: the loss stays within noise of its end since the first tenth (the same source).
- underfits: levelled off with a training loss above the best validation loss of the run
  (Goodfellow, Bengio and Courville, Deep Learning, 2016, chapter 5.2).
- plateaued from epoch n on: otherwise.

A share is one of the loss, as long as no loss of the run lies below 0. A loss that may has no
size of its own: shares are then of what training took off, in the run's trials, so that adding a
constant changes no verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from record.rungs import EPOCH

Floats = NDArray[np.float64]

FEWEST_EPOCHS = 6
"""Epochs below which no rule has enough to go on: two averaged windows of three."""

WINDOW = 3
"""Epochs averaged to see past the jitter."""

BEYOND_NOISE = 2.0
"""A difference counts beyond so many of its standard errors (about 5 % false alarms)."""

LEAST_RISE = 0.02
"""Share of the loss that it must rise by to be called overfitting."""

LEAST_FALL = 0.02
"""Share of the loss that the last quarter must take off to be called improving."""

NOISY_JITTER = 0.10
"""Jitter, as a share of the loss, that hides differences people care about."""

UNDERFIT_EXCESS = 0.25
"""How far a training loss must stay above the best validation loss, as a share of that."""


class Kind(StrEnum):
    """What is said of a curve, without the epoch."""

    FAILED = "failed"
    DIVERGED = "diverged"
    NO_CURVE = "no curve of the validation loss"
    TOO_SHORT = "too short to tell"
    OVERFITS = "overfits"
    RISES = "rises"
    NOISY = "noisy"
    IMPROVING = "still improving"
    TOO_LONG = "too long"
    UNDERFITS = "underfits"
    PLATEAUED = "plateaued"


TEXTS = {
    Kind.DIVERGED: "diverged in {} {}",
    Kind.OVERFITS: "overfits from {} {} on",
    Kind.RISES: "rises from {} {} on",
    Kind.TOO_LONG: "too long: level from {} {} on",
    Kind.PLATEAUED: "plateaued from {} {} on",
}
"""Texts of the verdicts that name an epoch; the others are their kind alone."""


@dataclass(frozen=True)
class Verdict:
    """What the curve of one trial says, and from which epoch (from 1) on where that is known."""

    kind: Kind
    epoch: int | None = None
    unit: str = EPOCH
    """What epochs are: passes over the data, or evaluations among a number of steps."""

    def __str__(self) -> str:
        """The text in the column `verdict` of the trials frame."""
        return TEXTS.get(self.kind, str(self.kind)).format(self.unit, self.epoch)

    @classmethod
    def parse(cls, text: str) -> Verdict:
        """The verdict whose text this is. Raises ValueError where it is none."""
        for kind in Kind:
            if text.startswith(kind):
                found = re.search(r"(\w+) (\d+)", text)
                return cls(kind, int(found[2]), found[1]) if found else cls(kind)
        raise ValueError(f"{text!r} is no verdict")


def verdicts(trials: pd.DataFrame, epochs: pd.DataFrame, unit: str = EPOCH) -> list[Verdict]:
    """One verdict per row of `trials`, from the rows of `epochs` with its `trial_id`.

    `unit` is what the texts call an epoch.
    """
    train = epochs["train_eval_loss"].fillna(epochs["train_loss"]).to_numpy(dtype=float)
    val = epochs["val_loss"].to_numpy(dtype=float)
    rows = epochs.groupby("trial_id", sort=False).indices
    finished = trials["status"].eq("finished")
    reference = (
        float(trials.loc[finished, "val_loss"].astype(float).min()) if any(finished) else None
    )
    nothing = np.zeros(0, dtype=int)
    curves = [rows.get(trial_id, nothing) for trial_id in trials["trial_id"]]
    size = size_of(val[curve] for curve in curves)
    numbers = epochs["epoch"].to_numpy(dtype=int)
    found = [
        (verdict(status, val[curve], train[curve], reference, size, int(length)), numbers[curve])
        for status, curve, length in zip(trials["status"], curves, trials["epochs"], strict=True)
    ]
    return [replace(v, unit=unit, epoch=_number(v.epoch, known)) for v, known in found]


def _number(place: int | None, known: NDArray[np.int_]) -> int | None:
    """The epoch at `place` (from 1) of a curve of which these are `known`; it may lie behind it."""
    if place is None or not len(known):
        return place
    return int(known[min(place, len(known)) - 1]) + max(place - len(known), 0)


def size_of(curves: Iterable[Sequence[float] | Floats]) -> float | None:
    """What shares are of, where losses have no size: the median fall of a trial's loss.

    None where no loss of any trial is below 0: then each has its own.
    """
    arrays = (np.asarray(curve, dtype=float) for curve in curves)
    known = [curve[np.isfinite(curve)] for curve in arrays]
    if all((curve >= 0).all() for curve in known):
        return None
    return float(np.median([curve[0] - curve.min() for curve in known if len(curve)]))


def verdict(
    status: str,
    val: Floats,
    train: Floats,
    reference: float | None = None,
    size: float | None = None,
    length: int = 0,
) -> Verdict:
    """The verdict on one trial from its losses per epoch, of which it ran `length`.

    `reference` is the best final validation loss of the run; without it nothing underfits. `size`
    is what shares are of, by default the loss itself.
    """
    if status == "failed":
        return Verdict(Kind.FAILED)
    if status == "diverged":
        return Verdict(Kind.DIVERGED, len(val))
    if len(val) == 1 < length or (len(val) and np.isnan(val).all()):
        return Verdict(Kind.NO_CURVE)
    if len(val) < FEWEST_EPOCHS or not np.isfinite(val).all():
        return Verdict(Kind.TOO_SHORT)

    onset = overfit_onset(val, train, size)
    if onset is not None:
        return Verdict(Kind.OVERFITS, onset)
    lowest = rise(val, size) if np.isnan(train).all() else None
    if lowest is not None:
        return Verdict(Kind.RISES, lowest + 1)
    if jitter(val) > NOISY_JITTER * _size(val, size):
        return Verdict(Kind.NOISY)
    if is_improving(val, size):
        return Verdict(Kind.IMPROVING)

    level = level_from(val, size)
    if level <= max(1, len(val) // 10):
        return Verdict(Kind.TOO_LONG, level)
    best = abs(reference) if size is None and reference is not None else size
    if reference is not None and train[-1] - reference > UNDERFIT_EXCESS * (best or 0.0):
        return Verdict(Kind.UNDERFITS)
    return Verdict(Kind.PLATEAUED, level)


def jitter(val: Floats) -> float:
    """Standard deviation of the noise between epochs, in units of the loss.

    From second differences, which a smooth curve leaves small; their median instead of their
    mean, so that the steep start does not count (Gasser, Sroka and Jennen-Steinmetz 1986).
    """
    second = np.diff(val, n=2)
    normal = 0.6745 * np.sqrt(6.0)  # median of |N(0, 1)|, and the norm of (1, -2, 1)
    return float(np.median(np.abs(second)) / normal)


def overfit_onset(val: Floats, train: Floats, size: float | None = None) -> int | None:
    """The first epoch (from 1) of the rise, None when the loss does not rise beyond its noise."""
    lowest = rise(val, size) if np.isfinite(train).all() else None
    if lowest is None:
        return None
    return lowest + 1 if smoothed(train)[-1] < smoothed(train)[lowest - 1] else None


def rise(values: Sequence[float] | Floats, size: float | None = None) -> int | None:
    """The epoch (from 1) of the lowest smoothed value; None where the end lies no higher.

    Higher is beyond noise and LEAST_RISE. None as well for too few values to tell.
    """
    val = np.asarray(values, dtype=float)
    if len(val) < FEWEST_EPOCHS or not np.isfinite(val).all():
        return None
    smooth = smoothed(val)
    lowest = int(smooth.argmin())
    least = max(_least(val), LEAST_RISE * _size(val, size))
    return lowest + 1 if smooth[-1] - smooth[lowest] > least else None


def is_improving(val: Floats, size: float | None = None) -> bool:
    """Whether the last quarter of the epochs lowered the loss by more than noise and LEAST_FALL."""
    smooth = smoothed(val)
    quarter = max(WINDOW, len(val) // 4)
    before = smooth[max(0, len(val) - 1 - quarter)]
    return bool(before - smooth[-1] > max(_least(val), LEAST_FALL * _size(before, size)))


def level_from(val: Floats, size: float | None = None) -> int:
    """The first epoch (from 1) since which the smoothed loss stays within noise of its end."""
    smooth = smoothed(val)
    off = np.abs(smooth - smooth[-1]) > max(_least(val), LEAST_FALL * _size(smooth[-1], size))
    return int(np.flatnonzero(off).max(initial=-1)) + 2


def smoothed(values: Floats) -> Floats:
    """Running means over WINDOW epochs; at the ends over those there are (the last epochs are
    averaged with those before, so that one low end does not count)."""
    padded = np.concatenate([[0.0], np.cumsum(values)])
    centres = np.arange(len(values))
    low = np.maximum(np.minimum(centres - WINDOW // 2, len(values) - WINDOW), 0)
    high = np.minimum(np.maximum(centres + WINDOW // 2 + 1, WINDOW // 2 + 1), len(values))
    return np.asarray((padded[high] - padded[low]) / (high - low))


def _size(values: Floats, size: float | None) -> float:
    """What shares are of."""
    return float(np.median(np.abs(values))) if size is None else size


def _least(val: Floats) -> float:
    """The smallest difference of two smoothed losses that is beyond noise."""
    return BEYOND_NOISE * jitter(val) * float(np.sqrt(2 / WINDOW))


def common(found: Iterable[Verdict]) -> Kind | None:
    """The kind that most of several verdicts share, the first of equals; None for none."""
    kinds = [verdict.kind for verdict in found]
    return max(dict.fromkeys(kinds), key=kinds.count, default=None)


def verdicts_in(trials: pd.DataFrame) -> list[Verdict]:
    """The verdicts in the column `verdict`; trials without one are left out."""
    return [Verdict.parse(text) for text in trials["verdict"] if text]
