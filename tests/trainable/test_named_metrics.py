"""scikit-learn's metrics by name: the same numbers, from every form of outputs."""

import math

import pytest
import sklearn.metrics
import torch

from record.goal import MODES
from trainable.named_metrics import named_metric

RANDOM = torch.Generator().manual_seed(0)
CLASSES = torch.randn(200, 4, generator=RANDOM), torch.arange(200) % 4
BINARY = torch.randn(200, generator=RANDOM), (torch.arange(200) % 33 == 0).long()
LABELS = torch.randn(200, 3, generator=RANDOM), (torch.arange(600).reshape(200, 3) % 7 == 0).float()
NUMBERS = torch.randn(200, 1, generator=RANDOM), torch.randn(200, 1, generator=RANDOM)


def test_of_two_classes_every_form_gives_what_scikit_learn_gives():
    scores, truth = BINARY
    forms = [
        (scores, truth),
        (scores[:, None], truth[:, None].float()),
        (torch.stack([torch.zeros(200), scores], 1), truth),
    ]
    expected = {
        "auroc": sklearn.metrics.roc_auc_score(truth, scores),
        "average_precision": sklearn.metrics.average_precision_score(truth, scores),
        "f1": sklearn.metrics.f1_score(truth, scores > 0),
        "accuracy": sklearn.metrics.accuracy_score(truth, scores > 0),
    }

    for name, value in expected.items():
        found = [named_metric(name, *form)[name] for form in forms]
        assert found == pytest.approx([value] * 3, abs=1e-12)
    chances = named_metric("f1", torch.sigmoid(scores), truth)
    assert chances == pytest.approx({"f1": expected["f1"]})


def test_of_several_classes_it_is_the_mean_over_them():
    scores, truth = CLASSES
    chances = scores.double().softmax(1)

    assert named_metric("auroc", *CLASSES)["auroc"] == pytest.approx(
        sklearn.metrics.roc_auc_score(truth, chances, multi_class="ovr"), abs=1e-12
    )
    assert named_metric("f1", *CLASSES)["f1"] == pytest.approx(
        sklearn.metrics.f1_score(truth, scores.argmax(1), average="macro")
    )


def test_labels_and_pixels_are_taken_too():
    scores, truth = LABELS
    pixels = torch.randn(2, 3, 4, 5, generator=RANDOM), torch.zeros(2, 4, 5).long()

    assert named_metric("f1", *LABELS)["f1"] == pytest.approx(
        sklearn.metrics.f1_score(truth, scores > 0, average="macro")
    )
    assert named_metric("accuracy", *pixels)["accuracy"] == pytest.approx(
        (pixels[0].argmax(1) == 0).float().mean()
    )


def test_numbers_are_compared_as_they_are():
    outputs, targets = NUMBERS

    assert named_metric("rmse", *NUMBERS)["rmse"] == pytest.approx(
        float(((outputs - targets) ** 2).mean() ** 0.5)
    )
    assert named_metric("r2", targets, targets) == {"r2": 1.0}


@pytest.mark.parametrize("name", MODES)
def test_of_outputs_that_are_not_finite_there_is_none(name):
    assert math.isnan(named_metric(name, torch.full((3, 1), math.nan), torch.ones(3, 1))[name])


def test_of_a_single_class_there_is_no_area_under_a_curve():
    assert math.isnan(named_metric("auroc", torch.arange(3.0), torch.zeros(3))["auroc"])


@pytest.mark.parametrize(
    ("name", "outputs", "targets"),
    [
        ("auroc", torch.ones(3), torch.tensor([0.2, 0.5, 1.0])),
        ("accuracy", torch.ones(3, 4), torch.tensor([0, 1, 7])),
        ("f1", torch.ones(3, 4), torch.ones(3, 5)),
        ("rmse", torch.ones(3, 4), torch.ones(3)),
        ("mae", {"logits": torch.ones(3)}, torch.ones(3)),
    ],
)
def test_what_it_cannot_take_is_refused_with_the_way_out(name, outputs, targets):
    with pytest.raises(ValueError, match=rf"^{name} takes outputs .* write metrics\("):
        named_metric(name, outputs, targets)


def test_f1_is_the_mean_over_classes_whichever_are_predicted():
    truth = torch.tensor([0, 1, 0, 1])
    scores = torch.tensor([[2.0, 1, 0], [0, 1, 0], [2, 1, 0], [2, 1, 0]])

    expected = sklearn.metrics.f1_score(truth, scores.argmax(1), average="macro")
    assert named_metric("f1", scores, truth) == {"f1": pytest.approx(expected)}
