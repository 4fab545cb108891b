"""Steps made directly: torch's own, to the last bit."""

import pytest
import torch
from torch import nn

from trainable import direct
from trainable.config import LoopConfig
from trainable.optimizers import make_optimizer

KINDS = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}
CONFIGS = [
    {"optimizer": "sgd", "momentum": 0.9, "weight_decay": 0.01},
    {"optimizer": "sgd", "momentum": 0.0},
    {"optimizer": "adam", "weight_decay": 0.01},
    {"optimizer": "adamw", "weight_decay": 0.01},
]


def network():
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(7, 20), nn.ReLU(), nn.Linear(20, 5), nn.ReLU(), nn.Linear(5, 2))


def torchs_own(model, config):
    kind = KINDS[config.optimizer]
    more = {"momentum": config.momentum} if kind is torch.optim.SGD else {}
    given = {"lr": config.lr, "weight_decay": config.weight_decay, "fused": True}
    return kind(model.parameters(), **given, **more)


def train(model, optimizer, backward, steps=12, skip=()):
    generator = torch.Generator().manual_seed(0)
    for step in range(steps):
        inputs = torch.randn(6, 7, generator=generator)
        backward(model(inputs).square().mean())
        if step in skip:
            model[0].weight.grad = None
        optimizer.param_groups[0]["lr"] = 0.01 / (1 + step)
        optimizer.step()
        for parameter in model.parameters():
            parameter.grad = None
    return torch.cat([p.detach().flatten() for p in model.parameters()])


@pytest.mark.parametrize("skip", [(), (4, 7)], ids=["all", "one without a gradient at times"])
@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_weights_and_state_are_those_of_torchs_own(config, skip):
    config = LoopConfig(lr=0.01, **config)
    ours, its = network(), network()
    own, reference = make_optimizer(ours, config), torchs_own(its, config)

    mine = train(ours, own, direct.backward, skip=skip)
    other = train(its, reference, lambda loss: loss.backward(), skip=skip)

    assert torch.equal(mine, other)
    states, known = own.state_dict()["state"], reference.state_dict()["state"]
    assert states.keys() == known.keys()
    for name, state in known.items():
        assert all(torch.equal(states[name][key], value) for key, value in state.items())
    assert all(parameter.is_leaf for parameter in ours.parameters())


def test_the_usual_step_is_made_directly(monkeypatch):
    """A name of torch's that is gone would be an error here, and not slower steps."""
    for name in ("_fused_sgd_", "_fused_adam_", "_fused_adamw_"):
        assert hasattr(torch, name)
    for config in CONFIGS:
        model = network()
        optimizer = make_optimizer(model, LoopConfig(lr=0.01, **config))
        train(model, optimizer, direct.backward, steps=1)
        direct.backward(model(torch.ones(3, 7)).mean())
        step = direct.sgd_step if config["optimizer"] == "sgd" else direct.adam_step

        assert step(optimizer)


def test_what_backward_cannot_do_torch_says_itself():
    weight = torch.ones(3, requires_grad=True)
    once = (weight * weight).sum()
    direct.backward(once)

    for loss, message in [
        (weight * 2, "scalar outputs"),
        (torch.ones(()), "does not require grad"),
        (weight.sum() * 1j, "real scalar outputs"),
        (once, "a second time"),
    ]:
        with pytest.raises(RuntimeError, match=message):
            direct.backward(loss)


def test_a_loss_that_is_a_parameter_gets_a_gradient_of_its_own():
    weight = nn.Parameter(torch.tensor(2.0))

    direct.backward(weight * 1)
    direct.backward(weight)
    with torch.no_grad():
        weight.grad.mul_(5)
    other = nn.Parameter(torch.tensor(2.0))
    direct.backward(other)

    assert weight.grad == 10
    assert other.grad == 1


def test_a_gradient_that_a_task_changes_in_place_is_that_of_one_step():
    weight = torch.ones(3, requires_grad=True)
    loss = weight.sum()
    loss.register_hook(lambda gradient: gradient.mul_(5))

    direct.backward(loss)
    direct.backward(weight.sum())

    assert weight.grad.tolist() == [6, 6, 6]


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_parameters_that_join_in_a_group_of_their_own_are_left_to_torch(config):
    first, second = network(), network()
    optimizer = make_optimizer(first, LoopConfig(lr=0.01, **config))
    optimizer.add_param_group({"params": list(second.parameters())})
    before = second[0].weight.detach().clone()

    direct.backward((first(torch.ones(3, 7)) + second(torch.ones(3, 7))).mean())
    optimizer.step()

    assert not torch.equal(second[0].weight, before)


def test_gradients_that_the_kernels_do_not_take_are_left_to_torch():
    model = nn.Embedding(4, 2, sparse=True)
    optimizer = make_optimizer(model, LoopConfig(lr=0.1, momentum=0.0))
    direct.backward(model(torch.tensor([1])).sum())

    with pytest.raises(RuntimeError, match="sparse gradients"):
        optimizer.step()
