"""scikit-learn's metrics by name, computed from a model's outputs as the losses take them.

Those of classes take one of
- a score per class, shape (n, classes), and integer targets (n,), as cross entropy does;
- a score of the positive class, (n,) or (n, 1), and targets 0 or 1: positive above 0, or above 0.5
  where all outputs are probabilities;
- a score per label, (n, labels), and targets 0 or 1 of that shape.
Those of numbers take outputs and targets of one shape.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

OWN = "write metrics(outputs, targets) in the task"


def named_metric(name: str, outputs: Any, targets: Any) -> dict[str, float]:
    """The metric called `name` over all outputs and targets, as {name: value}.

    Of more than two classes, or of labels, f1, auroc and average_precision are the mean over them.
    NaN where it is not defined: outputs are not finite, or a class has no example. Raises
    ValueError for outputs and targets that it cannot take.
    """
    if not (hasattr(outputs, "isfinite") and hasattr(targets, "isfinite")):
        raise ValueError(f"{name} takes outputs and targets that are single tensors: {OWN}")
    if not outputs.isfinite().all():
        return {name: math.nan}
    with warnings.catch_warnings():  # of what is not defined: it is NaN, and said to be
        warnings.simplefilter("ignore")
        return {name: float(_measures()[name](name, outputs.double(), targets))}


class _Classes(NamedTuple):
    """What a model says of classes, and the truth."""

    scores: NDArray[np.float64]
    """Of the positive class (n,), or of every class or label (n, m)."""
    truth: NDArray[np.int64]
    """The class (n,), or 0 and 1 for every label (n, m)."""

    @property
    def is_binary(self) -> bool:
        """Whether there are two classes, no more."""
        return self.scores.ndim == 1

    @property
    def predicted(self) -> NDArray[np.int64]:
        """The predicted classes, in the form of `truth`."""
        if not self.is_binary and self.truth.ndim == 1:
            return np.asarray(self.scores.argmax(axis=1))
        are_chances = self.scores.min() >= 0 and self.scores.max() <= 1
        return np.asarray(self.scores > (0.5 if are_chances else 0), dtype=np.int64)

    @property
    def labels(self) -> NDArray[np.int64]:
        """0 and 1 for every score, in the form of `scores`."""
        if self.is_binary or self.truth.ndim == 2:
            return self.truth
        return np.asarray(self.truth[:, None] == np.arange(self.scores.shape[1]), dtype=np.int64)


def _measures() -> Mapping[str, Callable[[str, Any, Any], float]]:
    from sklearn import metrics  # half a second, for those who ask for one

    return {
        "accuracy": partial(_of_predictions, metrics.accuracy_score),
        "balanced_accuracy": partial(_of_predictions, metrics.balanced_accuracy_score),
        "f1": _f1,
        "auroc": partial(_of_scores, metrics.roc_auc_score),
        "average_precision": partial(_of_scores, metrics.average_precision_score),
        "rmse": partial(_of_numbers, metrics.root_mean_squared_error),
        "mae": partial(_of_numbers, metrics.mean_absolute_error),
        "r2": partial(_of_numbers, metrics.r2_score),
    }


def _of_predictions(score: Callable[..., float], name: str, outputs: Any, targets: Any) -> float:
    found = _classes(name, outputs, targets)
    return score(found.truth, found.predicted)


def _of_scores(score: Callable[..., float], name: str, outputs: Any, targets: Any) -> float:
    found = _classes(name, outputs, targets)
    if not found.is_binary and found.truth.ndim == 1:  # classes of one example sum to 1
        outputs = np.exp(found.scores - found.scores.max(axis=1, keepdims=True))
        return score(found.labels, outputs / outputs.sum(axis=1, keepdims=True))
    return score(found.labels, found.scores)


def _of_numbers(score: Callable[..., float], name: str, outputs: Any, targets: Any) -> float:
    if outputs.shape != targets.shape:
        raise ValueError(_mismatch(name, "of one shape", outputs, targets))
    return score(targets.double().flatten().numpy(), outputs.flatten().numpy())


def _f1(name: str, outputs: Any, targets: Any) -> float:
    from sklearn.metrics import f1_score

    found = _classes(name, outputs, targets)
    average = "binary" if found.is_binary else "macro"
    return float(f1_score(found.truth, found.predicted, average=average))


def _classes(name: str, outputs: Any, targets: Any) -> _Classes:
    """Raises ValueError where outputs and targets are none of the three forms."""
    whole = targets.long()
    is_integer = bool((whole == targets).all())
    if outputs.dim() > 2 and targets.dim() == outputs.dim() - 1:  # a class for every pixel
        outputs = outputs.movedim(1, -1).flatten(0, -2)
        whole = whole.flatten()
    if outputs.dim() == 2 and outputs.shape[1] == 1:
        outputs = outputs.flatten()
        whole = whole.flatten() if whole.dim() == 2 and whole.shape[1] == 1 else whole
    fits = outputs.shape == whole.shape and bool(((whole == 0) | (whole == 1)).all())
    if outputs.dim() == 2 and whole.dim() == 1 and len(outputs) == len(whole):
        fits = int(whole.min()) >= 0 and int(whole.max()) < outputs.shape[1]
        if outputs.shape[1] == 2:
            outputs = outputs[:, 1] - outputs[:, 0]
    if not (is_integer and fits and outputs.dim() in (1, 2)):
        raise ValueError(_mismatch(name, "of classes (see docs/own_model.md)", outputs, targets))
    return _Classes(outputs.numpy(), whole.numpy())


def _mismatch(name: str, wanted: str, outputs: Any, targets: Any) -> str:
    kinds = " and ".join(
        f"{str(t.dtype).removeprefix('torch.')} {tuple(t.shape)}" for t in (outputs, targets)
    )
    return f"{name} takes outputs and targets {wanted}, got {kinds}: {OWN}"
