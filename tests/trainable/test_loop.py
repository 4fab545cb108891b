"""The loop, against a straight-line loop written out here."""

import re

import pytest
import torch
from torch import nn

from trainable.batches import NO_BATCHES, Batching, TensorBatches
from trainable.catalogue import find_task
from trainable.config import LoopConfig
from trainable.data import InMemory
from trainable.loop import Updates, default_loss, evaluate, train_one_epoch
from trainable.metrics import metrics_of
from trainable.optimizers import make_optimizer
from trainable.trial import make_trial


@pytest.fixture
def examples():
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(23, 4, generator=generator)
    return InMemory(inputs, inputs.sum(1, keepdim=True))


def linear():
    torch.manual_seed(0)
    return nn.Linear(4, 1)


def test_evaluate_equals_one_full_batch(examples):
    """23 examples in batches of 5: the short last batch counts for its 3."""
    model = linear()

    loss = evaluate(model, TensorBatches(examples, 5), default_loss).loss

    expected = nn.functional.mse_loss(model(examples.inputs), examples.targets).item()
    assert loss == pytest.approx(expected, rel=1e-6)


def test_a_loss_of_one_number_may_have_a_dimension(examples):
    """The check before the first trial takes it too."""
    model, batches = linear(), TensorBatches(examples, 5)

    def column(outputs, targets):
        return default_loss(outputs, targets).reshape(1)

    expected = evaluate(model, batches, default_loss).loss
    assert evaluate(model, batches, column).loss == expected
    updates = Updates(make_optimizer(model, LoopConfig(lr=0.01)))
    assert train_one_epoch(model, batches, updates, column) > 0


def test_a_batch_with_nothing_to_score_may_have_a_plain_number_as_its_loss(examples):
    assert evaluate(linear(), TensorBatches(examples, 5), lambda outputs, targets: 0.0).loss == 0.0


def test_a_part_without_a_batch_is_named_before_its_metrics_are_asked_for():
    measured = metrics_of(lambda outputs, targets: {"count": len(outputs)}, "val_loss")

    with pytest.raises(ValueError, match=re.escape(NO_BATCHES)):
        evaluate(linear(), [], default_loss, measured)


def test_evaluate_leaves_no_gradients_and_runs_in_eval_mode(examples):
    model = nn.Sequential(nn.Dropout(0.5), linear())

    first = evaluate(model, TensorBatches(examples, 5), default_loss)
    second = evaluate(model, TensorBatches(examples, 5), default_loss)

    assert first == second
    assert not model.training
    assert all(parameter.grad is None for parameter in model.parameters())


def test_metrics_are_given_the_whole_part(examples):
    def metrics(outputs, targets):
        return {"size": torch.tensor(float(len(targets))), "shape": outputs.shape[1]}

    measured = metrics_of(metrics, "val_loss")
    values = [
        evaluate(linear(), TensorBatches(examples, size), default_loss, measured).metrics
        for size in (5, 23)
    ]

    assert values == [{"size": 23.0, "shape": 1.0}] * 2


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_two_epochs_equal_a_loop_written_out(examples, name):
    config = LoopConfig(lr=0.05, batch_size=5, optimizer=name, weight_decay=0.01, grad_clip=0.5)
    model = linear()
    generator = torch.Generator().manual_seed(7)
    batches = TensorBatches(examples, 5, generator)
    updates = Updates(make_optimizer(model, config), grad_clip=0.5)
    losses = [train_one_epoch(model, batches, updates, default_loss) for _ in range(2)]

    expected_model = linear()
    expected, kinds = [], {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    kind = kinds.get(name, torch.optim.AdamW)
    momentum = {"momentum": 0.9} if name == "sgd" else {}
    by_hand = kind(expected_model.parameters(), lr=0.05, weight_decay=0.01, **momentum)
    order = torch.Generator().manual_seed(7)
    for _ in range(2):
        total = 0.0
        rows = torch.randperm(23, generator=order)
        for start in range(0, 23, 5):
            batch = rows[start : start + 5]
            by_hand.zero_grad()
            loss = nn.functional.mse_loss(
                expected_model(examples.inputs[batch]), examples.targets[batch]
            )
            loss.backward()
            nn.utils.clip_grad_norm_(expected_model.parameters(), 0.5)
            by_hand.step()
            total += loss.item() * len(batch)
        expected.append(total / 23)

    assert losses == pytest.approx(expected, rel=1e-5)
    assert torch.allclose(model.weight, expected_model.weight, rtol=1e-4)


def test_outputs_and_targets_of_different_shapes_are_refused():
    """Broadcasting them would train on nonsense without a word."""
    with pytest.raises(ValueError, match=r"must have one shape, got outputs \(6, 1\)"):
        default_loss(torch.zeros(6, 1), torch.zeros(3, 2))


def test_a_batch_size_above_the_training_set_means_one_full_batch(examples):
    batches = Batching(batch_size=1000).training(examples, torch.Generator())

    assert [len(targets) for _, targets in batches] == [23]


def test_evaluation_batches_hold_a_bounded_number_of_bytes():
    large = InMemory(torch.zeros(40, 512, 512), torch.zeros(40))

    batches = Batching(batch_size=1).evaluation(large)

    assert max(inputs.nbytes for inputs, _ in batches) <= 8 * 2**20


def test_each_epoch_has_an_order_of_its_own_and_every_example_once(examples):
    batches = TensorBatches(examples, 5, torch.Generator().manual_seed(0))

    first, second = (torch.cat([inputs for inputs, _ in batches]) for _ in range(2))

    assert not torch.equal(first, second)
    assert torch.equal(first.sort(0).values, second.sort(0).values)


def test_the_order_does_not_depend_on_how_many_batches_are_gathered_at_a_time(
    examples, monkeypatch
):
    batches = [TensorBatches(examples, 5, torch.Generator().manual_seed(0)) for _ in range(2)]
    at_once = list(batches[0])
    monkeypatch.setattr("trainable.batches.BLOCK_BYTES", 1)
    one_by_one = list(batches[1])

    assert [len(targets) for _, targets in one_by_one] == [5, 5, 5, 5, 3]
    for (inputs, targets), (expected, labels) in zip(at_once, one_by_one, strict=True):
        assert torch.equal(inputs, expected)
        assert torch.equal(targets, labels)


def test_the_loss_falls_on_real_data():
    task = find_task("digits").load()
    trial = make_trial(task, task.load_data(0), {"lr": 0.1}, seed=0, epochs=3)

    losses = [trial.run_epoch().val_loss for _ in range(3)]

    assert losses[2] < 0.2
    assert losses[2] < losses[0]
