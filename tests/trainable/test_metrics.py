"""Metrics of a whole part: functions, torchmetrics objects, and those of scikit-learn by name."""

from collections import OrderedDict, namedtuple

import pytest
import torch

from trainable import metrics as module
from trainable.metrics import joined, metrics_of

BATCHES = [(torch.tensor([[0.1], [0.9]]), torch.tensor([[0.0], [1.0]])), (torch.ones(1, 1),) * 2]


def measured(metrics, batches=BATCHES):
    metrics.reset()
    for outputs, targets in batches:
        metrics.update(outputs, targets)
    return metrics.compute()


class Largest:
    """A metric as torchmetrics has them."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.largest = 0.0

    def update(self, outputs, targets):
        self.largest = max(self.largest, float(outputs.max()))

    def compute(self):
        return torch.tensor(self.largest)


class Collection(Largest):
    """A collection of them: its value is a dict."""

    def compute(self):
        return {"largest": self.largest, "twice": 2 * self.largest}


def test_a_function_sees_all_outputs_and_targets_at_once():
    seen = metrics_of(lambda outputs, targets: {"rows": len(outputs), "sum": targets.sum()}, "")

    assert measured(seen) == measured(seen) == {"rows": 3.0, "sum": 2.0}


@pytest.mark.parametrize(
    ("given", "values"),
    [
        (Largest(), {"Largest": 1.0}),
        ({"top": Largest()}, {"top": 1.0}),
        (Collection(), {"largest": 1.0, "twice": 2.0}),
    ],
)
def test_objects_that_take_batches_in_hold_no_outputs(monkeypatch, given, values):
    monkeypatch.setattr(module, "MOST_BYTES", 1)

    metrics = metrics_of(given, "val_loss")

    assert measured(metrics) == pytest.approx(values)
    assert measured(metrics, BATCHES[:1])[next(iter(values))] == pytest.approx(0.9)


def test_a_metric_by_name_is_taken_from_the_objects_that_have_it(monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 1)

    assert measured(metrics_of({"rmse": Largest()}, "rmse")) == {"rmse": 1.0}


def test_a_part_too_large_to_hold_is_refused_with_the_way_out(monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 20)

    with pytest.raises(ValueError, match="GiB that are held: give torchmetrics objects"):
        measured(metrics_of(lambda outputs, targets: {}, "val_loss"))


def test_the_metric_that_is_asked_for_comes_by_name_unless_the_task_has_its_own():
    by_name = measured(metrics_of(None, "rmse"))
    beside = measured(metrics_of(lambda outputs, targets: {"own": 1}, "rmse"))
    instead = measured(metrics_of(lambda outputs, targets: {"rmse": 7}, "rmse"))

    assert by_name == pytest.approx({"rmse": (0.02 / 3) ** 0.5})
    assert beside == by_name | {"own": 1.0}
    assert instead == {"rmse": 7.0}
    assert metrics_of(None, "val_loss") is None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"name": "text"}, "metrics\\(\\) must give numbers, got str for 'name'"),
        ({"pair": torch.ones(2)}, "must give numbers, got shape \\(2,\\) for 'pair'"),
        ({"objective": 1}, "must not call a metric 'objective', which is ours: rename it"),
        (3, "must return a dict of numbers by name, got int"),
    ],
)
def test_what_is_no_number_is_refused(value, message):
    with pytest.raises(ValueError, match=message):
        measured(metrics_of(lambda outputs, targets: value, "val_loss"))


def test_what_cannot_measure_is_refused():
    with pytest.raises(ValueError, match=r"metrics must be a function .*, got int"):
        metrics_of(3, "val_loss")


Pair = namedtuple("Pair", "first second")


@pytest.mark.parametrize(
    "form",
    [
        lambda t: t,
        lambda t: (t, t),
        lambda t: [t, {"a": t}],
        lambda t: Pair(t, t),
        lambda t: OrderedDict(a=t, b=None),
    ],
)
def test_batches_of_any_form_are_joined_to_one_of_that_form(form):
    whole = torch.arange(5.0)

    assert str(joined([form(whole[:2]), form(whole[2:])])) == str(form(whole))


def test_batches_of_different_shapes_are_refused_with_the_way_out():
    with pytest.raises(ValueError, match=r"shapes \(2, 3\) and \(2, 4\), .* pad them"):
        joined([torch.ones(2, 3), torch.ones(2, 4)])
