"""Whether a loss is a mean over examples: sums are refused, other things said."""

import pytest
import torch
from torch import nn

from trainable.loss_check import check_mean

OUTPUTS = torch.randn(9, 4, generator=torch.Generator().manual_seed(0))
CLASSES = torch.arange(9) % 4
WEIGHTS = torch.tensor([1.0, 5.0, 1.0, 1.0])


@pytest.mark.parametrize(
    "loss",
    [
        nn.functional.cross_entropy,
        lambda o, t: nn.functional.cross_entropy(o, t) - 2.0,
        lambda o, t: nn.functional.cross_entropy(nn.functional.dropout(o, 0.5), t),
        lambda o, t: torch.tensor(0.0),
        lambda o, t: torch.tensor(float("nan")),
        lambda o, t: (o.view(3, len(o) // 3, -1)[0] - 1).mean(),
    ],
)
def test_of_a_mean_nothing_is_said(loss):
    assert check_mean(loss, OUTPUTS, CLASSES) == ""


@pytest.mark.parametrize(
    "loss",
    [
        lambda o, t: nn.functional.cross_entropy(o, t, reduction="sum"),
        lambda o, t: ((o[:, 0] - t) ** 2).sum(),
    ],
)
def test_a_sum_is_refused_with_the_way_out(loss):
    with pytest.raises(ValueError, match=r"sum over its batch .*: return the mean per example"):
        check_mean(loss, OUTPUTS, CLASSES)


@pytest.mark.parametrize(
    "loss",
    [
        lambda o, t: nn.functional.cross_entropy(o @ o.T, torch.arange(len(o))),
        lambda o, t: nn.functional.cross_entropy(o, t, weight=WEIGHTS),
    ],
)
def test_a_loss_of_examples_together_is_said(loss):
    assert "depends on which examples are together" in check_mean(loss, OUTPUTS, CLASSES)


def test_what_has_no_row_per_example_is_left_alone():
    assert check_mean(lambda o, t: o[0].sum(), (OUTPUTS, torch.ones(3)), CLASSES) == ""
